"""What the company reports of a case: payments, credits, wishes, answers.

The words that go to Amili are Finnish whatever language the user has: they are read
by people in Finland.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    def _report(self, kind, **values):
        """Queue what a person has to tell Amili; return the event.

        :param str kind: ``comment``, ``due_date``, ``pause``, ``withdraw`` or ``seen``
        :param values: ``text``, ``date``, ``question_id`` as fields of the event
        :raises UserError: the case takes no reports
        """
        self.ensure_one()
        self._check_takes_reports(("active", "closed") if kind == "seen" else ())
        self._check_not_withdrawing(kind)
        event = (
            self.env["amili.assignment.event"]
            .sudo()
            .create(
                {
                    "assignment_id": self.id,
                    "direction": "outbound",
                    "type": kind,
                    "state": "queued",
                    "date": kind == "comment" and self.company_id._amili_today(),
                    "currency_id": self.currency_id.id,
                    "user_id": self.env.uid,
                    **values,
                }
            )
        )
        question = event.question_id
        if kind == "comment" and question and not question.seen_at:
            self._report("seen", question_id=question.id)
        question._be_seen()
        event._wake_next()
        return event.sudo(False)

    def _is_being_withdrawn(self):
        return bool(
            self.event_ids.filtered(
                lambda e: (
                    e.type == "withdraw"
                    and e.direction == "outbound"
                    and e.state not in ("failed", "cancelled")
                )
            )
        )

    def _check_takes_reports(self, states=()):
        for assignment in self.sudo():
            is_fit = assignment.state in (states or ("active",))
            if not is_fit or not assignment.remote_id:
                raise UserError(
                    self.env._(
                        "%s is not in the hands of Amili at the moment, so nothing can "
                        "be reported of it.",
                        assignment.name,
                    )
                )

    def _end_reports(self):
        """Take off the queue what an ended case does not take any more."""
        queued = self.env["amili.assignment.event"].search(
            [
                ("assignment_id", "in", self.ids),
                ("state", "=", "queued"),
                ("type", "!=", "seen"),
            ]
        )
        queued._end_with_case()


class AmiliAssignmentEvent(models.Model):
    _inherit = "amili.assignment.event"

    def _be_seen(self):
        """Note that somebody has dealt with these, and end the tasks for them."""
        self.filtered(lambda e: not e.seen_at).seen_at = fields.Datetime.now()
        cases = self.assignment_id
        cases.filtered(
            lambda a: not any(a.event_ids.mapped("is_question"))
        )._end_questions()

    def _end_with_case(self):
        """Give up what Amili has not heard of a case that has ended meanwhile.

        Money may have been collected twice, and who wrote waits for an answer: a person
        looks.
        """
        self._cancel(self.env._("The case had ended before Amili was told."))
        for event in self.filtered(lambda e: not e.is_undone):
            case = event.assignment_id
            if event.type in ("paid", "credit_note") and case.state == "closed":
                note = self.env._(
                    "Amili closed the case before it heard of this: %s. Check whether "
                    "the debtor has paid twice.",
                    event._describe(),
                )
            elif event.user_id:
                note = self.env._(
                    "The case ended before Amili got this: %s", event._describe()
                )
            else:
                continue
            case._ask_sender(
                self.env._("Amili Perintä: the case ended before Amili was told"), note
            )

    # Reconciliations ------------------------------------------------------------------

    @api.model
    def _report_partials(self, reports):
        """Queue what came of reconciliations.

        What was told and then undone stands again where the same comes back: Amili
        must not count it twice.

        :param reports: values of events, each with ``partial_id``
        """
        if not reports:
            return
        known = self.search(
            [("partial_id", "in", [values["partial_id"] for values in reports])]
        ).mapped("partial_id")
        undone = self.search(
            [
                (
                    "assignment_id",
                    "in",
                    [values["assignment_id"] for values in reports],
                ),
                ("is_undone", "=", True),
                ("state", "in", ("sending", "unknown", "done")),
            ],
            order="id",
        )
        new = []
        for values in reports:
            if values["partial_id"] in known:
                continue
            same = undone.filtered(lambda e, v=values: e._tells_the_same(v))[:1]
            if same:
                same._stand_again(values["partial_id"])
                undone -= same
            else:
                new.append(values)
        events = self.create(new)
        self.env["amili.assignment"]._log(
            [
                (event.assignment_id, event._explain())
                for event in events
                if event.type == "payout"
            ]
        )
        events._wake_next()

    def _tells_the_same(self, values):
        return (
            self.assignment_id.id == values["assignment_id"]
            and self.type == values["type"]
            and self.date == values["date"]
            and self.currency_id.compare_amounts(self.amount, values["amount"]) == 0
        )

    def _undo(self):
        """A payment or credit does not stand any more: take back what was told."""
        for event in self:
            event.partial_id = False
            if event.state in ("queued", "failed"):
                event._cancel(
                    event.env._("It was undone in Odoo before Amili was told.")
                )
            elif event.type == "payout":
                event.state = "cancelled"
            elif event.state in ("sending", "unknown", "done"):
                event.is_undone = True
                event._put_right()
                event.assignment_id._ask_sender(
                    event.env._("Amili Perintä: a reported payment was undone"),
                    event.env._(
                        "Amili had been told of this: %s. As long as Amili has the "
                        "case, it is told that this does not stand. Check the "
                        "reconciliation, and with Amili that its books are right.",
                        event._describe(),
                    ),
                )

    def _stand_again(self, partial_id):
        """The same payment or credit is back."""
        self.ensure_one()
        self.write({"is_undone": False, "partial_id": partial_id})
        self._put_right()

    def _put_right(self):
        """See to it that Amili's last word on this is whether it stands."""
        self.ensure_one()
        messages = self.search([("undone_id", "=", self.id)])
        messages.filtered(lambda e: e.state == "queued")._cancel()
        # Each message that left says the contrary of the one before.
        left = messages.filtered(lambda e: e.state in ("sending", "unknown", "done"))
        if self.is_undone == (len(left) % 2 == 1):
            return
        sentence = (
            "Ilmoittamamme {what} on peruttu, eikä se lyhennä saatavaa."
            if self.is_undone
            else "Perutuksi ilmoittamamme {what} on sittenkin voimassa. Sitä ei ole "
            "ilmoitettu toista kertaa."
        )
        case = self.assignment_id
        if case.state not in ("sending", "unknown", "pending", "active"):
            return
        kind = "hyvitys" if self.type == "credit_note" else "maksu"
        amount = f"{self.amount:.2f}".replace(".", ",")
        what = f"{kind} {amount} € ({self.date:%d.%m.%Y}, viite {self.reference})"
        self.create(
            {
                "assignment_id": case.id,
                "direction": "outbound",
                "type": "comment",
                "state": "queued",
                "date": case.company_id._amili_today(),
                "currency_id": self.currency_id.id,
                "text": sentence.format(what=what),
                "undone_id": self.id,
            }
        )._wake_next()
