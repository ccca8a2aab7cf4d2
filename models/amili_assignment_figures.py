"""What a case is worth: what Amili says of it, and what came of it here."""

from odoo import api, fields, models

# Amili's list of stages is not published: whatever else it says is shown as it is.
STAGES = [
    ("received", "Received"),
    ("reminder_sent", "Reminder sent"),
    ("payment_demand_sent", "Payment demand sent"),
    ("on_hold", "On hold"),
    ("legal_collection", "Legal collection"),
    ("other", "Another stage"),
]
RESULTS = [
    ("paid", "Paid"),
    ("partly_paid", "Partly paid"),
    ("credit_loss", "Credit loss"),
    ("withdrawn", "Withdrawn"),
]


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    collection_stage = fields.Selection(
        STAGES,
        string="Stage",
        compute="_compute_collection_stage",
        store=True,
        help="How far Amili is.",
    )
    result = fields.Selection(
        RESULTS,
        copy=False,
        readonly=True,
        help="How Amili closed the case.",
    )
    open_amount = fields.Monetary(
        string="Open at Amili",
        copy=False,
        readonly=True,
        help="Principal, fees and interest less what was paid and credited, as Amili "
        "last told.",
    )
    paid_amount = fields.Monetary(
        string="Paid",
        copy=False,
        readonly=True,
        help="What was paid to Amili or to you, as Amili last told.",
    )
    credited_amount = fields.Monetary(
        string="Credited", copy=False, readonly=True, help="As Amili last told."
    )
    fee_amount = fields.Monetary(
        string="Fees",
        copy=False,
        readonly=True,
        help="Your reminder fees and the fees of Amili, as Amili last told.",
    )
    interest_amount = fields.Monetary(
        string="Interest", copy=False, readonly=True, help="As Amili last told."
    )
    collected_amount = fields.Monetary(
        string="Collected by Amili",
        compute="_compute_money",
        store=True,
        help="What the debtors paid to Amili.",
    )
    direct_amount = fields.Monetary(
        string="Paid to You",
        compute="_compute_money",
        store=True,
        help="What was paid to you after the hand-over and Amili was told of.",
    )
    payout_amount = fields.Monetary(
        string="Paid Out",
        compute="_compute_money",
        store=True,
        help="What Amili has paid out to you.",
    )
    kept_amount = fields.Monetary(
        string="Kept by Amili",
        compute="_compute_money",
        store=True,
        help="What Amili collected and has not paid out: its fees, as soon as the "
        "payout has come.",
    )
    told_at = fields.Datetime(
        copy=False,
        readonly=True,
        string="Last Sums of Amili",
        help="How new the sums are that Amili last told.",
    )
    stage_told_at = fields.Datetime(
        string="Last Stage of Amili",
        copy=False,
        readonly=True,
        help="How new the stage is that Amili last told.",
    )
    days_to_payment = fields.Integer(
        string="Days to Payment",
        compute="_compute_days_to_payment",
        store=True,
        aggregator="avg",
        help="From the hand-over to the last payment of a case that was paid.",
    )

    @api.depends("collection_status")
    def _compute_collection_stage(self):
        known = {word for word, _label in STAGES}
        for assignment in self:
            word = assignment.collection_status
            assignment.collection_stage = word if word in known else word and "other"

    def _stage_label(self, word):
        """Return a stage in plain words; one that nobody knows as Amili spells it."""
        labels = dict(self._fields["collection_stage"]._description_selection(self.env))
        return labels.get(word, word)

    @api.depends(
        "event_ids.type",
        "event_ids.direction",
        "event_ids.state",
        "event_ids.amount",
        "event_ids.is_doubtful",
        "event_ids.is_undone",
    )
    def _compute_money(self):
        for assignment in self:
            counted = assignment.event_ids.filtered(
                lambda event: event.state == "done" and not event.is_doubtful
            )
            paid = counted.filtered(lambda event: event.type == "paid")
            inbound = paid.filtered(lambda event: event.direction == "inbound")
            direct = (paid - inbound).filtered(lambda event: not event.is_undone)
            payouts = counted.filtered(lambda event: event.type == "payout")
            assignment.collected_amount = sum(inbound.mapped("amount"))
            assignment.direct_amount = sum(direct.mapped("amount"))
            assignment.payout_amount = sum(payouts.mapped("amount"))
            assignment.kept_amount = (
                assignment.collected_amount - assignment.payout_amount
                if payouts
                else 0.0
            )

    @api.depends("result", "sent_at", "event_ids.date", "event_ids.type")
    def _compute_days_to_payment(self):
        for assignment in self:
            days = 0
            if assignment.result in ("paid", "partly_paid") and assignment.sent_at:
                paid = assignment.event_ids.filtered(lambda event: event.type == "paid")
                dates = list(filter(None, paid.mapped("date")))
                sent_on = assignment.company_id._amili_date(assignment.sent_at)
                days = max((max(dates) - sent_on).days, 0) if dates else 0
            assignment.days_to_payment = days

    def _take_figures(self, figures, told_at):
        """Keep what Amili says a case is worth; what it does not say stays.

        :param ~..maventa.answers.Figures figures: in EUR
        :param told_at: when they were so, as a moment in UTC, naive
        """
        self.ensure_one()
        told = {
            "open_amount": figures.open,
            "paid_amount": figures.paid,
            "credited_amount": figures.credited,
            "fee_amount": figures.fees,
            "interest_amount": figures.interest,
        }
        values = {
            name: float(amount) for name, amount in told.items() if amount is not None
        }
        if values:
            self.write(
                {"told_at": told_at and min(told_at, fields.Datetime.now()), **values}
            )

    def _take_event_figures(self, record, event):
        """Keep what an event makes of the sums.

        An event that comes late does not turn back what a newer one has told.

        :param record: the event as recorded
        :param ~..maventa.answers.Event event: the event as Amili has it
        """
        self.ensure_one()
        if record.is_doubtful:
            return
        now = fields.Datetime.now()
        told_at = min(naive(event.created_at) or now, now)
        if event.collection_status and told_at >= (self.stage_told_at or told_at):
            self.collection_status = event.collection_status
            self.stage_told_at = told_at
        figures = event.figures
        if told_at >= (self.told_at or told_at):
            if told_at == self.told_at:
                # Which came first nobody can tell: the whole case knows.
                self.case_read_at = False
            self._take_figures(figures, told_at)
        is_money = record.type in ("paid", "credit_note")
        if is_money and figures.open is None:
            self.open_amount = max(self.open_amount - record.amount, 0.0)
        if record.type == "paid" and figures.paid is None:
            self.paid_amount += record.amount
        if record.type == "credit_note" and figures.credited is None:
            self.credited_amount += record.amount

    def _differs_from(self, case):
        """Whether Amili's list tells something else of this case than we know."""
        self.ensure_one()
        words = (self.remote_status or "", self.collection_status or "")
        if not case or words != (case.status, case.collection_status):
            return True
        figures = case.figures
        pairs = (
            (self.open_amount, figures.open),
            (self.paid_amount, figures.paid),
            (self.credited_amount, figures.credited),
            (self.fee_amount, figures.fees),
            (self.interest_amount, figures.interest),
        )
        return any(
            told is not None and self.currency_id.compare_amounts(known, float(told))
            for known, told in pairs
        )


def naive(moment):
    """Return a moment in UTC as Odoo keeps it."""
    return moment and moment.replace(tzinfo=None)
