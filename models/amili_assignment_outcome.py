"""What an answer of Maventa makes of a hand-over: the next state and the next step."""

import logging
from datetime import timedelta

from odoo import fields, models

from ..maventa import errors
from .amili_worker_mixin import FIRST_DELAY, GRACE, MAX_DELAY
from .maventa_errors import explain

_logger = logging.getLogger(__name__)

# How often one invoice may be refused access before a person is asked.
MAX_REFUSALS = 12
CLOCK_SKEW = timedelta(minutes=5)


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    def _apply_transfer(self, outcome):
        """Turn what a POST gave into a state."""
        self.ensure_one()
        if self.state not in ("sending", "unknown"):
            # Somebody found out in another way meanwhile.
            return
        now = fields.Datetime.now()
        match outcome:
            case errors.NotSent():
                self._hold(outcome)
            case errors.Refused():
                self._reject(explain(self.env, outcome))
            case errors.MaventaError():
                if self.state == "sending":
                    self._set_state("unknown")
                self.write(
                    {
                        "error_message": explain(self.env, outcome),
                        # From here on nothing of it is under way any more.
                        "claimed_at": now,
                        "next_try_at": now + self._delay(outcome),
                    }
                )
            case status if self._is_earlier(status):
                self._reject(explain(self.env, errors.Conflict("conflict")))
            case status:
                self._adopt(status)

    def _apply_answer(self, answer):
        """Turn what the question for a hand-over gave into a state.

        :param answer: when it was asked, and what came of it
        """
        self.ensure_one()
        asked_at, outcome = answer
        if self.state not in ("unknown", "pending"):
            return
        now = fields.Datetime.now()
        is_error = isinstance(outcome, errors.MaventaError)
        is_absent = isinstance(outcome, errors.NotFound) or (
            not is_error and self._is_earlier(outcome)
        )
        if is_absent and self.state == "unknown":
            decided_at = (self.claimed_at or now) + GRACE
            # The answer is as old as its question: others of the batch may have
            # kept it waiting.
            if asked_at < decided_at:
                self.next_try_at = decided_at
            else:
                self._set_state("queued", error_message=False, next_try_at=now)
        elif is_error or is_absent:
            error = outcome if is_error else errors.NotFound("not_found")
            self.write(
                {
                    "error_message": explain(self.env, error),
                    "next_try_at": now + self._delay(error),
                }
            )
        else:
            self._adopt(outcome)

    def _hold(self, error):
        """Back on the queue: it was surely not sent."""
        is_refused = error.reason in ("unauthorized", "scope")
        if is_refused and self.attempt_count >= MAX_REFUSALS:
            self._reject(explain(self.env, error))
            return
        self._wait(error)

    def _apply_hold_up(self, error):
        """Turn a trouble of the whole company into a state; no invoice is to blame."""
        self.ensure_one()
        if self.state in ("sending", "unknown"):
            self._wait(error)

    def _wait(self, error):
        is_late = error.reason == "late"
        self._set_state(
            "queued",
            error_message=False if is_late else explain(self.env, error),
            next_try_at=fields.Datetime.now() + self._delay(error),
        )

    def _reject(self, message, **values):
        self._set_state(
            "rejected",
            error_message=message,
            closed_at=fields.Datetime.now(),
            **values,
        )

    def _adopt(self, status):
        """Take over what Maventa says of this hand-over."""
        now = fields.Datetime.now()
        values = {"remote_status": status.word}
        if status.meaning == "error":
            error = errors.Refused("refused", message=status.reason)
            self._reject(explain(self.env, error), **values)
            return
        if not status.meaning and self.remote_status != status.word:
            _logger.info("Amili: unknown status of a hand-over (%s)", self.id)
        if self.state != "pending":
            values["sent_at"] = self.claimed_at or now
            self._set_state("pending")
        if status.assignment_id:
            values["remote_id"] = status.assignment_id
        if status.meaning == "sent":
            self._set_state("active")
        self.write(
            {
                **values,
                "error_message": False,
                "next_try_at": now + self._poll_delay(now, values.get("sent_at")),
            }
        )

    def _is_earlier(self, status):
        """Whether Maventa speaks of an earlier hand-over of the same invoice."""
        earlier = self.move_id.amili_assignment_ids - self
        if status.assignment_id and status.assignment_id in earlier.mapped("remote_id"):
            return True
        created_at = status.created_at and status.created_at.replace(tzinfo=None)
        return bool(
            earlier
            and status.meaning == "error"
            and created_at
            and self.claimed_at
            and created_at < self.claimed_at - CLOCK_SKEW
        )

    def _poll_delay(self, now, sent_at=None):
        """Ask again after half the time that it has taken so far."""
        waited = now - (sent_at or self.sent_at or now)
        return min(max(waited / 2, FIRST_DELAY), MAX_DELAY)
