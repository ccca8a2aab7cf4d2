"""Which event of Amili's is which of ours: by reference, by likeness, or as said."""

from odoo import fields, models
from odoo.exceptions import UserError


class AmiliAssignmentEvent(models.Model):
    _inherit = "amili.assignment.event"

    def _is_shown_by(self, event):
        """Whether an event of the case is this one.

        By the reference in its text; where it has none of ours, by all else.
        """
        self.ensure_one()
        if self.reference and self.reference in event.text:
            return True
        recorded = self.assignment_id.event_ids.mapped("remote_id")
        is_new = event.id not in recorded
        # What was never sent is not there: it only says the same as what is. What a
        # person has told in another way is there in other words.
        may_be = self.state == "done" or bool(self.claimed_at and not event.text)
        return is_new and may_be and self._resembles(event)

    def _resembles(self, event):
        """Whether an event of ours that nothing here has claimed says the same.

        Two of one kind, day and sum are told apart by their document.
        """
        self.ensure_one()
        ours = self.assignment_id.event_ids.filtered(lambda e: e._is_own())
        documents = {event.document, self.document or ""} - {""}
        return (
            event.is_ours
            and event.kind == self.type
            and event.id not in ours.mapped("remote_id")
            and event.date == (self.date or None)
            and float(event.amount or 0) == self.amount
            and len(documents) < 2
            # What has the reference of another one is that one.
            and not any(e.reference and e.reference in event.text for e in ours - self)
            # Who wrote something knows whether it stands there.
            and (bool(self.amount) or not event.text)
        )

    def _is_own(self):
        """Whether this was made here, and is not what the feed has brought."""
        self.ensure_one()
        return bool(self.claimed_at or self.entry_id or self.user_id)

    def _get_similar(self):
        """Return what the feed has brought of the event that may be this one."""
        return self.assignment_id.event_ids.filtered(
            lambda e: e.remote_id and e.remote_id == self.similar_remote_id
        )

    def _get_recorded(self):
        """Return what the feed has brought of ours and says the same, if anything."""
        return self.assignment_id.event_ids.filtered(
            lambda e: (
                e.remote_id
                and not e._is_own()
                and self.amount
                and (e.direction, e.type, e.date, e.amount)
                == (self.direction, self.type, self.date, self.amount)
            )
        )[:1]

    def _take_remote(self, remote_id, remote_type):
        """Be the event that Amili has by this ID, and let nothing else here be it.

        :return: the values that say so, to be written
        :rtype: dict
        """
        self.ensure_one()
        case = self.assignment_id
        # The feed may have brought it already, as something new.
        (case.event_ids - self).filtered(lambda e: e.remote_id == remote_id).unlink()
        compared = case.event_ids.filtered(lambda e: e.similar_remote_id == remote_id)
        compared._end_comparing()
        others = compared - self
        others.next_try_at = fields.Datetime.now()
        others._trigger_due()
        return {"remote_id": remote_id, "remote_type": remote_type}

    def _set_state(self, state, **values):
        # EXTENDS amili.outbox.mixin: who compares, compares what is in doubt
        if state != "unknown":
            self._end_comparing()
        return super()._set_state(state, **values)

    def _end_comparing(self):
        """Compare these with no event of Amili's any more."""
        compared = self.filtered("similar_remote_id")
        compared.similar_remote_id = False
        for case in compared.assignment_id:
            if not any(case.event_ids.mapped("similar_remote_id")):
                # The activity is in the company's language, whoever decides.
                event = compared[0].with_context(lang=case.company_id._amili_lang())
                case.move_id._amili_end_activity(event._similar_summary())

    # What people say ------------------------------------------------------------------

    def action_is_similar(self):
        """Say that Amili was told of this: its event in other words is this one."""
        for event in self._check_similar():
            remote_type = event._get_similar().remote_type
            values = event._take_remote(event.similar_remote_id, remote_type)
            event._set_state("done", error_message=False, **values)

    def action_is_not_similar(self):
        """Say that Amili has not heard of this: it is sent again."""
        for event in self._check_similar():
            event._requeue()
            event._trigger_due()

    def _check_similar(self):
        """Return those that wait for a person to compare them with Amili's.

        :raises AccessError: the user may not say this
        """
        for event in self:
            event.assignment_id._check_may_report("similar")
        return self.sudo().filtered("similar_remote_id")

    def action_is_known(self):
        """Say that Amili has heard of these in another way: nothing is sent any more.

        :raises AccessError: only a manager may
        :raises UserError: it was told, or is on its way and not late
        """
        self.assignment_id._check_may_report("known")
        events = self.sudo().try_lock_for_update(allow_referencing=True)
        late = events.filtered("can_be_known")
        if late != self.sudo():
            raise UserError(
                self.env._(
                    "Odoo goes on with it by itself. What was refused or has waited "
                    "for days can be said to be known."
                )
            )
        before = late._get_states()
        late._be_known()
        late._notify_changes(before)

    def _be_known(self):
        """Amili has heard of these in another way: nothing is sent any more."""
        for event in self:
            recorded = event._get_recorded()
            values = {}
            if recorded:
                values = event._take_remote(recorded.remote_id, recorded.remote_type)
            event._set_state("done", error_message=False, **values)
