"""The invoice at Maventa: its ID, finding it, and how its delivery goes."""

import logging
import re
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date
from odoo.tools.sql import column_exists, create_column

from ...const import ACCOUNTING_GROUPS, ENVIRONMENTS, SYSTEM_GROUP
from ...maventa import errors
from ..connection.maventa_errors import explain
from ..connection.moments import naive
from ..outbox.amili_cron_mixin import BATCH_SIZE, companies_with

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_logger = logging.getLogger(__name__)
DELIVERY_STATES = [
    ("waiting", "Waiting for Delivery"),
    ("delivered", "Delivered"),
    ("failed", "Not Delivered"),
    ("stored", "Only Stored"),
]
# What is waited for is asked for again when so much time has passed as it has waited
# already, but never sooner or later than this.
FOLLOW_SOONEST = timedelta(minutes=5)
FOLLOW_LATEST = timedelta(days=1)
FOLLOW_ERROR_DELAY = timedelta(minutes=30)
GIVE_UP_AFTER = timedelta(days=14)
# What is known of an invoice at Maventa belongs to its Maventa ID: with another ID
# nothing is known any more, unless it is written together with the ID.
OF_THE_ID = {
    "compute": "_compute_maventa_delivery",
    "store": True,
    "readonly": False,
    "copy": False,
    "groups": ACCOUNTING_GROUPS,
}
# The steps of a delivery are asked for where Maventa was so quick before, as a share of
# the time that a call may last.
SHARE_BEFORE_STEPS = 1 / 3
# What a step says of the invoice, and where its moment stands here.
MOMENTS = {
    "handed_over": "maventa_handed_over_at",
    "disputed": "maventa_disputed_at",
    "paid": "maventa_paid_at",
}


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "amili.progress.mixin"]
    _progress_work = "look_up"
    _progress_user = "maventa_lookup_user_id"
    _progress_since = "maventa_lookup_wanted_at"
    _progress_waits = [("maventa_lookup_wanted", "=", True)]
    _progress_fields = {"maventa_lookup_wanted"}

    maventa_invoice_id = fields.Char(
        string="Maventa ID",
        copy=False,
        index="btree_not_null",
        tracking=True,
        help="The UUID that Maventa gave this invoice. Amili needs it to find the "
        "invoice.",
        groups=ACCOUNTING_GROUPS,
    )
    _maventa_invoice_unique = models.UniqueIndex(
        "(company_id, lower(maventa_invoice_id)) WHERE maventa_invoice_id IS NOT NULL",
        "Another invoice has this Maventa ID already.",
    )
    maventa_environment = fields.Selection(
        ENVIRONMENTS,
        **OF_THE_ID,
        help="Where the invoice has its Maventa ID; elsewhere nobody knows it.",
    )
    maventa_company_uuid = fields.Char(
        **{**OF_THE_ID, "groups": SYSTEM_GROUP},
        help="The Maventa company that has the invoice; no other one knows it.",
    )
    maventa_invoice_status = fields.Char(
        string="Status at Maventa",
        **OF_THE_ID,
        help="Maventa's own word on the delivery.",
    )
    maventa_invoice_undelivered = fields.Boolean(
        **OF_THE_ID,
    )
    maventa_delivery_state = fields.Selection(
        DELIVERY_STATES,
        string="Delivery by Maventa",
        **OF_THE_ID,
    )
    maventa_since = fields.Datetime(
        string="At Maventa Since",
        **OF_THE_ID,
    )
    maventa_delivered_at = fields.Datetime(
        string="Delivered On",
        **OF_THE_ID,
    )
    maventa_delivery_channel = fields.Char(
        **OF_THE_ID,
        help="Maventa's own word for the way it went.",
    )
    maventa_delivery_problem = fields.Char(
        **OF_THE_ID,
        help="Why Maventa could not deliver it, in its own words.",
    )
    maventa_followed_since = fields.Datetime(
        **OF_THE_ID,
    )
    maventa_follow_at = fields.Datetime(
        **OF_THE_ID,
        help="When Maventa is next asked how the delivery goes.",
    )
    _maventa_follow_index = models.Index(
        "(maventa_follow_at, company_id) WHERE maventa_follow_at IS NOT NULL"
    )
    maventa_lookup_wanted = fields.Boolean(
        string="To Be Looked Up at Maventa",
        copy=False,
        readonly=True,
        groups=ACCOUNTING_GROUPS,
    )
    maventa_lookup_user_id = fields.Many2one(
        "res.users",
        string="Look-up Asked For By",
        copy=False,
        readonly=True,
        groups=ACCOUNTING_GROUPS,
    )
    maventa_lookup_wanted_at = fields.Datetime(
        string="Look-up Asked For At",
        copy=False,
        readonly=True,
        groups=ACCOUNTING_GROUPS,
    )
    _maventa_lookup_user_index = models.Index(
        "(maventa_lookup_user_id, maventa_lookup_wanted_at) "
        "WHERE maventa_lookup_user_id IS NOT NULL"
    )
    maventa_lookup_problem = fields.Char(
        string="Look-up at Maventa",
        copy=False,
        readonly=True,
        groups=ACCOUNTING_GROUPS,
        help="Why it was not found.",
    )
    maventa_is_same = fields.Boolean(
        string="Compared by Hand",
        copy=False,
        readonly=True,
        groups=ACCOUNTING_GROUPS,
        help="Who asked for the look-up has compared the invoice with the one at "
        "Maventa of the same number and date.",
    )
    _maventa_lookup_index = models.Index("(company_id) WHERE maventa_lookup_wanted")

    maventa_handed_over_at = fields.Datetime(
        **OF_THE_ID,
        help="When Maventa last noted that it went to a collector, from wherever.",
    )
    maventa_elsewhere_checked_at = fields.Datetime(
        **OF_THE_ID,
        help="Up to here somebody has made sure that no collector has it.",
    )
    maventa_disputed_at = fields.Datetime(
        **OF_THE_ID,
        help="When Maventa last noted that the customer contests it.",
    )
    maventa_paid_at = fields.Datetime(
        **OF_THE_ID,
        help="When Maventa last noted that it was paid.",
    )
    maventa_steps_at = fields.Datetime(
        **OF_THE_ID,
        help="When Maventa was last asked what happened to it.",
    )

    def _auto_init(self):
        # Nothing is known yet: computing that for every entry of a large database
        # would make the installation take long. What environment an ID of yesterday
        # belongs to is not that of today; the migration knows.
        for field in self._fields.values():
            if field.compute == "_compute_maventa_delivery" and not column_exists(
                self.env.cr, self._table, field.name
            ):
                create_column(
                    self.env.cr, self._table, field.name, field.column_type[1]
                )
        if not column_exists(self.env.cr, self._table, "amili_upload_id"):
            create_column(self.env.cr, self._table, "amili_upload_id", "int4")
        return super()._auto_init()

    @api.depends("maventa_invoice_id")
    def _compute_maventa_delivery(self):
        for move in self:
            # An ID is that of the Maventa company that the company has that day.
            account = move.maventa_invoice_id and move.company_id._amili_account()
            move.maventa_environment, move.maventa_company_uuid = account or (
                False,
                False,
            )
            move.maventa_invoice_status = False
            move.maventa_invoice_undelivered = False
            move.maventa_delivery_state = False
            move.maventa_since = False
            move.maventa_delivered_at = False
            move.maventa_delivery_channel = False
            move.maventa_delivery_problem = False
            move.maventa_followed_since = False
            move.maventa_follow_at = False
            move.maventa_steps_at = False
            move.maventa_elsewhere_checked_at = False
            for name in MOMENTS.values():
                move[name] = False

    # What may and may not be done -----------------------------------------------------

    @api.constrains("maventa_invoice_id")
    def _check_maventa_invoice_id(self):
        for move in self.sudo():
            if move.maventa_invoice_id and not UUID.fullmatch(move.maventa_invoice_id):
                raise ValidationError(
                    self.env._(
                        "A Maventa ID looks like "
                        "2f1b9c1e-7d0a-4c53-9b7e-0f6a1f0c2d11. Copy it from Maventa or "
                        "let it be looked up."
                    )
                )

    @api.onchange("maventa_invoice_id")
    def _onchange_maventa_invoice_id(self):
        self.maventa_invoice_id = (self.maventa_invoice_id or "").strip() or False

    def _amili_may_be_looked_up(self):
        """Return those of these that may be at Maventa without our knowing the ID."""
        return self.filtered(
            lambda move: (
                move.move_type == "out_invoice"
                and move.state == "posted"
                and not move._amili_is_at_maventa()
                and not move._amili_is_under_way()
            )
        )

    def action_amili_look_up(self):
        """Look the invoice up at Maventa and take its id, if exactly one matches."""
        self.ensure_one()
        self._amili_check_user()
        self.check_access("write")
        try:
            with self.company_id._amili_client(timeout=10) as client:
                candidates = client.find_invoices(self.name)
        except errors.MaventaError as exc:
            raise UserError(explain(self.env, exc)) from exc
        problem = self._amili_take_match(candidates)
        if problem:
            raise UserError(problem)
        return True

    def _amili_want_look_up(self, is_same=False):
        """Have these looked up in the background; return how many.

        :param bool is_same: the user says that number and date are enough
        """
        self._amili_check_user()
        self.check_access("write")
        wanted = self._amili_may_be_looked_up()
        wanted.sudo().write(
            {
                "maventa_lookup_wanted": True,
                "maventa_lookup_problem": False,
                "maventa_is_same": is_same,
                "maventa_lookup_user_id": self.env.uid,
                "maventa_lookup_wanted_at": fields.Datetime.now(),
            }
        )
        self.env["amili.cron.mixin"]._trigger_cron("look_up")
        return len(wanted)

    @api.model
    def _cron_amili_look_up(self):
        """Look up at Maventa what people asked for."""
        self.env["amili.cron.mixin"]._for_each_company(
            "look_up",
            companies_with(self, [("maventa_lookup_wanted", "=", True)]),
            self._amili_look_up_batch,
        )

    @api.model
    def _amili_look_up_batch(self, company):
        crons = self.env["amili.cron.mixin"]
        moves = self.search(
            [("maventa_lookup_wanted", "=", True), ("company_id", "=", company.id)],
            order="id",
            limit=BATCH_SIZE,
        ).with_env(company.env)
        account = company._amili_account()
        try:
            client = company._amili_client()
        except errors.AccessProblem as exc:
            problems = [exc] * len(moves)
            crons._write_alone(lambda: moves._amili_record_look_up(problems), moves)
            return len(moves)
        calls = [(move.name,) for move in moves]
        with client:
            crons._check_time(client.timeout)
            # Asking changes nothing at Maventa, so nothing is locked for it.
            for group in crons._call_all(client.find_invoices, calls, client.timeout):
                asked = moves.browse(moves[index].id for index, _o in group)
                outcomes = [outcome for _index, outcome in group]

                def record(asked=asked, outcomes=outcomes):
                    # An ID is that of the Maventa company that was asked: the new one
                    # is asked anew.
                    if company._amili_account() == account:
                        asked._amili_record_look_up(outcomes)

                crons._write_alone(record, asked)
        return len(moves)

    def _amili_record_look_up(self, outcomes):
        for move, outcome in zip(self, outcomes, strict=True):
            if errors.is_late(outcome):
                continue
            says_same = move.maventa_is_same and move.maventa_lookup_user_id
            move.write({"maventa_lookup_wanted": False, "maventa_is_same": False})
            if isinstance(outcome, errors.MaventaError):
                move.maventa_lookup_problem = explain(self.env, outcome)
            elif move._amili_may_be_looked_up():
                move.maventa_lookup_problem = (
                    move._amili_take_same(outcome, says_same)
                    if says_same
                    else move._amili_take_match(outcome)
                )
            if says_same:
                move._amili_tell_look_up(says_same)

    def _amili_is_at_maventa(self):
        """Whether the Maventa company that the company has now knows the invoice."""
        self.ensure_one()
        move = self.sudo()
        environment, uuid = move.company_id._amili_account()
        return (
            bool(move.maventa_invoice_id)
            and move.maventa_environment in (False, environment)
            # Older IDs, and those entered before there were credentials, do not know
            # their Maventa company; without credentials nobody can tell which one this
            # is.
            and (not uuid or (move.maventa_company_uuid or uuid) == uuid)
        )

    def _amili_explain_delivery(self):
        """Return where the invoice stands at Maventa, in a sentence or two."""
        self.ensure_one()
        if not self.maventa_invoice_id:
            return ""
        sentences = []
        if not self._amili_is_at_maventa():
            sentences.append(self._amili_explain_other_environment())
        elif self.maventa_since:
            sentences.append(
                self.env._("At Maventa since %s.", self._amili_day(self.maventa_since))
            )
        sentences.append(self._amili_explain_delivery_state())
        return " ".join(filter(None, sentences))

    def _amili_explain_delivery_state(self):
        match self.maventa_delivery_state:
            case "waiting":
                return self.env._("Waiting for delivery.")
            case "stored":
                return self.env._("Only stored there: Maventa does not deliver it.")
            case "delivered":
                return self._amili_explain_delivered()
            case "failed" if self.maventa_delivery_problem:
                return self.env._("Not delivered: %s", self.maventa_delivery_problem)
            case "failed":
                return self.env._("Not delivered.")
        return ""

    def _amili_explain_delivered(self):
        day = self.maventa_delivered_at and self._amili_day(self.maventa_delivered_at)
        channel = {
            "einvoice": self.env._("e-invoice"),
            "email": self.env._("e-mail"),
            "print": self.env._("letter"),
        }.get(self.maventa_delivery_channel)
        if day and channel:
            return self.env._(
                "Delivered (%(channel)s) on %(day)s.", channel=channel, day=day
            )
        return self.env._("Delivered on %s.", day) if day else self.env._("Delivered.")

    def _amili_explain_other_environment(self):
        if self.maventa_environment == self.company_id.sudo().amili_environment:
            return self.env._(
                "Its Maventa ID is that of another Maventa company than the one that "
                "the company works with now."
            )
        labels = dict(
            self._fields["maventa_environment"]._description_selection(self.env)
        )
        return self.env._(
            "Its Maventa ID is that of another environment (%(theirs)s), and the "
            "company works with %(ours)s now.",
            theirs=labels[self.maventa_environment],
            ours=labels[self.company_id.sudo().amili_environment],
        )

    def _amili_day(self, moment):
        return format_date(self.env, self.company_id._amili_date(moment))

    # What Maventa tells ---------------------------------------------------------------

    def _amili_delivery_values(self, found, is_stored_only=False):
        """Return the values of the delivery fields for an invoice at Maventa.

        :param answers.Invoice found: the invoice at Maventa
        :param bool is_stored_only: Maventa was told not to deliver it
        """
        now = fields.Datetime.now()
        state = "stored" if is_stored_only else _read_state(found)
        is_followed = state == "waiting"
        return {
            "maventa_invoice_status": found.status,
            "maventa_invoice_undelivered": found.is_undelivered and not is_stored_only,
            "maventa_delivery_state": state,
            "maventa_since": naive(found.created_at) or now,
            "maventa_delivered_at": False,
            "maventa_delivery_channel": False,
            "maventa_delivery_problem": False,
            "maventa_followed_since": is_followed and now,
            "maventa_follow_at": is_followed and now + FOLLOW_SOONEST,
        }

    def _amili_write_at_maventa(self, values):
        """Write what Maventa tells of these.

        It touches neither lines nor sums, so Odoo need not build them anew, which takes
        longer than all the rest where hundreds come at once.
        """
        self.sudo().with_context(
            skip_invoice_sync=True,
            check_move_validity=False,
            skip_is_manually_modified=True,
        ).write(values)

    # Following ------------------------------------------------------------------------

    @api.model
    def _amili_follow_deliveries(self):
        """Ask Maventa for what waits for its delivery, many at once."""
        self.env["amili.cron.mixin"]._for_each_company(
            "uploads",
            companies_with(self, [("maventa_follow_at", "<=", fields.Datetime.now())]),
            self._amili_follow_batch,
        )

    @api.model
    def _amili_follow_batch(self, company):
        crons = self.env["amili.cron.mixin"].with_env(company.env)
        environment, uuid = company._amili_account()
        moves = self.search(
            [
                ("maventa_follow_at", "<=", fields.Datetime.now()),
                ("maventa_invoice_id", "!=", False),
                ("company_id", "=", company.id),
                ("maventa_environment", "=", environment),
                ("maventa_company_uuid", "in", (uuid, False)),
            ],
            order="maventa_follow_at, id",
            limit=BATCH_SIZE,
        ).with_env(company.env)
        if not moves:
            return 0
        calls = [(move.maventa_invoice_id,) for move in moves]
        try:
            # Made in the transaction that chose them: another account has none of them.
            client = company._amili_client()
        except errors.AccessProblem:
            crons._write_alone(moves._amili_put_off_following, moves)
            return 0
        done = 0
        with client:
            calls = [(client, *call) for call in calls]
            # With the steps of those that were delivered.
            limit = client.timeout * (1 + SHARE_BEFORE_STEPS)
            crons._check_time(limit)
            # Asking changes nothing at Maventa, so nothing is locked for it.
            for group in crons._call_all(_ask_delivery, calls, limit):
                answers = {
                    moves[index]: outcome
                    for index, outcome in group
                    if not errors.is_late(outcome)
                }
                asked = moves.browse(move.id for move in answers)
                crons._write_alone(
                    lambda m=asked, a=answers: m._amili_record_deliveries(a), asked
                )
                done += len(asked)
        return done

    def _amili_put_off_following(self):
        waiting = self.filtered("maventa_follow_at")
        waiting.maventa_follow_at = fields.Datetime.now() + FOLLOW_ERROR_DELAY

    def _amili_record_deliveries(self, answers):
        """Write what Maventa tells of these, and tell people what has changed.

        :param dict answers: by invoice what the question for it gave: an invoice and
            its steps, or an error
        """
        # Somebody may have entered another ID while Maventa was asked.
        followed = self.filtered("maventa_follow_at")
        now = fields.Datetime.now()
        waiting = changed = failed = self.browse()
        for move in followed:
            answer = answers[move]
            if isinstance(answer, errors.NotFound):
                waiting += move
            elif isinstance(answer, errors.MaventaError):
                # It is the connection that is the trouble, not these invoices.
                failed += move
            elif answer[0].is_delivered or answer[0].is_failed:
                move._amili_end_following(*answer)
                changed += move
            else:
                waiting += move
        failed._amili_put_off_following()
        for since, moves in waiting.grouped("maventa_followed_since").items():
            waited = now - since
            if waited > GIVE_UP_AFTER:
                moves.maventa_follow_at = False
                continue
            pause = min(max(waited, FOLLOW_SOONEST), FOLLOW_LATEST)
            moves.maventa_follow_at = now + pause
        given_up = waiting.filtered(lambda move: not move.maventa_follow_at)
        given_up._amili_tell_given_up()
        changed._amili_tell_delivery()
        (waiting - given_up)._amili_wake_following()

    def _amili_end_following(self, invoice, steps):
        """Record that Maventa delivered the invoice, or that it could not.

        :param answers.Invoice invoice: the invoice at Maventa
        :param steps: what became of it (``answers.InvoiceAction``), oldest first
        """
        wanted = "delivered" if invoice.is_delivered else "error"
        last = next((step for step in reversed(steps) if step.kind == wanted), None)
        values = {
            "maventa_invoice_status": invoice.status,
            "maventa_invoice_undelivered": invoice.is_undelivered,
            "maventa_delivery_state": _read_state(invoice),
            "maventa_delivery_problem": False,
            "maventa_follow_at": False,
        }
        if last and invoice.is_delivered:
            values["maventa_delivered_at"] = naive(last.happened_at)
            values["maventa_delivery_channel"] = last.channel
        elif last:
            values["maventa_delivery_problem"] = last.message
        if invoice.is_failed and self._amili_last_upload().marks_sent:
            # It has reached nobody: it may be sent in another way.
            values["is_move_sent"] = False
        self._amili_write_at_maventa(values)
        if steps:
            self._amili_record_steps(steps)

    def _amili_wake_following(self):
        """Let the follower run when the first of these is due."""
        times = self.filtered("maventa_follow_at").mapped("maventa_follow_at")
        if times:
            self.env["amili.cron.mixin"]._trigger_cron("uploads", min(times))

    def _amili_record_steps(self, steps):
        """Keep when what bears on a hand-over happened last.

        :param steps: what became of the invoice (``answers.InvoiceAction``)
        """
        self.ensure_one()
        values = {"maventa_steps_at": fields.Datetime.now()}
        # What has no time came with the invoice: nothing was there before it.
        first = fields.Datetime.to_datetime(self.invoice_date) or self.create_date
        for step in steps:
            name = MOMENTS.get(step.meaning)
            if name:
                moment = naive(step.happened_at) or first
                values[name] = max(moment, values.get(name, moment))
        self._amili_write_at_maventa(values)


def _ask_delivery(client, invoice_id):
    """Return an invoice at Maventa, and its steps where it was delivered or failed."""
    began = time.monotonic()
    invoice = client.invoice(invoice_id)
    is_slow = time.monotonic() - began > client.timeout * SHARE_BEFORE_STEPS
    if is_slow or not (invoice.is_delivered or invoice.is_failed):
        return invoice, ()
    try:
        return invoice, client.invoice_actions(invoice_id)
    except errors.MaventaError:
        return invoice, ()


def _read_state(invoice):
    if invoice.is_delivered:
        return "delivered"
    return "failed" if invoice.is_failed else "waiting"
