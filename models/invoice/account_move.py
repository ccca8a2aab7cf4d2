"""The invoice at Maventa: its ID, and what Maventa tells of it."""

import logging
import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date
from odoo.tools.sql import column_exists, create_column

from ...const import ACCOUNTING_GROUPS, ENVIRONMENTS, SYSTEM_GROUP
from ..connection.moments import naive

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_logger = logging.getLogger(__name__)
DELIVERY_STATES = [
    ("waiting", "Waiting for Delivery"),
    ("delivered", "Delivered"),
    ("failed", "Not Delivered"),
    ("stored", "Only Stored"),
]
# What is waited for is asked for again when so much time has passed as it has waited
# already, but never sooner than this.
FOLLOW_SOONEST = timedelta(minutes=5)
# What is known of an invoice at Maventa belongs to its Maventa ID: with another ID
# nothing is known any more, unless it is written together with the ID.
OF_THE_ID = {
    "compute": "_compute_maventa_delivery",
    "store": True,
    "readonly": False,
    "copy": False,
    "groups": ACCOUNTING_GROUPS,
}
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
        state = "stored" if is_stored_only else read_state(found)
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


def read_state(invoice):
    if invoice.is_delivered:
        return "delivered"
    return "failed" if invoice.is_failed else "waiting"
