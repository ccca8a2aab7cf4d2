from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_amount, format_date

from ...const import (
    COLLECTION_TYPES,
    DECIDED_STATES,
    ENVIRONMENTS,
    MANAGER_GROUP,
    RECEIVABLES_TYPES,
    RESULTS,
    SETTLED_STATES,
    SYSTEM_GROUP,
)
from ..connection.actions import CLOSE, RELOAD, show_notice

FOUND_STATES = [
    ("ready", "Can Be Adopted"),
    ("ambiguous", "Several Invoices Fit"),
    ("differs", "Invoice Differs"),
    ("not_found", "Not Found in Odoo"),
    ("other_company", "In Another Company"),
    ("same_account", "Of a Company with the Same Account"),
    ("live", "Handed Over Already"),
    ("unfit", "Invoice Does Not Fit"),
    ("ignored", "Ignored"),
    ("adopted", "Adopted"),
]
# Here the number is right, and a person may say which invoice it is.
CHOICE_STATES = ("ambiguous", "differs")


class AmiliFoundCase(models.Model):
    """A case at Amili that no assignment in Odoo knows, as Amili's list last told it.

    It was made in Maventa's own pages, by another program, or through Maventa's older
    hand-over. Nothing follows from it until a person adopts it. Only the code of this
    addon writes these.

    All sums are EUR.
    """

    _name = "amili.found.case"
    _description = "Case Made Elsewhere"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "amili.deadline.mixin",
        "amili.derived.mixin",
    ]
    _check_company_auto = True
    _order = "is_closed, started_at desc, id desc"
    _rec_name = "number"
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True, ondelete="cascade"
    )
    environment = fields.Selection(ENVIRONMENTS, required=True, readonly=True)
    remote_id = fields.Char(string="ID at Amili", required=True, readonly=True)
    maventa_company_uuid = fields.Char(readonly=True, groups=SYSTEM_GROUP)
    maventa_invoice_id = fields.Char(
        string="Maventa ID", readonly=True, index="btree_not_null"
    )
    # The invoice, as Maventa has it.
    is_invoice_read = fields.Boolean(
        readonly=True, help="Maventa was asked for the invoice and knew it."
    )
    number = fields.Char(string="Number at Maventa", readonly=True)
    invoice_date = fields.Date(string="Date at Maventa", readonly=True)
    total_amount = fields.Monetary(string="Total at Maventa", readonly=True)
    business_id = fields.Char(string="Business ID at Maventa", readonly=True)
    # The case, as Amili has it.
    remote_status = fields.Char(string="Maventa's Status", readonly=True)
    collection_status = fields.Char(string="Amili's Stage", readonly=True)
    progress = fields.Char(string="Stage", compute="_compute_progress")
    collection_type = fields.Selection(COLLECTION_TYPES, readonly=True)
    receivables_type = fields.Selection(RECEIVABLES_TYPES, readonly=True)
    is_closed = fields.Boolean(string="Closed", readonly=True)
    result = fields.Selection(RESULTS, readonly=True)
    started_at = fields.Datetime(string="At Amili Since", readonly=True)
    closed_at = fields.Datetime(string="Ended", readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    has_sums = fields.Boolean(readonly=True, help="Amili told what is open.")
    capital_amount = fields.Monetary(string="Principal", readonly=True)
    reminder_amount = fields.Monetary(string="Reminder Fee", readonly=True)
    fee_amount = fields.Monetary(string="Fees", readonly=True)
    interest_amount = fields.Monetary(string="Interest", readonly=True)
    paid_amount = fields.Monetary(string="Paid", readonly=True)
    credited_amount = fields.Monetary(string="Credited", readonly=True)
    open_amount = fields.Monetary(string="Open at Amili", readonly=True)
    # What Odoo knows of it.
    state = fields.Selection(
        FOUND_STATES, required=True, default="not_found", readonly=True, index=True
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice in Odoo",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        readonly=True,
    )
    match = fields.Selection(
        [
            ("id", "By its Maventa ID"),
            ("facts", "By number, date, amount and Business ID"),
            ("person", "Chosen by a person"),
        ],
        string="Recognised",
        readonly=True,
    )
    assignment_id = fields.Many2one(
        "amili.assignment",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        readonly=True,
    )
    partner_id = fields.Many2one(
        related="move_id.commercial_partner_id", string="Customer"
    )
    move_date = fields.Date(related="move_id.invoice_date", string="Date in Odoo")
    move_total = fields.Monetary(related="move_id.amount_total", string="Total in Odoo")
    move_open = fields.Monetary(
        related="move_id.amount_residual", string="Open in Odoo"
    )
    move_business_id = fields.Char(
        string="Business ID in Odoo", compute="_compute_move_business_id"
    )
    event_count = fields.Integer(string="Events", compute="_compute_event_count")
    problem = fields.Text(string="What to Know", compute="_compute_problem")
    _remote_unique = models.UniqueIndex(
        "(company_id, environment, remote_id)",
        "This case stands in the list already.",
    )

    @api.depends("number", "maventa_invoice_id", "remote_id")
    def _compute_display_name(self):
        for case in self:
            case.display_name = (
                case.number
                or case.move_id.name
                or case.maventa_invoice_id
                or case.remote_id
            )

    @api.depends("collection_status", "is_closed", "result")
    @api.depends_context("lang")
    def _compute_progress(self):
        """Say how far Amili is; a stage that nobody knows as Amili spells it."""
        stages = dict(
            self.env["amili.assignment"]
            ._fields["collection_stage"]
            ._description_selection(self.env)
        )
        results = dict(self._fields["result"]._description_selection(self.env))
        for case in self:
            word = case.collection_status
            case.progress = stages.get(word, word)
            if case.is_closed:
                case.progress = results.get(case.result) or self.env._("Ended")

    @api.depends("move_id")
    def _compute_move_business_id(self):
        for case in self:
            debtor = case.partner_id
            case.move_business_id = debtor and debtor._amili_business_id()

    @api.depends("assignment_id.event_ids")
    def _compute_event_count(self):
        for case in self:
            case.event_count = len(case.assignment_id.event_ids)

    # In words -------------------------------------------------------------------------

    @api.depends("state", "move_id", "open_amount", "move_id.amount_residual")
    @api.depends_context("lang")
    def _compute_problem(self):
        for case in self:
            case.problem = case._explain()

    def _explain(self):
        """Return what stands in the way of adopting this, and what to do about it."""
        self.ensure_one()
        match self.state:
            case "ready":
                return self._explain_sums()
            case "ambiguous":
                return self.env._(
                    "More than one invoice in Odoo, or more than one case, has this "
                    "number, date, amount and Business ID. Choose the invoice "
                    "yourself."
                )
            case "differs":
                return self.env._(
                    "Odoo has an invoice with this number, but not with the same "
                    "%(what)s. If it is this invoice all the same, choose it yourself.",
                    what=self._what_differs(),
                )
            case "not_found" if self.number:
                return self.env._(
                    "No posted customer invoice has the number %(number)s. If it has "
                    "another number in Odoo, enter the Maventa ID on that invoice and "
                    "look again.",
                    number=self.number,
                )
            case "not_found":
                return self.env._(
                    "Maventa tells nothing of this invoice. If you know which it is, "
                    "enter the Maventa ID on it and look again."
                )
            case "other_company":
                return self.env._(
                    "The invoice belongs to another company of this database, while "
                    "the case is in this company's account at Maventa. It cannot be "
                    "adopted here: ask Maventa why the case is in this account."
                )
            case "same_account":
                return self.env._(
                    "The invoice belongs to another company of this database, which "
                    "works with the same account at Maventa. The case stands in that "
                    "company's list and is adopted or ignored there: here nothing "
                    "has to be done."
                )
            case "live":
                return self.env._(
                    "%(invoice)s has been handed over from Odoo as well. Wait until "
                    "that has ended, or take it off the queue.",
                    invoice=self.move_id.name,
                )
            case "unfit":
                return self._explain_unfit()
        return ""

    def _what_differs(self):
        """Return in words which facts differ from those of the invoice."""
        move = self.move_id
        if not move:
            return self.env._("date, amount and Business ID")
        facts = [
            (move.invoice_date != self.invoice_date, self.env._("date")),
            (
                self.currency_id.compare_amounts(move.amount_total, self.total_amount),
                self.env._("amount"),
            ),
        ]
        differing = [name for differs, name in facts if differs]
        return ", ".join(differing or [self.env._("Business ID")])

    def _explain_unfit(self):
        move = self.move_id
        name = move.name or move.display_name
        if move.move_type != "out_invoice":
            return self.env._(
                "%s is no customer invoice. Correct its Maventa ID.", name
            )
        if move.state == "draft":
            return self.env._("%s is a draft. Confirm it, then look again.", name)
        if move.state != "posted":
            return self.env._(
                "%s was cancelled in Odoo, while Amili has a case of it. Write to "
                "Amili if it should not be collected.",
                name,
            )
        if move.currency_id != self.currency_id:
            return self.env._(
                "%s is not in euros, which are all that Amili collects.",
                name,
            )
        return self.env._(
            "%(invoice)s has another Maventa ID than this case. If this case is right, "
            "remove that ID from the invoice and look again.",
            invoice=name,
        )

    def _principal_left(self):
        """Return what Amili still has of the principal, in EUR."""
        self.ensure_one()
        return max(self.capital_amount - self.paid_amount - self.credited_amount, 0.0)

    def _explain_sums(self):
        """Return how what is open differs on both sides; empty where it does not.

        What was paid to Amili may not have been paid out yet.
        """
        if self.is_closed or not (self.has_sums and self.capital_amount):
            return ""
        left, ours = self._principal_left(), self.move_id.amount_residual
        compare = self.currency_id.compare_amounts
        if compare(left, ours) <= 0 <= compare(left + self.paid_amount, ours):
            return ""
        return self.env._(
            "Of the principal %(theirs)s is open at Amili, and %(ours)s in Odoo. "
            "Adopting the case does not tell Amili of the difference.",
            theirs=format_amount(self.env, left, self.currency_id),
            ours=format_amount(self.env, ours, self.currency_id),
        )

    # What people do -------------------------------------------------------------------

    def _check_may_adopt(self):
        """Check the rights of the user.

        :raises AccessError: the user is no manager, or may not see these
        """
        if not self.env.user.has_group(MANAGER_GROUP):
            raise AccessError(
                self.env._(
                    "You may not adopt cases. Ask your administrator for the right "
                    "“Amili Perintä: Manager”."
                )
            )
        self.check_access("read")

    @api.model
    def action_open(self):
        """Compare all with the books as they stand now, and open the list."""
        self._check_may_adopt()
        self.search(self._domain()).sudo()._match()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amili_perinta.amili_found_case_action"
        )
        return {**action, "domain": list(self._domain())}

    @api.model
    def _undecided_domain(self, company):
        """Return the domain of open cases that nobody has decided on.

        In the account that the company has now: what was found with another one says
        nothing of this one.
        """
        environment, uuid = company._amili_account()
        return Domain(
            [
                ("company_id", "=", company.id),
                ("environment", "=", environment),
                # Older ones do not know it.
                ("maventa_company_uuid", "in", (uuid, False)),
                ("is_closed", "=", False),
                ("state", "not in", DECIDED_STATES),
            ]
        )

    def _not_ours(self):
        """Leave out what an assignment knows by now, of whatever company."""
        known = self.env["amili.assignment"].sudo()
        ids = known.search([("remote_id", "in", self.mapped("remote_id"))])
        return self.filtered(lambda case: case.remote_id not in ids.mapped("remote_id"))

    @api.model
    def _domain(self):
        """Return the domain of what the accounts of the user's companies have.

        What was found with another account of a company, or in another environment,
        says nothing of this one.
        """
        companies = self.env.companies.sudo().filtered("amili_found_at")
        return Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("environment", "=", company.amili_environment)
            for company in companies
        )

    def action_look(self):
        """Have the cases of the user's companies looked for in the background.

        :raises UserError: none of them has credentials
        """
        self._check_may_adopt()
        companies = self.env.companies.filtered(
            lambda company: company._amili_has_credentials()
        )
        if not companies:
            raise UserError(
                self.env._(
                    "The credentials for Maventa are missing. An administrator has to "
                    "enter them in Settings > Invoicing > Amili Perintä."
                )
            )
        companies.sudo().write(
            {"amili_find_wanted": True, "amili_find_user_id": self.env.uid}
        )
        self._trigger_cron("find_cases")
        return RELOAD

    @api.model
    def search_status(self):
        """Return what came of the last look, for the top of the list.

        :return: ``text``, and ``level``: ``info``, ``warning``, or empty
        :rtype: dict[str, str]
        """
        self._check_may_adopt()
        lines, level = [], ""
        companies = self.env.companies.sudo()
        for company in companies.filtered(lambda c: c._amili_has_credentials()):
            line = self._search_status_line(company)
            if company.amili_find_wanted:
                level = level or "info"
            elif company.amili_find_problem:
                level = "warning"
            lines.append(f"{company.name}: {line}" if len(companies) > 1 else line)
        return {"text": "\n".join(lines), "level": level}

    @api.model
    def _search_status_line(self, company):
        if company.amili_find_wanted:
            return self.env._(
                "Looking for cases. You are told when it is done, and may go on with "
                "something else."
            )
        if company.amili_find_problem:
            return self.env._(
                "The last look did not succeed. %s", company.amili_find_problem
            )
        if not company.amili_found_at:
            return self.env._("Nobody has looked yet. Press “Look for Cases”.")
        return self.env._(
            "Last looked on %(day)s: %(count)s cases at Amili, of which %(new)s wait "
            "here.",
            day=format_date(self.env, company._amili_date(company.amili_found_at)),
            count=company.amili_found_count,
            new=self.sudo().search_count(
                [
                    ("company_id", "=", company.id),
                    ("environment", "=", company.amili_environment),
                    ("state", "not in", DECIDED_STATES),
                ]
            ),
        )

    def action_ignore(self):
        """Leave these to whoever made them."""
        self._check_may_adopt()
        mine = self.sudo().filtered(lambda case: case.state != "adopted")
        mine.write({"state": "ignored"})
        mine._end_tasks()
        return RELOAD

    def action_restore(self):
        """Ignore these no longer."""
        self._check_may_adopt()
        ignored = self.sudo().filtered(lambda case: case.state == "ignored")
        ignored.state = "not_found"
        ignored._match()
        return RELOAD

    def action_open_invoice(self):
        """Open the invoice in Odoo."""
        return self.move_id._amili_open()

    def action_open_assignment(self):
        """Open what this was adopted as."""
        self.ensure_one()
        return self.assignment_id._get_records_action()

    def action_confirm(self):
        """Open the window that adopts these, with both sides' sums."""
        self._check_may_adopt()
        return self.env["amili.adoption.wizard"]._open(self)

    def action_confirm_all(self):
        """Open the window that adopts all that match, ticked or not."""
        self._check_may_adopt()
        ready = self.search(self._domain() & Domain("state", "=", "ready"))
        if not ready:
            raise UserError(
                self.env._(
                    "No case can be adopted. What is missing stands beside each of "
                    "them."
                )
            )
        return ready.action_confirm()

    def action_adopt(self):
        """Adopt these; who pressed the button has both sides' sums before them.

        :raises UserError: none of them can be adopted as the books stand now
        """
        adopted = self._adopt()
        return adopted._confirmation(len(self) - len(adopted))

    def _adopt(self, chosen=None):
        """Make an assignment of each of these that can be adopted as things stand now.

        :param chosen: the invoice that a person has chosen for this one case
        :return: those that were adopted
        :raises AccessError: the user is no manager, or may not change the invoices
        :raises UserError: none can be adopted
        """
        self._check_may_adopt()
        # Whoever adopts the same at this moment waits for neither of us.
        cases = self.sudo().try_lock_for_update(allow_referencing=True)
        cases = cases.filtered(
            lambda c: c.state not in SETTLED_STATES and c._is_of_maventa_company()
        )
        cases._match()
        if chosen:
            cases._check_choice(chosen)
            cases._place(cases._fitness(chosen), chosen, "person")
        ready = cases.filtered(lambda case: case.state == "ready")
        ready.move_id.sudo(False).check_access("write")
        moves = ready.move_id.try_lock_for_update(allow_referencing=True)
        ready = ready.filtered(lambda case: case.move_id in moves)._one_open_per_move()
        if not ready:
            raise UserError(self._nothing_to_adopt(cases))
        ready._store_maventa_ids()
        assignments = self.env["amili.assignment"]._take_over(ready)
        for case, assignment in zip(ready, assignments, strict=True):
            case.write({"state": "adopted", "assignment_id": assignment.id})
        ready._end_tasks()
        return ready.sudo(False)

    def _is_of_maventa_company(self):
        company = self.company_id
        return company.amili_found_at and self.environment == company.amili_environment

    def _one_open_per_move(self):
        """Leave out what would be a second live case of an invoice."""
        taken = self.env["account.move"]
        fit = self.browse()
        for case in self:
            if case.is_closed or case.move_id not in taken:
                fit += case
            if not case.is_closed:
                taken += case.move_id
        return fit

    def _store_maventa_ids(self):
        """Let the invoices know by which id Maventa has them."""
        for case in self:
            values = {
                "maventa_invoice_id": case.maventa_invoice_id,
                "maventa_environment": case.environment,
                "maventa_company_uuid": case.company_id._amili_account()[1],
            }
            move = case.move_id
            if any((move[name] or "").lower() != values[name] for name in values):
                move.write(values)

    # Choosing by hand -----------------------------------------------------------------

    def _choices(self):
        """Return the invoices that a person may choose for this case.

        Those with its very number alone: for another, the Maventa ID on the invoice
        says beyond doubt what no list can.
        """
        self.ensure_one()
        if self.state not in CHOICE_STATES:
            return self.env["account.move"]
        named = self._moves_named([self.number]).filtered(
            lambda move: move.company_id == self.company_id
        )
        return named.filtered(lambda move: self._fitness(move) == "ready")

    def _check_choice(self, chosen):
        if len(self) != 1 or chosen not in self._choices():
            raise UserError(
                self.env._(
                    "This invoice cannot be chosen for this case. Look for cases "
                    "again: things have changed meanwhile."
                )
            )

    # In words -------------------------------------------------------------------------

    def _nothing_to_adopt(self, cases):
        problems = list(dict.fromkeys(filter(None, cases.mapped("problem"))))
        return "\n".join(
            [
                self.env._(
                    "Nothing can be adopted as things stand now. Somebody else may "
                    "have done it already."
                ),
                *problems[:10],
            ]
        )

    def _confirmation(self, left_out):
        """Return the small notification on what was adopted."""
        count = len(self)
        message = (
            self.env._(
                "The case is adopted. Its events are read within minutes and stand in "
                "its assignment."
            )
            if count == 1
            else self.env._(
                "%s cases are adopted. Their events are read within minutes and stand "
                "in their assignments.",
                count,
            )
        )
        if left_out:
            message += " " + self.env._(
                "Left out because something has changed: %s.", left_out
            )
        return show_notice(
            "warning" if left_out else "success",
            message,
            title=self.env._("Amili Perintä"),
            next=CLOSE,
        )
