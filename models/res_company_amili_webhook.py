"""Whether Maventa calls a company's Odoo, and what a call makes it do."""

import ipaddress
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import SYSTEM_GROUP
from ..maventa import contract
from .amili_webhook import STATES

KEYS = ("client_id", "client_secret", "vendor_api_key")


class ResCompany(models.Model):
    _inherit = "res.company"

    amili_webhook_wanted = fields.Boolean(
        string="Maventa Wakes Odoo", copy=False, readonly=True, groups=SYSTEM_GROUP
    )
    amili_webhook_ids = fields.One2many(
        "amili.webhook",
        "company_id",
        string="Amili Webhooks, All Accounts",
        copy=False,
        readonly=True,
        groups=SYSTEM_GROUP,
    )
    amili_webhook_id = fields.Many2one(
        "amili.webhook", compute="_compute_amili_webhook", groups=SYSTEM_GROUP
    )
    amili_webhook_state = fields.Selection(
        STATES, compute="_compute_amili_webhook", groups=SYSTEM_GROUP
    )

    @api.depends("amili_webhook_ids.state")
    def _compute_amili_webhook(self):
        for company in self:
            webhook = company.amili_webhook_ids.filtered(lambda w: w.state != "leaving")
            company.amili_webhook_id = webhook[:1]
            company.amili_webhook_state = webhook[:1].state

    def write(self, vals):
        moving = self._amili_moving(vals)
        if "active" in vals and not vals["active"]:
            moving = self
        # The last moment that these are known.
        credentials = moving._amili_keys()
        result = super().write(vals)
        moving.sudo().amili_webhook_id._leave(credentials)
        if moving or vals.get("active"):
            for company in self.sudo().filtered("amili_webhook_wanted"):
                # It was wanted there; without an address to call it stays wanted.
                company._amili_register_again()
        return result

    def _amili_keys(self):
        """Return the credentials by company id, as ``_leave`` of webhooks wants."""
        return {
            company.id: {key: company[f"amili_{key}"] for key in KEYS}
            for company in self.sudo()
        }

    def _amili_register_again(self):
        """Register at the account that the company has come to, if that can be done."""
        base_url, problem = self._amili_public_url()
        is_ready = self.active and self._amili_has_credentials() and not problem
        if is_ready and not self.amili_webhook_id:
            self.env["amili.webhook"]._make(self, base_url)

    def _amili_public_url(self):
        """Return the address of this Odoo, and why Maventa cannot call it, or empty.

        Maventa is on the internet; the sandbox is on this machine.
        """
        self.ensure_one()
        base_url = (self.get_base_url() or "").rstrip("/")
        try:
            parts = urlsplit(base_url)
            host = parts.hostname or ""
        except ValueError:
            parts, host = urlsplit(""), ""
        is_sandbox = self.amili_environment == contract.SANDBOX
        if is_sandbox and (host in contract.LOOPBACK_HOSTS or parts.scheme == "https"):
            return base_url, ""
        if parts.scheme == "https" and _is_public(host):
            return base_url, ""
        return base_url, self.env._(
            "Maventa cannot call this Odoo at %(address)s: it needs an address on the "
            "internet that begins with https. Correct the system parameter "
            "web.base.url first. Without it Odoo asks Maventa by itself, which is "
            "enough.",
            address=base_url,
        )

    # What administrators do -----------------------------------------------------------

    def action_amili_webhook_register(self):
        """Let Maventa wake Odoo when something has happened."""
        self._amili_check_webhook()
        if not self._amili_has_credentials():
            raise UserError(
                self.env._("Enter the credentials for Maventa and save them first.")
            )
        base_url, problem = self._amili_public_url()
        if problem:
            raise UserError(problem)
        webhook = self.sudo().amili_webhook_id
        if webhook.state == "refused":
            webhook._leave(self._amili_keys())
        elif webhook:
            return
        self.sudo().amili_webhook_wanted = True
        self.env["amili.webhook"]._make(self, base_url)

    def action_amili_webhook_unregister(self):
        """Do not let Maventa wake Odoo any more."""
        self._amili_check_webhook()
        self.sudo().amili_webhook_wanted = False
        self.sudo().amili_webhook_id._leave(self._amili_keys())

    def action_amili_webhook_renew(self):
        """Give Maventa a new secret address; the old one ends at once."""
        self.action_amili_webhook_unregister()
        self.action_amili_webhook_register()

    def _amili_check_webhook(self):
        self.ensure_one()
        if not self.env.user.has_group(SYSTEM_GROUP):
            raise UserError(
                self.env._("Only an administrator can let Maventa call this Odoo.")
            )

    # What follows from a call ---------------------------------------------------------

    def _amili_look_now(self):
        """Let all that is open at Maventa be asked for now, not at its own time."""
        self.ensure_one()
        now = fields.Datetime.now()
        company = self.sudo()
        company.amili_service_id.filtered(
            lambda service: service.state not in ("queued", "sending", "unknown")
        ).next_try_at = now
        cases = company.env["amili.assignment"].search(
            [
                ("company_id", "=", self.id),
                ("environment", "=", self.amili_environment),
                ("state", "in", ("pending", "active")),
            ]
        )
        cases.filtered(lambda case: case.state == "pending").next_try_at = now
        cases._wake_next()
        company.env["account.move"]._amili_follow_now(company)

    def _amili_tell_webhook_left(self, problem):
        """Give a task where Maventa did not remove an address for a week."""
        self.ensure_one()
        service = self.env["amili.service"]._make(self)
        service._give_task(
            self.env._("Amili Perintä: remove a webhook at Maventa"),
            self.env._(
                "Maventa did not remove the address of this Odoo from an account that "
                "is not used any more. Calls to it do nothing. %s",
                problem,
            ),
        )


def _is_public(host):
    """Whether a host may be on the internet, as far as its name tells."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".internal", ".localhost"))
