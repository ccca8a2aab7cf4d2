"""A company's connection to Maventa: keys, service, settings."""

import string

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ...const import (
    COLLECTION_TYPES,
    ENVIRONMENTS,
    INVOICING_GROUP,
    SANDBOX_URL_PARAMETER,
    SERVICE_STATES,
    SYSTEM_GROUP,
    UNDER_WAY_STATES,
)
from ...maventa import contract, errors
from ...maventa.client import MaventaClient
from ...maventa.connection import Credentials
from ...maventa.parallel import WIDTH
from ..outbox.ir_cron import seconds_allowed
from .actions import CLOSE, show_notice
from .amili_service import ask_service
from .maventa_errors import explain
from .vault import door

SUMMARY_FIELDS = ("number", "date", "due_date", "reference", "origin", "description")
# Which account of Maventa a company works with.
ACCOUNT_FIELDS = {
    "amili_environment",
    "amili_client_id",
    "amili_client_secret",
    "amili_vendor_api_key",
}
# Where the company has set no time zone of its own.
# Of what the host allows all that is due together.
SHARE_OF_A_CALL = 2 / 3
DEFAULT_TIMEZONE = "Europe/Helsinki"


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "amili.derived.mixin", "amili.doors.mixin"]

    amili_environment = fields.Selection(
        ENVIRONMENTS,
        string="Maventa Environment",
        default=contract.TEST,
        required=True,
        groups=SYSTEM_GROUP,
    )
    amili_client_id = door(
        fields.Char,
        "amili_client_id",
        "amili.credentials",
        "client_id",
        string="Maventa Company UUID",
        groups=SYSTEM_GROUP,
    )
    amili_client_secret = door(
        fields.Char,
        "amili_client_secret",
        "amili.credentials",
        "client_secret",
        string="Maventa User API Key",
        groups=SYSTEM_GROUP,
    )
    amili_vendor_api_key = door(
        fields.Char,
        "amili_vendor_api_key",
        "amili.credentials",
        "vendor_api_key",
        string="Maventa Vendor API Key",
        groups=SYSTEM_GROUP,
    )
    amili_default_collection_type = fields.Selection(
        COLLECTION_TYPES,
        string="Collection Type",
        default="reminder_and_collection",
        required=True,
        groups=SYSTEM_GROUP,
    )
    amili_min_days_b2b = fields.Integer(
        string="Days Past Due, Companies",
        default=0,
        groups=SYSTEM_GROUP,
        help="An invoice to a company can be handed over this many days after its "
        "due date.",
    )
    amili_min_days_b2c = fields.Integer(
        string="Days Past Due, Consumers",
        default=0,
        groups=SYSTEM_GROUP,
        help="An invoice to a consumer can be handed over this many days after its "
        "due date.",
    )
    amili_reminder_fee = fields.Monetary(
        string="Reminder Fee",
        default=0.0,
        groups=SYSTEM_GROUP,
        help="Proposed when the date of your own reminder is entered on an invoice. "
        "Who invoices businesses or public bodies the standard compensation of 40 EUR "
        "claims no reminder fee beside it: the 40 EUR are deducted from all other "
        "collection costs (Debt Collection Act, section 10 e).",
    )
    amili_summary_template = fields.Char(
        string="Assignment Summary",
        default="Lasku {number}, {date}",
        groups=SYSTEM_GROUP,
        help="What the claim is about, in Finnish: it is printed on the letters to the "
        "debtor and may have 2 to 64 characters. Filled in from the invoice: "
        "{number}, {date}, {due_date}, {reference}, {origin}, {description}.",
    )
    amili_responsible_user_id = fields.Many2one(
        "res.users",
        string="Responsible for Amili",
        domain="[('share', '=', False)]",
        groups=SYSTEM_GROUP,
        help="Gets the tasks of those who handed an invoice over and have left.",
    )
    amili_service_ids = fields.One2many(
        "amili.service",
        "company_id",
        string="Amili Services, All Accounts",
        copy=False,
        readonly=True,
        groups=SYSTEM_GROUP,
    )
    amili_service_id = fields.Many2one(
        "amili.service",
        compute="_compute_amili_service",
        compute_sudo=True,
        groups=SYSTEM_GROUP,
        help="The service of the account that the company works with now.",
    )
    amili_service_state = fields.Selection(
        SERVICE_STATES,
        string="Amili Perintä",
        compute="_compute_amili_service",
        compute_sudo=True,
        groups=SYSTEM_GROUP,
    )
    _amili_days_not_negative = models.Constraint(
        "CHECK (amili_min_days_b2b >= 0 AND amili_min_days_b2c >= 0)",
        "The days past due cannot be negative.",
    )

    @api.constrains("amili_summary_template")
    def _check_amili_summary_template(self):
        for company in self.sudo():
            try:
                parts = list(
                    string.Formatter().parse(company.amili_summary_template or "")
                )
            except ValueError:
                parts = [("", "{", "", None)]
            for _text, name, spec, conversion in parts:
                if name is not None and (
                    name not in SUMMARY_FIELDS or spec or conversion
                ):
                    raise ValidationError(
                        self.env._(
                            "The assignment summary may use %(names)s and nothing "
                            "else in braces.",
                            names=", ".join(f"{{{name}}}" for name in SUMMARY_FIELDS),
                        )
                    )

    @api.depends(
        "amili_environment",
        "amili_client_id",
        "amili_service_ids.state",
    )
    def _compute_amili_service(self):
        for company in self:
            service = self.env["amili.service"]._for_company(company)
            company.amili_service_id = service
            company.amili_service_state = service.state or "none"

    def write(self, vals):
        # The settings write everything that they show, changed or not.
        changed = {
            name
            for name in ACCOUNT_FIELDS & vals.keys()
            if any(company[name] != vals[name] for company in self.sudo())
        }
        moving = self._amili_moving(vals)
        left = moving.sudo().amili_service_id.filtered(lambda s: s.state == "queued")
        result = super().write(vals)
        # Who comes back after months must not find an old request on its way.
        left.write({"state": "none"})
        if changed:
            # Whatever was known with the old keys may be old.
            services = self.sudo().amili_service_id
            services.write({"next_try_at": fields.Datetime.now(), "checked_at": False})
            services._trigger_cron("service")
            services._retry_queued(self)
        if moving:
            moving._amili_forget_account()
        return result

    def _amili_forget_account(self):
        """Forget what was learned of the account that these companies have left."""

    def _amili_moving(self, vals):
        """Return those of these companies that ``vals`` give another account.

        Another environment, or another company UUID: nothing of the old one is there.
        """
        names = {"amili_environment", "amili_client_id"} & vals.keys()
        return self.filtered(
            lambda company: any(company.sudo()[name] != vals[name] for name in names)
        )

    def _amili_account(self):
        """Return the environment and the account (company UUID) this works with."""
        self.ensure_one()
        company = self.sudo()
        client_id = (company.amili_client_id or "").strip().lower()
        return company.amili_environment, client_id

    def _amili_today(self):
        """Return the company's date of today."""
        return self._amili_date(fields.Datetime.now())

    def _amili_date(self, moment):
        """Return the company's date at a moment in UTC."""
        self.ensure_one()
        zone = self.sudo().partner_id.tz or DEFAULT_TIMEZONE
        return fields.Datetime.context_timestamp(
            self.with_context(tz=zone), moment
        ).date()

    def _amili_responsible(self, user=None):
        """Return who has to act: this user, or who stands in for them.

        :param user: who asked for something; only counts who still may see invoices
        """
        self.ensure_one()
        stand_in = self.sudo().amili_responsible_user_id.sudo(self.env.su)
        candidates = (user or self.env["res.users"]) | stand_in
        for candidate in candidates:
            is_here = self in candidate.company_ids and not candidate.share
            if candidate.active and is_here and candidate.has_group(INVOICING_GROUP):
                return candidate
        return self.env.ref("base.user_admin")

    def _amili_has_credentials(self):
        self.ensure_one()
        company = self.sudo()
        return bool(
            company.amili_client_id
            and company.amili_client_secret
            and company.amili_vendor_api_key
        )

    def _amili_client(self, **options):
        """Return a connection to Maventa with this company's own credentials.

        :raises errors.AccessProblem: there are none, or the sandbox has no address
        """
        self.ensure_one()
        company = self.sudo()
        if not company._amili_has_credentials():
            raise errors.AccessProblem("no_credentials")
        return self._amili_connect(
            company.amili_environment,
            company.amili_client_id,
            company.amili_client_secret,
            company.amili_vendor_api_key,
            **options,
        )

    @api.model
    def _amili_connect(
        self, environment, client_id, client_secret, vendor_api_key, **options
    ):
        """Return a connection to an account at Maventa.

        :raises errors.AccessProblem: the sandbox has no address
        """
        sandbox_url = (
            self.env["ir.config_parameter"].sudo().get_param(SANDBOX_URL_PARAMETER)
        )
        try:
            hosts = contract.hosts_for(environment, sandbox_url)
        except ValueError:
            raise errors.AccessProblem("no_sandbox") from None
        credentials = Credentials(
            client_id=client_id.strip(),
            client_secret=client_secret.strip(),
            vendor_api_key=vendor_api_key.strip(),
        )
        client = MaventaClient(hosts, credentials, pool_size=WIDTH, **options)
        # Else nothing would ever be begun where the host allows little.
        client.timeout = min(client.timeout, seconds_allowed() * SHARE_OF_A_CALL)
        return client

    def _amili_accountable_party(self, account):
        """Return to whose account the debtors pay, as Maventa last said; or False.

        :param account: environment and company UUID (:meth:`_amili_account`)
        """
        self.ensure_one()
        service = self.sudo().amili_service_ids.filtered(
            lambda s: (s.environment, s.maventa_company_uuid) == account
        )
        return service.accountable_party

    def _amili_service_is_off(self):
        """Whether Maventa said that collection is not active for this company.

        Where it was never asked, the queue asks before it sends.
        """
        self.ensure_one()
        service = self.sudo().amili_service_id
        return bool(service.checked_at) and not service._may_hand_over()

    def _amili_explain_service(self):
        """Return why the service is off and whom to ask, for who wants to hand over."""
        self.ensure_one()
        service = self.sudo().amili_service_id
        if service.is_other_service:
            return service._explain_other()
        if service.deed == "end" and service.state in UNDER_WAY_STATES:
            return self.env._(
                "Amili Perintä is being ended for %(company)s at the request of "
                "%(user)s: nothing is handed over any more.",
                company=self.name,
                user=service.user_id.name,
            )
        if service.state not in (*UNDER_WAY_STATES, "pending"):
            return self.env._(
                "Amili Perintä is not active for %(company)s. Ask an administrator to "
                "activate it in Settings > Invoicing > Amili Perintä.",
                company=self.name,
            )
        return self.env._(
            "The activation of Amili Perintä for %(company)s has been under way since "
            "%(day)s. Ask %(user)s how far it is: somebody who may sign for the "
            "company has to identify themselves.",
            company=self.name,
            day=format_date(self.env, self._amili_date(service.since)),
            user=service._responsible().name,
        )

    @api.model
    def _amili_explain_scopes(self, lacks):
        """Return a sentence for each deed that the token lacks a scope for.

        :param dict lacks: scopes by deed, as the client's ``missing_scopes`` has them
        """
        deeds = {
            "current": self.env._("ask Maventa whose keys these are"),
            "transfer": self.env._("hand invoices over"),
            "cases": self.env._("follow the cases at Amili"),
            "invoices": self.env._("look invoices up"),
            "upload": self.env._("send invoices to Maventa"),
            "service": self.env._("see whether the service is active"),
            "change_service": self.env._("activate or end the service"),
        }
        return [
            self.env._(
                "These keys may not %(deed)s: they lack the scope %(scopes)s. Ask "
                "Maventa for it.",
                deed=deeds[deed],
                scopes=", ".join(scopes),
            )
            for deed, scopes in lacks.items()
        ]

    def _amili_explain_switch(self, environment):
        """Return what becomes of cases that live in another environment; or empty.

        :param str environment: the one that is chosen now
        """
        return ""

    def _amili_explain_end(self):
        """Return what becomes of cases when the service ends; or empty."""
        return ""

    def _amili_set_service(self, told):
        """Keep what Maventa said of the collection service.

        :param answers.Service told: its answer
        """
        self.ensure_one()
        service = (
            self.env["amili.service"]._get_or_create(self).with_env(self.sudo().env)
        )
        before = service._get_states()
        service._record_answer((fields.Datetime.now(), told))
        service._notify_changes(before)
        service._trigger_due()

    def action_amili_activate(self):
        """Open the wizard that asks for the service."""
        self.ensure_one()
        services = self.env["amili.service"]
        services._check_is_administrator()
        if not self._amili_has_credentials():
            raise UserError(explain(self.env, errors.AccessProblem("no_credentials")))
        return services._get_or_create(self).with_env(self.env).action_activate()

    def action_amili_test_connection(self):
        """Ask Maventa who this company is and whether its service is active."""
        self.ensure_one()
        if not self.env.user.has_group(SYSTEM_GROUP):
            raise UserError(
                self.env._("Only an administrator can test the connection.")
            )
        try:
            with self._amili_client(timeout=10) as client:
                lacks = client.missing_scopes()
                identity = None if "current" in lacks else client.current()
                told = None if "service" in lacks else ask_service(client)
        except errors.MaventaError as exc:
            raise UserError(explain(self.env, exc)) from exc
        service = self.env["amili.service"]._get_or_create(self).with_env(self.env)
        if told:
            self._amili_set_service(told)
        is_usable = service._may_hand_over()
        if is_usable:
            service.sudo()._retry_queued(self)
        sentences = [
            service._explain()
            if is_usable or not service.word
            # For who asks Maventa: its own word.
            else f"{service._explain()} ({service.word})",
            *self._amili_explain_scopes(lacks),
        ]
        environments = dict(
            self._fields["amili_environment"]._description_selection(self.env)
        )
        return show_notice(
            "success" if is_usable and not lacks else "warning",
            self.env._(
                "%(name)s (%(business_id)s), %(environment)s. %(service)s",
                name=identity.company_name if identity else self.name,
                business_id=(identity and identity.business_id) or "–",
                environment=environments[self.amili_environment],
                service=" ".join(sentences),
            ),
            title=self.env._("Maventa answers"),
            sticky=not is_usable or bool(lacks),
            next=CLOSE,
        )
