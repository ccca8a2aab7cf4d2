"""What Maventa is asked before an invoice goes, and what else it says of a case."""

from datetime import timedelta

from odoo import api, fields, models

from ...maventa import errors
from ...maventa.refusals import read_problems

# What Maventa said of an invoice is good so long for its hand-over.
STEPS_LIFETIME = timedelta(hours=1)


# How each datum is called that has another name among the fields of a payer.
OTHER_NAMES = {
    "identity_code": "personal_identity_code",
    "country": "country_code",
}


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    refused_lines = fields.Json(
        copy=False,
        readonly=True,
        help="What Maventa said of each thing that it refused.",
    )

    # Before it goes -------------------------------------------------------------------

    @api.model
    def _ask_before_sending(self, company, client, account):
        # EXTENDS amili.outbox.mixin: whether somebody else has handed an invoice over,
        # for the last check to know it. Who cannot be asked is no hindrance: the
        # hand-over itself will tell.
        due = self.browse(self._get_due_query(company, ("queued",)).get_result_ids())
        long_ago = fields.Datetime.now() - STEPS_LIFETIME
        moves = due.filtered(lambda a: a._get_account() == account).move_id.filtered(
            lambda move: (
                move.maventa_invoice_id
                and (move.maventa_steps_at or long_ago) <= long_ago
            )
        )
        if not moves:
            return
        calls = [(move.maventa_invoice_id.lower(),) for move in moves]
        self._check_time(client.timeout)
        for group in self._call_all(client.invoice_actions, calls, client.timeout):
            steps = {
                moves[index].id: outcome
                for index, outcome in group
                if not isinstance(outcome, errors.MaventaError)
            }
            asked = moves.browse(steps)
            if asked:
                self._write_alone(lambda a=asked, s=steps: _record(a, s), asked)

    # Afterwards -----------------------------------------------------------------------

    def _record_answer(self, answer):
        # EXTENDS amili.outbox.mixin
        result = super()._record_answer(answer)
        _asked_at, outcome = answer
        if self.state == "pending" and isinstance(outcome, errors.NotFound):
            # Taken, and not there yet: that takes a while, and is no mistake.
            self.error_message = self.env._(
                "Maventa has taken the hand-over and does not show it yet."
            )
        return result

    def _refuse(self, error):
        # EXTENDS the room handover
        result = super()._refuse(error)
        self.refused_lines = [vars(problem) for problem in read_problems(error)]
        return result

    def _refusals(self):
        """Yield what Maventa refused of each datum.

        :return: triples of the assignment or the payer that holds it, the name of its
            field there, empty where nothing tells, and a sentence
        """
        self.ensure_one()
        debtors = self.payer_ids
        for line in self.refused_lines or ():
            name = OTHER_NAMES.get(line["datum"], line["datum"])
            payer = line["payer"]
            is_of_one = payer is not None and payer < len(debtors)
            holder = debtors[payer] if is_of_one else self
            field = holder._fields.get(name)
            label = field._description_string(self.env) if field else ""
            if is_of_one:
                label = ", ".join(filter(None, [holder.name, label]))
            text = (
                self.env._(
                    "Refused by Maventa last time, %(field)s: %(text)s",
                    field=label,
                    text=line["text"],
                )
                if label
                else self.env._("Refused by Maventa last time: %s", line["text"])
            )
            yield holder, field.name if field else "", text

    def _accept(self, status):
        # EXTENDS the room handover
        result = super()._accept(status)
        if status.unexpected_host:
            service = self.env["amili.service"]._get_or_create(self.company_id)
            service.with_env(self.env)._note_case_host(status.unexpected_host)
        return result


def _record(moves, steps):
    for move in moves:
        move._amili_record_steps(steps[move.id])
