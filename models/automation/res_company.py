"""The rule by which overdue invoices are proposed, or go to Amili by themselves."""

from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_amount

from ...const import SYSTEM_GROUP
from ..outbox.amili_cron_mixin import BATCH_SIZE
from .account_move import READY

ACTIVITY_TYPE = "mail.mail_activity_data_todo"
# The list in a task is for a glance; the candidates show them all.
LISTED = 40


class ResCompany(models.Model):
    _inherit = "res.company"

    amili_auto_mode = fields.Selection(
        [
            ("off", "Off"),
            ("propose", "Propose: a task with the list"),
            ("queue", "Send without asking"),
        ],
        string="Automation",
        default="off",
        required=True,
        copy=False,
        groups=SYSTEM_GROUP,
    )
    amili_auto_days = fields.Integer(
        string="Days Past Due, at Least",
        default=14,
        groups=SYSTEM_GROUP,
        help="Counted from the due date. The limits for companies and consumers above "
        "hold as well.",
    )
    amili_auto_amount = fields.Monetary(
        string="Open Amount, at Least",
        default=50.0,
        groups=SYSTEM_GROUP,
        help="Invoices of which less is open are left alone.",
    )
    # To collect from consumers or tenants by itself is a choice of its own.
    amili_auto_b2b = fields.Boolean(
        string="Companies", default=True, groups=SYSTEM_GROUP
    )
    amili_auto_b2c = fields.Boolean(string="Consumers", groups=SYSTEM_GROUP)
    amili_auto_b2b_rental = fields.Boolean(
        string="Companies, Rent", groups=SYSTEM_GROUP
    )
    amili_auto_b2c_rental = fields.Boolean(
        string="Consumers, Rent", groups=SYSTEM_GROUP
    )
    amili_auto_activity_id = fields.Many2one(
        "mail.activity",
        string="Proposal of the Automation",
        copy=False,
        readonly=True,
        groups=SYSTEM_GROUP,
        help="The task with the invoices that are proposed now.",
    )
    amili_auto_proposed_on = fields.Date(
        string="Last Proposal", copy=False, readonly=True, groups=SYSTEM_GROUP
    )

    _amili_auto_not_negative = models.Constraint(
        "CHECK (amili_auto_days >= 0 AND amili_auto_amount >= 0)",
        "The days and the amount of the automation cannot be negative.",
    )

    @api.constrains(
        "amili_auto_mode",
        "amili_auto_b2b",
        "amili_auto_b2c",
        "amili_auto_b2b_rental",
        "amili_auto_b2c_rental",
    )
    def _check_amili_auto_kinds(self):
        for company in self.sudo():
            if company.amili_auto_mode != "off" and not company._amili_auto_kinds():
                raise ValidationError(
                    self.env._(
                        "Choose at least one kind of receivable for the automation of "
                        "Amili Perintä."
                    )
                )

    # The rule -------------------------------------------------------------------------

    def _amili_auto_kinds(self):
        """Return the receivables types that the rule takes."""
        return [
            kind
            for kind in ("b2b", "b2c", "b2b_rental", "b2c_rental")
            if self[f"amili_auto_{kind}"]
        ]

    def _amili_auto_moves(self):
        """Return the invoices that the rule takes today, and their terms.

        The one place that decides, for the automation and for its dry run. Only what
        is ready without a remark is taken, and nothing that was ever handed over:
        what Amili refused or ended needs a person, and what was taken off the queue
        somebody took off, or has a task for.

        :return: invoices, the oldest due date first, and as ``_amili_default_terms``
        """
        self.ensure_one()
        rule = self.sudo()
        invoices = rule.env["account.move"]
        limit = rule._amili_today() - timedelta(rule.amili_auto_days)
        moves = invoices.search(
            invoices._amili_overdue_domain(rule)
            & Domain("invoice_date_due", "<=", limit)
            & Domain("amili_state", "=", False),
            order="invoice_date_due, id",
        )
        terms = moves._amili_default_terms()
        kinds = rule._amili_auto_kinds()
        moves = moves.filtered(
            lambda move: (
                terms[move.id]["receivables_type"] in kinds
                and move.currency_id.compare_amounts(
                    move.amount_residual, rule.amili_auto_amount
                )
                >= 0
            )
        )
        appraisals = moves._amili_appraise(terms)
        return (
            moves.filtered(lambda move: appraisals[move.id]["level"] == READY),
            terms,
        )

    def _amili_auto_explain(self):
        """Return the rule in words."""
        return self.env._(
            "%(days)s days past due, at least %(amount)s",
            days=self.amili_auto_days,
            amount=format_amount(
                self.env, self.amili_auto_amount, self.env.ref("base.EUR")
            ),
        )

    def action_amili_auto_trial(self):
        """Show what the rule would take today; nothing else happens."""
        self.ensure_one()
        if not self.env.user.has_group(SYSTEM_GROUP):
            raise UserError(self.env._("Only an administrator can try the automation."))
        moves, terms = self._amili_auto_moves()
        self.env["amili.candidate"]._recreate(moves, terms, is_trial=True)
        return self.env["ir.actions.act_window"]._for_xml_id(
            "amili_perinta.amili_candidate_action_trial"
        )

    # The daily run --------------------------------------------------------------------

    @api.model
    def _cron_amili_automate(self):
        """Follow the rule of each company that has one."""
        self.env["amili.cron.mixin"]._for_each_company(
            "automate",
            self.search([("amili_auto_mode", "!=", "off")]),
            self._amili_auto_batch,
            in_rounds=True,
        )

    @api.model
    def _amili_auto_batch(self, company):
        """Do what the rule of a company says; return how many went on the queue."""
        work = {"propose": company._amili_propose, "queue": company._amili_queue_ready}
        return self.env["amili.cron.mixin"]._retry_conflicts(
            work[company.amili_auto_mode]
        )

    def _amili_queue_ready(self):
        """Put a batch of what the rule takes on the queue; return how many."""
        assignments = self.env["amili.assignment"]
        # From here to the end nobody can change what is locked: what was read before
        # the lock holds, or locking fails and all is done again.
        assignments._commit()
        moves, terms = self._amili_auto_moves()
        moves = moves.try_lock_for_update(allow_referencing=True, limit=BATCH_SIZE)
        assignments._queue(moves, terms)
        line = self.env._(
            "Put on the queue for Amili Perintä by the rule: %s.",
            self._amili_auto_explain(),
        )
        moves._amili_log(dict.fromkeys(moves.ids, line))
        return len(moves)

    # Proposing ------------------------------------------------------------------------

    def _amili_propose(self):
        """Give the responsible person one task with what the rule would take.

        A task needs a record: it stands on the invoice that is overdue the longest,
        where whoever looks at that invoice sees it too. As long as it is open, it is
        renewed; its day is left as the person set it.

        :return: 0, for nothing is left to do today
        """
        moves, _terms = self._amili_auto_moves()
        today = self._amili_today()
        task = self.amili_auto_activity_id.filtered("active")
        if task and task.res_id not in moves.ids:
            task.unlink()
            task = task.browse()
        elif not task and self.amili_auto_proposed_on == today:
            # It has been dealt with; tomorrow is another day.
            return 0
        if not moves:
            return 0
        summary = self.env._("Amili Perintä: invoices could be handed over")
        note = self._amili_proposal(moves)
        if task:
            task.write({"summary": summary, "note": note})
        else:
            # Without an e-mail each day.
            quiet = moves[0].with_context(mail_activity_quick_update=True)
            task = quiet.activity_schedule(
                ACTIVITY_TYPE,
                date_deadline=today,
                summary=summary,
                note=note,
                user_id=self._amili_responsible().id,
            )
        self.write({"amili_auto_activity_id": task.id, "amili_auto_proposed_on": today})
        return 0

    def _amili_proposal(self, moves):
        """Return the list of what is proposed, with links."""
        euro = self.env.ref("base.EUR")
        today = self._amili_today()
        items = [
            Markup("<li>%s, %s, %s</li>")
            % (
                move._get_html_link(title=move.name),
                move.commercial_partner_id.display_name,
                self.env._(
                    "%(amount)s, %(days)s days past due",
                    amount=format_amount(
                        self.env, move.amount_residual, move.currency_id
                    ),
                    days=(today - move.invoice_date_due).days,
                ),
            )
            for move in moves[:LISTED]
        ]
        if len(moves) > LISTED:
            items.append(
                Markup("<li>%s</li>") % self.env._("and %s more", len(moves) - LISTED)
            )
        return Markup(
            "<p>%s</p><p><a href='/odoo/amili-candidates'>%s</a></p><ul>%s</ul>"
        ) % (
            self.env._(
                "Invoices that nothing stands in the way of: %(count)s, "
                "%(amount)s in all (%(rule)s).",
                count=len(moves),
                amount=format_amount(
                    self.env, sum(moves.mapped("amount_residual")), euro
                ),
                rule=self._amili_auto_explain(),
            ),
            self.env._("Open the candidates"),
            Markup().join(items),
        )
