"""The collection service of a company: asked for once, then followed."""

import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...const import (
    ACCOUNTABLE_PARTIES,
    ENVIRONMENTS,
    SERVICE_DEEDS,
    SERVICE_STATES,
    SYSTEM_GROUP,
    UNDER_WAY_STATES,
)
from ...maventa import answers, contract, errors
from ...maventa.activation import Activation, build_activation, build_change
from ...maventa.payload import Address
from .actions import RELOAD
from .maventa_errors import SERVICE_SENTENCES, explain
from .vault import door

# Maventa's word for a service that was never asked for: it has none.
NEVER = "NONE"
# Somebody sits there and waits for the link, then for the signature to be noticed.
OFTEN = (timedelta(hours=1), timedelta(minutes=2))
HOURLY = (timedelta(days=7), timedelta(hours=1))
DAILY = timedelta(days=1)
# States of a service that can be ended.
CAN_END_STATES = ("active", "pending", "other")


class AmiliService(models.Model):
    """The collection service of one account at Maventa, from the request to its end.

    People read it; only the code of this addon writes it.
    """

    _name = "amili.service"
    _description = "Amili Service"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "amili.outbox.mixin",
        "amili.account.mixin",
        "amili.derived.mixin",
        "amili.doors.mixin",
    ]
    _order = "id desc"
    _mail_post_access = "read"
    _outbox_crons = {state: "service" for state, _label in SERVICE_STATES}
    _outbox_asked_states = tuple(
        state for state, _label in SERVICE_STATES if state not in ("queued", "sending")
    )
    _outbox_cancels_left = False

    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", readonly=True
    )
    environment = fields.Selection(ENVIRONMENTS, required=True, readonly=True)
    maventa_company_uuid = fields.Char(string="Company UUID", required=True)
    state = fields.Selection(
        SERVICE_STATES, required=True, default="none", readonly=True
    )
    deed = fields.Selection(
        SERVICE_DEEDS,
        string="Last Request",
        required=True,
        default="activate",
        readonly=True,
        help="What the company asks of Maventa, or has asked last.",
    )
    word = fields.Char(
        string="Maventa's Status", readonly=True, help="Maventa's own word."
    )
    reason = fields.Text(readonly=True, help="Why Maventa said no.")
    is_other_service = fields.Boolean(readonly=True)
    service_type = fields.Char(
        string="Kind of Service",
        readonly=True,
        help="Maventa's own word: express is Amili Perintä, full is Amili Kassavirta.",
    )
    accountable_party = fields.Selection(
        ACCOUNTABLE_PARTIES,
        string="Debtors Pay To",
        readonly=True,
        help="Whose account number the letters to the debtors show.",
    )
    case_host = fields.Char(
        string="Cases Are At",
        readonly=True,
        help="Where Maventa says that cases are, if that is not where Odoo asks for "
        "them. Nothing is sent there.",
    )
    since = fields.Datetime(
        readonly=True, help="When the status was first seen as it is now."
    )
    checked_at = fields.Datetime(string="Last Asked", readonly=True)
    user_id = fields.Many2one("res.users", string="Started By", readonly=True)
    requested_at = fields.Datetime(string="Requested", readonly=True)
    reminded_at = fields.Datetime(readonly=True)
    is_signing = fields.Boolean(
        readonly=True, help="Somebody has the link, and is to sign for the company."
    )
    request = door(
        fields.Json,
        "request",
        "amili.service.secret",
        "request",
        load=json.loads,
        dump=json.dumps,
        groups=SYSTEM_GROUP,
        help="What was confirmed, frozen; kept until the service is active.",
    )
    # Who has it can sign for the company.
    activation_url = door(
        fields.Char,
        "activation_url",
        "amili.service.secret",
        "activation_url",
        string="Link for Identification",
        groups=SYSTEM_GROUP,
    )
    mailed_to = fields.Char(
        string="Link Mailed To", compute="_compute_mailed_to", groups=SYSTEM_GROUP
    )
    banner = fields.Text(compute="_compute_banner", compute_sudo=True)
    is_current = fields.Boolean(compute="_compute_is_current", compute_sudo=True)
    _one_of_an_account = models.UniqueIndex(
        "(company_id, environment, maventa_company_uuid)",
        "Somebody else is just starting Amili Perintä for this company. Look at its "
        "status.",
    )
    _due_index = models.Index("(company_id, state, next_try_at)")

    @api.depends("company_id.name")
    def _compute_display_name(self):
        for service in self:
            service.display_name = f"Amili Perintä, {service.company_id.name}"

    @api.depends("request")
    def _compute_mailed_to(self):
        for service in self:
            service.mailed_to = (service.request or {}).get("authorization_email")

    @api.depends("company_id.amili_environment", "company_id.amili_client_id")
    def _compute_is_current(self):
        for service in self:
            service.is_current = (
                service.environment,
                service.maventa_company_uuid,
            ) == service.company_id._amili_account()

    @api.depends(
        *("state", "error_message", "activation_url", "reason", "word", "deed"),
        *("accountable_party", "service_type", "is_other_service"),
    )
    @api.depends_context("lang")
    def _compute_banner(self):
        for service in self:
            service.banner = service._explain()

    # What people do -------------------------------------------------------------------

    def _check_is_administrator(self):
        self.check_access("read")
        if not self.env.user.has_group(SYSTEM_GROUP):
            raise UserError(
                self.env._(
                    "Only an administrator can activate, change or end Amili Perintä "
                    "for a company."
                )
            )

    def action_activate(self):
        """Open the wizard that asks for the service."""
        self._check_is_administrator()
        self.ensure_one()
        self._check_is_current()
        self._check_may("activate")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Activate Amili Perintä"),
            "res_model": "amili.activation.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_company_id": self.company_id.id},
        }

    def action_mail_instead(self):
        """Open the wizard to have the link mailed to whoever signs."""
        action = self.action_activate()
        action["name"] = self.env._("Mail the Link for Identification")
        action["context"]["default_link_by"] = "mail"
        return action

    def action_change(self):
        """Open the wizard that changes to whose account the debtors pay."""
        return self._open_wizard(
            "change", self.env._("Change to Whose Account the Debtors Pay")
        )

    def action_end(self):
        """Open the wizard that ends the service."""
        return self._open_wizard("end", self.env._("End Amili Perintä"))

    def _open_wizard(self, deed, name):
        self._check_is_administrator()
        self.ensure_one()
        self._check_is_current()
        self._check_may(deed)
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "amili.service.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_service_id": self.id, "default_deed": deed},
        }

    def action_open_identification(self):
        """Open the page where somebody who may sign for the company does so."""
        self._check_is_administrator()
        self.ensure_one()
        if self.state != "pending" or not self.activation_url:
            raise UserError(
                self.env._("There is no link for identification. Load the page again.")
            )
        return {
            "type": "ir.actions.act_url",
            "url": self.activation_url,
            "target": "new",
        }

    def action_test_connection(self):
        """Ask Maventa now, as the button in the settings does."""
        self._check_is_administrator()
        self.ensure_one()
        self._check_is_current()
        action = self.company_id.action_amili_test_connection()
        action["params"]["next"] = RELOAD
        return action

    def _check_is_current(self):
        if not self.is_current:
            raise UserError(
                self.env._(
                    "The company works with another account or environment of Maventa "
                    "now. Change that back in the settings first."
                )
            )

    def _check_may(self, deed):
        """Make sure that a deed makes sense where the service stands now."""
        if self.state in UNDER_WAY_STATES:
            raise UserError(
                self.env._(
                    "Amili Perintä has just been requested. Wait for Maventa's answer."
                )
            )
        if deed == "activate" and self.state == "active":
            raise UserError(self.env._("Amili Perintä is active already."))
        if deed == "change" and self.state != "active":
            raise UserError(
                self.env._(
                    "Only where Amili Perintä is active can it be changed to whose "
                    "account the debtors pay."
                )
            )
        if deed == "end" and self.state not in CAN_END_STATES:
            raise UserError(self.env._("There is no service to end."))

    def _start(self, deed, request):
        """Put a request on its way, frozen as it was confirmed.

        :param str deed: of ``SERVICE_DEEDS``
        :param dict request: to activate, the values of an :class:`.Activation`; to
            change, the ``accountable_party``; to end, nothing
        :raises UserError: it makes no sense, or another request is on its way
        :raises ValueError: something that Maventa needs is missing
        """
        self.ensure_one()
        self.lock_for_update(allow_referencing=True)
        self.invalidate_recordset()
        self._check_may(deed)
        _build(deed, request)
        now = fields.Datetime.now()
        before = self._get_states()
        self.write(
            {
                "state": "queued",
                "deed": deed,
                "request": request,
                "user_id": self.env.user.id,
                "requested_at": now,
                "reminded_at": False,
                "since": now,
                "waiting_since": now,
                "is_signing": False,
                "reason": False,
                "activation_url": False,
                "error_message": False,
                "attempt_count": 0,
                "next_try_at": now,
            }
        )
        self._notify_changes(before)
        self._trigger_due()

    @api.model
    def _cron_follow(self):
        """Send requests, and ask how far each service is."""
        credentials = self.env["amili.credentials"].sudo()._rows_with("client_id")
        companies = credentials.company_id
        services = self.sudo().search([("company_id", "in", companies.ids)])
        known = {
            (s.company_id, s.environment, s.maventa_company_uuid) for s in services
        }
        for company in companies:
            account = (company, *company._amili_account())
            if company._amili_has_credentials() and account not in known:
                self._write_alone(lambda c=company: self._get_or_create(c))
        self._process_outbox("service")

    # Sending and asking ---------------------------------------------------------------

    def _get_send_call(self, client):
        # EXTENDS amili.outbox.mixin
        send = {"activate": _request, "change": _change, "end": _end}[self.deed]
        return send, (client, _build(self.deed, self.request))

    def _get_ask_call(self, client):
        # EXTENDS amili.outbox.mixin
        return ask_service, (client,)

    @api.model
    def _explain_problem(self, problem):
        # EXTENDS amili.outbox.mixin
        return explain(self.env, problem, SERVICE_SENTENCES)

    def _get_asking_delay(self, error=None):
        # EXTENDS amili.outbox.mixin: what is followed was not always sent from here
        self.attempt_count += 1
        return self._get_delay_values(error)

    # Outcomes -------------------------------------------------------------------------

    def _find_in_answer(self, answer):
        # EXTENDS amili.outbox.mixin: else the request did not arrive, or Maventa is
        # still busy with it
        is_there = self.state != "unknown" or self._is_done(answer)
        return answer if is_there else None

    def _accept(self, answer):
        # EXTENDS amili.outbox.mixin
        before = ("none", "disabled", "rejected")
        is_refused = self.state == "refused" and self.deed == "activate"
        if is_refused and answer.state in before:
            # What it was before the request that was refused.
            self._store_checked()
        else:
            self._take(answer)

    def _refuse(self, error):
        # EXTENDS amili.outbox.mixin
        now = fields.Datetime.now()
        self._set_state(
            "refused",
            reason=explain(self.env, error, SERVICE_SENTENCES),
            error_message=False,
            # A service that could not be changed goes on as it was.
            next_try_at=now + DAILY if self.deed == "activate" else now,
        )

    def _may_hand_over(self):
        """Whether invoices may go: the service is active and is Amili Perintä.

        With the other one, Amili Kassavirta, all invoices of the company go to Amili.
        """
        self.ensure_one()
        # What is being changed is active meanwhile.
        is_changing = self.deed == "change" and self.state in UNDER_WAY_STATES
        is_active = self.state == "active" or is_changing
        return is_active and not self.is_other_service

    def _take(self, told):
        """Take over how far the service is.

        :param answers.Service told: what Maventa says of it
        """
        self.ensure_one()
        # Maventa's word is the same for what never began and for what has ended.
        state = told.state or "other"
        if self.state == "none" and state == "disabled":
            state = "none"
        elif self.deed == "end" and state == "none":
            state = "disabled"
        self._set_state(
            state,
            word=told.state != "none" and told.word,
            reason=told.reason,
            is_other_service=told.is_other_service,
            service_type=told.service_type,
            accountable_party=told.accountable_party,
            activation_url=told.state == "pending" and told.activation_url,
            error_message=False,
            attempt_count=0,
        )
        self.is_signing = self.state == "pending" and bool(
            self.activation_url or self.mailed_to
        )
        if self.state == "active" and self.deed == "activate":
            # It holds names and numbers of people, and has done its work.
            self.request = False
        self._store_checked()

    def _store_checked(self):
        """Keep when Maventa was asked, and when it is next."""
        now = fields.Datetime.now()
        self.write(
            {
                "checked_at": now,
                "error_message": False,
                "attempt_count": 0,
                "next_try_at": now + self._pause(now),
            }
        )

    def _pause(self, now):
        """Return how long to wait until Maventa is asked again."""
        if self.state == "pending":
            age = now - (self.requested_at or self.since or now)
            for limit, pause in (OFTEN, HOURLY):
                if age < limit:
                    return pause
        elif self.deed != "activate" and not self._is_done(self):
            # Perhaps it is not done yet.
            is_new = now - (self.requested_at or now) < DAILY
            return HOURLY[1] if is_new else DAILY
        return DAILY

    def _set_state(self, state, **values):
        # OVERRIDES amili.outbox.mixin: what Maventa says of it may follow anything
        if state != self.state:
            values["since"] = fields.Datetime.now()
        self._restart_wait(state)
        self.write({"state": state, **values})

    def _notify_blocked(self):
        # EXTENDS amili.outbox.mixin
        if not self._open_tasks():
            self._give_task(
                self.env._("Amili Perintä: the request does not get through"),
                self._explain(),
            )


def _build(deed, request):
    """Return the body of a deed; None where it has none."""
    match deed:
        case "change":
            return build_change(request["accountable_party"])
        case "end":
            return None
        case _activate:
            return build_body(request)


def build_body(request):
    """Return the body that goes to Maventa, from what was confirmed.

    :param dict request: the values of an :class:`.Activation`
    :raises ValueError: something that Maventa needs is missing
    """
    address = request["billing_address"]
    address = Address(**{**address, "streets": tuple(address["streets"])})
    return build_activation(Activation(**{**request, "billing_address": address}))


def ask_service(client):
    """Return what Maventa says of the service; where there is none, says that.

    :rtype: answers.Service
    :raises errors.MaventaError:
    """
    try:
        return client.service()
    except errors.NotFound:
        # Only with a good token does it mean that there is none.
        client.check_access(contract.SCOPES_OF_SERVICE)
        return answers.Service(word=NEVER, is_active=False, state="none")


def _request(client, body):
    """Ask for the service unless it is active already; return how far it is.

    :raises errors.Refused: also where Maventa has not verified the company yet
    """
    told = ask_service(client)
    if told.is_active:
        return told
    try:
        is_verified = client.company_status().is_verified
    except errors.MaventaError:
        # The request itself will tell.
        is_verified = None
    if is_verified is False:
        raise errors.Refused("unverified")
    return client.activate_service(body)


def _change(client, body):
    """Change to whose account the debtors pay; return what Maventa says then."""
    client.change_service(body)
    return _ask_after(client)


def _end(client, _body):
    """End the service; return what Maventa says then."""
    client.end_service()
    return _ask_after(client)


def _ask_after(client):
    try:
        return ask_service(client)
    except errors.MaventaError as exc:
        # It was done all the same.
        raise errors.UnknownOutcome("bad_answer", status=exc.status) from exc
