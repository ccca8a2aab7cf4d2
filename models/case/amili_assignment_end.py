"""A case that Amili does not know: searched for by number, or ended by a person."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...const import UNDER_WAY_STATES
from ...maventa import errors
from ...maventa.masking import mask_text
from ..connection.actions import show_notice


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    _outbox_transitions = {
        "queued": {"sending", "cancelled"},
        "sending": {"pending", "rejected", "unknown", "queued"},
        # A person may know that there is no case, or none any more.
        "unknown": {"pending", "active", "rejected", "queued", "closed"},
        "pending": {"active", "rejected", "closed"},
        "active": {"closed", "withdrawn"},
    }
    denied_since = fields.Datetime(
        copy=False,
        readonly=True,
        help="Since when Amili, asked with a good token, says that it has none.",
    )
    is_searched = fields.Boolean(
        copy=False, readonly=True, help="Somebody has it searched for in Amili's list."
    )
    is_ended_here = fields.Boolean(
        string="Ended in Odoo",
        copy=False,
        readonly=True,
        help="A person has said that there is no such case at Amili any more.",
    )
    can_end_here = fields.Boolean(compute="_compute_exits")
    can_search_case = fields.Boolean(compute="_compute_exits")

    @api.depends("state", "denied_since", "remote_id", "case_read_at", "waiting_since")
    def _compute_exits(self):
        for case in self:
            exits = {name for d in case.sudo()._overdue() for name in d.exits}
            case.can_end_here = "action_end_here" in exits
            case.can_search_case = "action_search_case" in exits

    def _be_denied(self):
        """Note that Amili says that it has no such case."""
        self.ensure_one()
        self.denied_since = self.denied_since or fields.Datetime.now()
        self.is_outdated = False
        self.error_message = self.env._(
            "Amili says that it does not know this case. It is asked again every day."
        )

    # Searching ------------------------------------------------------------------------

    def action_search_case(self):
        """Have these searched for in Amili's list of cases, by the invoices' numbers.

        :raises AccessError: only a manager may
        """
        self._check_may_report("search")
        self.sudo().filtered(lambda a: a.state == "active").is_searched = True
        self._trigger_cron("sweep")
        return show_notice(
            "info",
            self.env._(
                "Amili's list is searched in the background. What comes of it appears "
                "in the chatter within minutes."
            ),
        )

    def _invoice_ids_there(self, client):
        """Return by which ids Maventa has the invoices, also those that nobody entered.

        :rtype: dict[int, set] by id of the assignment
        """
        known = {case.id: {case.maventa_invoice_id} - {False} for case in self}
        for case in self.filtered("is_searched"):
            self._check_time(client.timeout)
            self._commit()
            try:
                invoices = client.find_invoices(case.move_id.name)
            except errors.MaventaError:
                # The list is compared all the same; it is searched for again next time.
                continue
            known[case.id] |= {
                invoice.id.lower()
                for invoice in invoices
                if case.move_id._amili_is_same(invoice)
            }
        return known

    def _take_match(self, ids, is_whole):
        """Take over which of Amili's cases this is, where that is beyond doubt.

        :param list ids: of the cases in Amili's list that this may be
        :param bool is_whole: the list was read from its beginning
        """
        self.ensure_one()
        taken = self.search(
            [("company_id", "=", self.company_id.id), ("remote_id", "in", ids)]
        )
        ids = [id_ for id_ in ids if id_ not in taken.mapped("remote_id")]
        if len(ids) == 1:
            self.write(
                {"remote_id": ids[0], "is_outdated": True, "denied_since": False}
            )
            line = self.env._("Amili has the case under the ID %s.", ids[0])
        else:
            line = self.env._("Amili's list has no case that is this one for certain.")
        if self.is_searched and (is_whole or len(ids) == 1):
            self.is_searched = False
            self._log([(self, line)])

    # Ending ---------------------------------------------------------------------------

    def action_end_here(self):
        """Open the window that ends a case of which Amili knows nothing."""
        self.ensure_one()
        self._check_may_report("end")
        self._check_can_end_here()
        return self.env["amili.report.wizard"]._open(self, "end")

    def _check_can_end_here(self):
        if not self.can_end_here:
            raise UserError(
                self.env._(
                    "%s goes on by itself. What Amili has not confirmed, does not know "
                    "or does not tell anything of for days can be ended here.",
                    self.name,
                )
            )

    def _end_here(self, reason):
        """End this because a person knows that there is no such case at Amili any more.

        :param str reason: in the words of that person
        :raises UserError: it goes on by itself, or somebody else works on it
        """
        self.ensure_one()
        case = self.sudo().try_lock_for_update(allow_referencing=True)
        if not case:
            raise UserError(self.env._("It is being worked on. Try again in a minute."))
        case._check_can_end_here()
        before = case._get_states()
        case._set_state(
            "closed",
            is_ended_here=True,
            closed_at=fields.Datetime.now(),
            error_message=f"{self.env.user.name}: {mask_text(reason)}",
        )
        case.with_context(lang=case.company_id._amili_lang())._notify_changes(before)

    def _explain_state(self):
        # EXTENDS the room handover
        if not self.sudo().is_ended_here:
            return super()._explain_state()
        return " ".join(
            filter(
                None,
                [
                    self.env._(
                        "Ended in Odoo on %(day)s, for Amili has no such case. "
                        "%(reason)s",
                        day=self._end_date_text(),
                        reason=self.sudo().error_message or "",
                    ),
                    self.sudo()._still_open(),
                ],
            )
        )

    def _advice(self):
        # EXTENDS the wording of an end that Amili told
        if not self.is_ended_here:
            return super()._advice()
        return self.env._(
            "Amili does not collect it any more. Collect it yourself, credit it, or "
            "hand it over anew."
        )

    def _warnings(self):
        # EXTENDS the room handover: what waits to be told as well
        waiting = self.event_ids.filtered(
            lambda e: e.state in (*UNDER_WAY_STATES, "failed")
        )
        lines = [line for event in waiting for line in event._explain_waits()]
        return super()._warnings() + list(dict.fromkeys(lines))
