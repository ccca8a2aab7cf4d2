"""How far the collection service of a company is, and what people may do with it."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..maventa.activation import Activation, build_activation
from ..maventa.payload import Address
from .res_company import ENVIRONMENTS, SYSTEM_GROUP

STATES = [
    ("none", "Not started"),
    ("queued", "Requested"),
    ("sending", "Being requested"),
    ("unknown", "Request not confirmed"),
    ("refused", "Request refused"),
    ("pending", "Waiting for identification"),
    ("active", "Active"),
    ("rejected", "Rejected"),
    ("disabled", "Off"),
    ("other", "Unknown status"),
]
# The request is on its way, and nobody may make another one.
UNDER_WAY = ("queued", "sending", "unknown")


class AmiliService(models.Model):
    """The collection service of one account at Maventa, from the request to its end.

    One record for each company, environment and account: who comes back to an
    environment finds what was there. People read it; only the code of this addon
    writes it.
    """

    _name = "amili.service"
    _description = "Amili Service"
    _inherit = ["mail.thread", "mail.activity.mixin", "amili.worker.mixin"]
    _order = "id desc"
    _mail_post_access = "read"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", readonly=True
    )
    environment = fields.Selection(ENVIRONMENTS, required=True, readonly=True)
    account = fields.Char(
        string="Company UUID", required=True, readonly=True, groups=SYSTEM_GROUP
    )
    state = fields.Selection(STATES, required=True, default="none", readonly=True)
    word = fields.Char(
        string="Maventa's Status", readonly=True, help="Maventa's own word."
    )
    reason = fields.Text(string="Maventa Says", readonly=True)
    is_other_service = fields.Boolean(readonly=True)
    since = fields.Datetime(
        readonly=True, help="When the status was first seen as it is now."
    )
    checked_at = fields.Datetime(string="Last Asked", readonly=True)
    user_id = fields.Many2one("res.users", string="Started By", readonly=True)
    requested_at = fields.Datetime(string="Requested", readonly=True)
    reminded_at = fields.Datetime(readonly=True)
    request = fields.Json(
        readonly=True,
        copy=False,
        groups=SYSTEM_GROUP,
        help="What was confirmed, frozen; kept until the service is active.",
    )
    # Who has it can sign for the company.
    activation_url = fields.Char(
        string="Link for Identification",
        readonly=True,
        copy=False,
        groups=SYSTEM_GROUP,
    )
    mailed_to = fields.Char(
        string="Link Mailed To", compute="_compute_mailed_to", groups=SYSTEM_GROUP
    )
    banner = fields.Text(compute="_compute_banner", compute_sudo=True)
    is_current = fields.Boolean(compute="_compute_is_current", compute_sudo=True)

    _one_of_an_account = models.UniqueIndex(
        "(company_id, environment, account)",
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
                service.account,
            ) == service.company_id._amili_account()

    @api.depends("state", "error_message", "activation_url", "reason", "word")
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
                    "Only an administrator can activate Amili Perintä for a company."
                )
            )

    def action_activate(self):
        """Open the wizard that asks for the service."""
        self._check_is_administrator()
        self.ensure_one()
        self._check_is_current()
        self._check_may_start()
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
        action["params"]["next"] = {"type": "ir.actions.client", "tag": "soft_reload"}
        return action

    def _check_is_current(self):
        if not self.is_current:
            raise UserError(
                self.env._(
                    "The company works with another account or environment of Maventa "
                    "now. Change that back in the settings first."
                )
            )

    def _check_may_start(self):
        if self.state == "active":
            raise UserError(self.env._("Amili Perintä is active already."))
        if self.state in UNDER_WAY:
            raise UserError(
                self.env._(
                    "Amili Perintä has just been requested. Wait for Maventa's answer."
                )
            )

    def _start(self, request):
        """Put the request for the service on its way, frozen as it was confirmed.

        :param dict request: the values of an :class:`.Activation`
        :raises UserError: it is active, or another request is on its way
        :raises ValueError: something that Maventa needs is missing
        """
        self.ensure_one()
        self.lock_for_update(allow_referencing=True)
        self.invalidate_recordset()
        self._check_may_start()
        build_body(request)
        now = fields.Datetime.now()
        before = self._states()
        self.write(
            {
                "state": "queued",
                "request": request,
                "user_id": self.env.user.id,
                "requested_at": now,
                "reminded_at": False,
                "since": now,
                "reason": False,
                "activation_url": False,
                "error_message": False,
                "attempt_count": 0,
                "next_try_at": now,
            }
        )
        self._tell_changes(before)

    @api.model
    def _of(self, company):
        """Return the service of the account that a company works with; may be empty."""
        environment, account = company._amili_account()
        return self.sudo().search(
            Domain("company_id", "=", company.id)
            & Domain("environment", "=", environment)
            & Domain("account", "=", account),
            limit=1,
        )


def build_body(request):
    """Return the body that goes to Maventa, from what was confirmed.

    :param dict request: the values of an :class:`.Activation`
    :raises ValueError: something that Maventa needs is missing
    """
    address = request["billing_address"]
    address = Address(**{**address, "streets": tuple(address["streets"])})
    return build_activation(Activation(**{**request, "billing_address": address}))
