from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ...maventa.masking import MASK
from ...maventa.payload import dump_body, is_summary, mask_body
from ...models.connection.actions import CLOSE, show_notice
from ...models.connection.alerts import stops
from ...models.outbox.amili_cron_mixin import check_active
from .amili_debtor_wizard import in_window


class AmiliTransferWizard(models.TransientModel):
    """What a clerk sees and confirms before invoices go to Amili Perintä.

    Made from the context (``active_model`` ``account.move``, ``active_ids``). Makes no
    remote call: it puts assignments on the queue.
    """

    _name = "amili.transfer.wizard"
    _description = "Send to Amili Perintä"
    _inherit = ["amili.refused.mixin"]
    _amili_refusable = (
        *("capital_amount", "reminder_amount", "reminder_date"),
        *("collection_type", "receivables_type", "assignment_summary"),
    )

    line_ids = fields.One2many(
        "amili.transfer.wizard.line", "wizard_id", string="Invoices"
    )
    alerts = fields.Json(compute="_compute_alerts")
    ready_count = fields.Integer(compute="_compute_alerts")
    stopped_count = fields.Integer(compute="_compute_alerts")
    missing_id_count = fields.Integer(compute="_compute_missing_id_count")
    summary = fields.Text(string="What Will Happen", compute="_compute_alerts")

    # One invoice is shown whole, the only one or one that was opened from the list:
    # these are its line's fields. What is the invoice's own is read with the rights of
    # the clerk.
    line_id = fields.Many2one(
        "amili.transfer.wizard.line",
        compute="_compute_line_id",
        store=True,
    )
    is_one_of_many = fields.Boolean(compute="_compute_is_one_of_many")
    move_id = fields.Many2one(related="line_id.move_id", related_sudo=False)
    company_id = fields.Many2one(related="line_id.company_id", related_sudo=False)
    currency_id = fields.Many2one(related="line_id.currency_id", related_sudo=False)
    capital_amount = fields.Monetary(
        related="line_id.capital_amount", related_sudo=False
    )
    reminder_amount = fields.Monetary(related="line_id.reminder_amount", readonly=False)
    reminder_date = fields.Date(related="line_id.reminder_date", readonly=False)
    collection_type = fields.Selection(
        related="line_id.collection_type", readonly=False
    )
    receivables_type = fields.Selection(
        related="line_id.receivables_type", readonly=False
    )
    assignment_summary = fields.Char(
        related="line_id.assignment_summary", readonly=False
    )
    co_debtor_partner_ids = fields.Many2many(
        related="line_id.co_debtor_partner_ids",
        readonly=False,
        context={"active_test": False},
    )
    proposed_addresses = fields.Char(compute="_compute_proposed_addresses")
    proposed_business_ids = fields.Char(compute="_compute_proposed_business_ids")
    proposed_co_debtors = fields.Char(compute="_compute_preview")
    total_amount = fields.Monetary(string="Total", compute="_compute_preview")
    debtors = fields.Html(compute="_compute_preview", sanitize=False)
    payload_text = fields.Text(string="Message Preview", compute="_compute_preview")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if "line_ids" in fields_list and "line_ids" not in values:
            values["line_ids"] = self._default_lines()
        return values

    @api.model
    def _default_lines(self):
        context = self.env.context
        if context.get("active_model") != "account.move":
            return []
        moves = self.env["account.move"].browse(context.get("active_ids", ()))
        terms = moves._amili_default_terms()
        alerts = moves._amili_get_alerts(terms)
        # What needs a hand stands first.
        order = {"danger": 0, "warning": 1}
        worst = {
            move.id: min(
                (order[alert["level"]] for alert in alerts[move.id].values()), default=2
            )
            for move in moves
        }
        return [
            fields.Command.create(
                {
                    "move_id": move.id,
                    "collection_type": terms[move.id]["collection_type"],
                    "receivables_type": terms[move.id]["receivables_type"],
                    "reminder_amount": terms[move.id]["reminder_amount"],
                    "reminder_date": terms[move.id]["reminder_date"],
                    "assignment_summary": terms[move.id]["assignment_summary"],
                    "co_debtor_partner_ids": [
                        fields.Command.set(terms[move.id]["co_debtors"].ids)
                    ]
                    if terms[move.id]["co_debtors"]
                    else False,
                }
            )
            for move in moves.sorted(lambda move: worst[move.id])
        ]

    @api.depends("line_ids.move_id", "line_id")
    def _compute_missing_id_count(self):
        for wizard in self:
            wizard.missing_id_count = len(wizard._moves_to_look_up())

    def _moves_to_look_up(self):
        return (
            self._shown_lines()
            .move_id._amili_may_be_looked_up()
            .filtered(lambda move: not move.maventa_lookup_wanted)
        )

    def _shown_lines(self):
        return self.line_id or self.line_ids

    @api.depends("line_ids")
    def _compute_line_id(self):
        for wizard in self:
            lines = wizard.line_ids
            wizard.line_id = lines if len(lines) == 1 else False

    @api.depends("line_ids", "line_id")
    def _compute_is_one_of_many(self):
        for wizard in self:
            wizard.is_one_of_many = bool(wizard.line_id) and len(wizard.line_ids) > 1

    @api.depends(
        "line_id",
        "line_ids.level",
        "collection_type",
        "receivables_type",
        "reminder_amount",
        "reminder_date",
        "assignment_summary",
        "co_debtor_partner_ids",
    )
    def _compute_alerts(self):
        for wizard in self:
            if wizard.line_id:
                move = wizard.move_id._origin
                alerts = move._amili_get_alerts({move.id: read_terms(wizard)})[move.id]
                stopped = any(a["level"] == "danger" for a in alerts.values())
                in_window(alerts, wizard)
                # What stands below a field need not stand above them all.
                below = {
                    text
                    for name, text in wizard._amili_refused_texts()
                    if name in wizard._amili_refusable
                }
                for code, alert in list(alerts.items()):
                    if alert["message"] in below:
                        del alerts[code]
                wizard.alerts = alerts
                wizard.stopped_count = int(stopped)
                wizard.ready_count = int(not stopped)
                wizard.summary = False
            else:
                stopped = wizard.line_ids.filtered(lambda line: line.level == "stopped")
                wizard.stopped_count = len(stopped)
                wizard.ready_count = len(wizard.line_ids) - len(stopped)
                wizard.alerts = False
                wizard.summary = wizard._summarise(wizard.line_ids - stopped)

    @api.depends("line_id")
    def _compute_amili_refused(self):
        return super()._compute_amili_refused()

    def _amili_refused_texts(self):
        # EXTENDS amili.refused.mixin: of the terms; a debtor's own window has the rest
        move = self.move_id._origin
        return [
            (name, text)
            for holder, name, text in (move._amili_refusals() if move else ())
            if holder._name == "amili.assignment"
        ]

    @api.depends("line_id", "line_ids.co_debtor_partner_ids", "co_debtor_partner_ids")
    @api.depends_context("uid")
    def _compute_proposed_addresses(self):
        for wizard in self:
            wizard.proposed_addresses = "; ".join(
                f"{debtor.display_name}: {debtor._amili_corrected_place()}"
                for debtor in wizard._debtors_to_correct()
            )

    def _debtors(self):
        lines = self._shown_lines()
        return (lines.partner_id | lines.co_debtor_partner_ids)._origin

    def _debtors_with(self, proposal):
        """Return the debtors whom the user may correct and who have a proposal."""
        return self._debtors().filtered(proposal)._filtered_access("write")

    def _debtors_to_correct(self):
        """Return whose address the user may correct as proposed."""
        return self._debtors_with(lambda debtor: debtor._amili_address_correction())

    def action_correct_addresses(self):
        """Write the proposed postal codes and cities to the contacts."""
        self.ensure_one()
        self._debtors_to_correct()._amili_correct_address()
        return self._reopen()

    @api.depends("line_id", "line_ids.co_debtor_partner_ids", "co_debtor_partner_ids")
    @api.depends_context("uid")
    def _compute_proposed_business_ids(self):
        for wizard in self:
            wizard.proposed_business_ids = "; ".join(
                f"{debtor.display_name}: {debtor._amili_proposed_business_id()}"
                for debtor in wizard._debtors_of_two_numbers()
            )

    def _debtors_of_two_numbers(self):
        """Return for whom the user may settle which Business ID owes, as proposed."""
        return self._debtors_with(lambda debtor: debtor._amili_proposed_business_id())

    def action_use_business_ids(self):
        """Let the proposed Business IDs be those that owe, whatever else there is."""
        self.ensure_one()
        for debtor in self._debtors_of_two_numbers():
            debtor.amili_business_id = debtor._amili_proposed_business_id()
        return self._reopen()

    def action_show_all(self):
        """Go back from one invoice to the list of all."""
        self.ensure_one()
        self.line_id = False
        return self._reopen()

    def _summarise(self, ready):
        """Return what will happen to many invoices, in a sentence or two."""
        if not self.line_ids:
            return self.env._("No invoice is left to send.")
        if not ready:
            return self.env._(
                "None of these can be sent yet. What is missing stands beside each."
            )
        amount = format_amount(
            self.env,
            sum(line.capital_amount + line.reminder_amount for line in ready),
            ready.currency_id[:1],
        )
        sending = (
            self.env._("1 invoice can be sent: %s.", amount)
            if len(ready) == 1
            else self.env._(
                "%(count)s invoices can be sent: %(amount)s in all.",
                count=len(ready),
                amount=amount,
            )
        )
        if not self.stopped_count:
            return sending
        return "\n".join(
            [
                sending,
                self.env._(
                    "%s cannot be sent yet and will be left out.", self.stopped_count
                ),
            ]
        )

    @api.depends(
        "line_id",
        "collection_type",
        "receivables_type",
        "reminder_amount",
        "reminder_date",
        "assignment_summary",
        "co_debtor_partner_ids",
    )
    def _compute_preview(self):
        for wizard in self:
            terms = read_terms(wizard)
            debtor = wizard.move_id.commercial_partner_id._origin
            left_out = left_out_co_debtors(wizard)
            payers = debtor and self.env["amili.assignment"]._payers(debtor, terms)
            wizard.total_amount = wizard.capital_amount + wizard.reminder_amount
            wizard.proposed_co_debtors = ", ".join(left_out.mapped("display_name"))
            wizard.debtors = Markup().join(map(wizard._shown, payers or ()))
            # While a choice is being changed it may be empty for a moment.
            is_chosen = (
                terms["collection_type"]
                and terms["receivables_type"]
                and is_summary(terms["assignment_summary"] or "")
            )
            wizard.payload_text = bool(payers and is_chosen) and self._preview(
                wizard, terms, payers
            )

    def _shown(self, payer):
        """Return a debtor as it stands in a letter, with the identity code masked."""
        place = " ".join(filter(None, (payer["zip"], payer["city"])))
        role = (
            self.env._("Main debtor")
            if payer["role"] == "main_debtor"
            else self.env._("Co-debtor")
        )
        lines = [
            payer["business_id"]
            and self.env._("Business ID %(number)s", number=payer["business_id"]),
            payer["personal_identity_code"]
            and self.env._("Identity code %(code)s", code=MASK),
            payer["street"],
            payer["street2"],
            " ".join(filter(None, (place, payer["country_code"]))),
            payer["email"],
            payer["phone"],
        ]
        return Markup(
            "<p class='mb-2'><b>%s</b> <span class='o_amili_aside'>%s</span>%s</p>"
        ) % (
            payer["name"] or "–",
            role,
            Markup().join(Markup("<br/>%s") % line for line in lines if line),
        )

    @api.model
    def _preview(self, wizard, terms, payers):
        # Before something is filled in there may be nothing to show in its place.
        complete = [{key: value or "" for key, value in p.items()} for p in payers]
        body = self.env["amili.assignment"]._payload(
            wizard.currency_id, terms, complete
        )
        return dump_body(mask_body(body), indent=2)

    def action_use_standing_co_debtors(self):
        """Add the customer's standing co-debtors to the claim."""
        self.ensure_one()
        self.co_debtor_partner_ids |= left_out_co_debtors(self)
        return self._reopen()

    def action_look_up(self):
        """Have the missing Maventa IDs looked up in the background."""
        self.ensure_one()
        count = self._moves_to_look_up()._amili_want_look_up()
        return show_notice(
            "info",
            self.env._(
                "Maventa IDs being looked up: %s. Tick the invoices again in a minute; "
                "what was not found tells why.",
                count,
            ),
            title=self.env._("Amili Perintä"),
            next=CLOSE,
        )

    def action_upload(self):
        """Open the wizard that sends what Maventa does not have to Maventa."""
        self.ensure_one()
        return self._moves_to_look_up().action_amili_upload()

    def action_transfer(self):
        """Put what is ready on the queue; what is stopped stays where it is.

        :raises UserError: where nothing can be sent, with the reasons
        """
        self.ensure_one()
        moves = self.line_ids.move_id
        moves._amili_check_user()
        moves.check_access("write")
        check_active(
            self.env.ref("amili_perinta.ir_cron_amili_process_queue"),
            self.env._(
                "Sending to Amili Perintä is switched off: the scheduled action that "
                "sends is not active."
            ),
        )
        # Whoever confirms the same invoices at this moment waits for neither of us:
        # theirs are left out here.
        locked = moves.try_lock_for_update(allow_referencing=True)
        lines = self.line_ids.filtered(lambda line: line.move_id in locked)
        terms = {line.move_id.id: read_terms(line) for line in lines}
        alerts = locked._amili_get_alerts(terms)
        ready = lines.filtered(lambda line: not stops(alerts[line.move_id.id]))
        if not ready:
            raise UserError(self._nothing_to_send(locked, alerts))
        ready._write_to_invoices()
        self.env["amili.assignment"]._queue(ready.move_id, terms)
        return self._confirmation(len(ready), len(self.line_ids) - len(ready))

    def _nothing_to_send(self, locked, alerts):
        if not self.line_ids:
            return self.env._("No invoice is left to send.")
        if not locked:
            return self.env._(
                "Somebody else is sending this at the same moment. Wait a little and "
                "look at the invoice."
            )
        reasons = dict.fromkeys(
            reason for found in alerts.values() for reason in stops(found)
        )
        return "\n".join(
            [
                self.env._("Nothing can be sent to Amili Perintä yet:"),
                *list(reasons)[:20],
            ]
        )

    def _confirmation(self, sent, left_out):
        message = (
            self.env._(
                "The invoice is on the queue and goes out within minutes. The answer "
                "appears on it, in its messages."
            )
            if sent == 1
            else self.env._(
                "%s invoices are on the queue and go out within minutes. The answers "
                "appear on them, in their messages.",
                sent,
            )
        )
        if left_out:
            message += " " + self.env._(
                "Left out because something is missing: %s. Nothing happened there.",
                left_out,
            )
        return show_notice(
            "warning" if left_out else "success",
            message,
            title=self.env._("Amili Perintä"),
            sticky=bool(left_out),
            next=CLOSE,
        )

    def _reopen(self):
        """Open this wizard; a list of many gets more room."""
        size = "large" if self.line_id else "extra-large"
        return self._get_records_action(
            name=self.env._("Send to Amili Perintä"),
            target="new",
            context={"dialog_size": size},
        )


def read_terms(record):
    """Return the terms on a line, or on a wizard that shows one line.

    The form is that of ``account.move._amili_default_terms``.
    """
    return {
        "collection_type": record.collection_type,
        "receivables_type": record.receivables_type,
        "capital_amount": record.capital_amount,
        "reminder_amount": record.reminder_amount,
        "reminder_date": record.reminder_date,
        "assignment_summary": (record.assignment_summary or "").strip(),
        "co_debtors": record.co_debtor_partner_ids._origin,
    }


def left_out_co_debtors(record):
    """Return the customer's standing co-debtors that were not chosen."""
    move = record.move_id._origin
    if not move:
        return record.co_debtor_partner_ids.browse()
    return move._amili_standing_co_debtors() - record.co_debtor_partner_ids._origin
