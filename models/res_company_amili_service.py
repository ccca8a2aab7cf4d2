"""A company's collection service: what Maventa last said of it, and its start."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..maventa import errors
from .amili_assignment import LIVE_STATES
from .amili_service import STATES
from .amili_service_worker import ask_service
from .maventa_errors import explain
from .res_company import SYSTEM_GROUP


class ResCompany(models.Model):
    _inherit = "res.company"

    amili_service_status = fields.Char(
        copy=False,
        readonly=True,
        help="What Maventa last said of this company's collection service.",
    )
    amili_service_active = fields.Boolean(copy=False, readonly=True)
    amili_service_checked_at = fields.Datetime(copy=False, readonly=True)
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
        STATES,
        string="Amili Perintä",
        compute="_compute_amili_service",
        compute_sudo=True,
        groups="base.group_user",
    )

    @api.depends(
        "amili_environment",
        "amili_client_id",
        "amili_service_status",
        "amili_service_ids.state",
    )
    def _compute_amili_service(self):
        for company in self:
            service = self.env["amili.service"]._of(company)
            company.amili_service_id = service
            company.amili_service_state = service.state or "none"

    def write(self, vals):
        moving = self._amili_moving(vals)
        left = moving.sudo().amili_service_id.filtered(lambda s: s.state == "queued")
        result = super().write(vals)
        # Who comes back after months must not find an old request on its way.
        left.write({"state": "none"})
        if moving:
            # Whatever was known of the account may be old.
            found = moving.sudo().amili_service_id
            found.next_try_at = fields.Datetime.now()
            self.env.ref("amili_perinta.ir_cron_amili_service").sudo()._trigger()
        return result

    def _amili_service_is_off(self):
        """Whether Maventa said that collection is not active for this company.

        Where it was never asked, the queue asks before it sends.
        """
        self.ensure_one()
        return bool(self.amili_service_status) and not self.amili_service_active

    def _amili_explain_service(self):
        """Return why the service is off and whom to ask, for who wants to hand over."""
        self.ensure_one()
        service = self.sudo().amili_service_id
        if service.state not in ("queued", "sending", "unknown", "pending"):
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

    def _amili_explain_switch(self, environment):
        """Return what becomes of cases that live in another environment; or empty.

        :param str environment: the one that is chosen now
        """
        cases = self.env["amili.assignment"]._read_group(
            [
                ("company_id", "=", self.id),
                ("environment", "!=", environment),
                ("state", "in", LIVE_STATES),
            ],
            ["environment"],
            ["__count"],
        )
        labels = dict(
            self._fields["amili_environment"]._description_selection(self.env)
        )
        return "\n".join(
            self.env._(
                "Cases under way in %(environment)s: %(count)s. They stay there: while "
                "the company works with %(chosen)s they are neither followed nor told "
                "of payments. Change back to go on with them.",
                count=count,
                environment=labels[theirs],
                chosen=labels[environment],
            )
            for theirs, count in cases
        )

    def _amili_set_service(self, told):
        """Keep what Maventa said of the collection service.

        :param answers.Service told: its answer
        """
        self.ensure_one()
        # Locks the company: of two that come at once one begins again.
        self.sudo().amili_service_checked_at = fields.Datetime.now()
        self.env.flush_all()
        service = self.env["amili.service"]._make(self).with_env(self.sudo().env)
        before = service._states()
        service._take_answer(told, fields.Datetime.now())
        service._tell_changes(before)

    def action_amili_activate(self):
        """Open the wizard that asks for the service."""
        self.ensure_one()
        services = self.env["amili.service"]
        services._check_is_administrator()
        if not self._amili_has_credentials():
            raise UserError(explain(self.env, errors.AccessProblem("no_credentials")))
        return services._make(self).with_env(self.env).action_activate()

    def action_amili_test_connection(self):
        """Ask Maventa who this company is and whether its service is active."""
        self.ensure_one()
        if not self.env.user.has_group(SYSTEM_GROUP):
            raise UserError(
                self.env._("Only an administrator can test the connection.")
            )
        try:
            with self._amili_client(timeout=10) as client:
                identity = client.current()
                told = ask_service(client)
                client.check_access()
        except errors.MaventaError as exc:
            raise UserError(explain(self.env, exc)) from exc
        self._amili_set_service(told)
        if told.is_active:
            self._amili_wake_queue()
        service = self.amili_service_id
        environments = dict(
            self._fields["amili_environment"]._description_selection(self.env)
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if told.is_active else "warning",
                "title": self.env._("Maventa answers"),
                "message": self.env._(
                    "%(name)s (%(business_id)s), %(environment)s. %(service)s",
                    name=identity.company_name,
                    business_id=identity.business_id or "–",
                    environment=environments[self.amili_environment],
                    service=service._explain()
                    if told.is_active or not service.word
                    # For who asks Maventa: its own word.
                    else f"{service._explain()} ({service.word})",
                ),
                "sticky": not told.is_active,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
