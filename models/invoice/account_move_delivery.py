"""How the delivery of an invoice by Maventa goes, and what people are told of it."""

import time
from datetime import timedelta

from odoo import api, fields, models

from ...maventa import errors
from ..connection.moments import naive
from ..outbox.amili_cron_mixin import BATCH_SIZE, companies_with
from .account_move import FOLLOW_SOONEST, read_state

FOLLOW_LATEST = timedelta(days=1)
FOLLOW_ERROR_DELAY = timedelta(minutes=30)
GIVE_UP_AFTER = timedelta(days=14)
# The steps of a delivery are asked for where Maventa was so quick before, as a share of
# the time that a call may last.
SHARE_BEFORE_STEPS = 1 / 3

# How many invoices a task for many of them names.
NAMED_IN_TASK = 20


class AccountMove(models.Model):
    _inherit = "account.move"

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
            "maventa_delivery_state": read_state(invoice),
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

    # What people are told -------------------------------------------------------------

    def _amili_tell_delivery(self):
        """Tell what became of the delivery; what failed is a task for the sender."""
        self._amili_log(
            {
                move.id: self.env._("Maventa: %s", move._amili_explain_delivery_state())
                for move in self
            }
        )
        for move in self.filtered(lambda m: m.maventa_delivery_state == "failed"):
            move._amili_give_task(
                self.env._("Maventa could not deliver the invoice"),
                self.env._(
                    "%s Send it to the customer another way, and correct the "
                    "customer's addresses for the next one.",
                    move._amili_explain_delivery_state(),
                ),
                move._amili_uploader(),
            )
        for user, moves in self._amili_by_uploader().items():
            moves._amili_notify_delivery(user)

    def _amili_notify_delivery(self, user):
        failed = self.filtered(lambda m: m.maventa_delivery_state == "failed")
        moves = self.with_context(lang=user.lang)
        if len(self) == 1:
            message = moves._amili_explain_delivery_state()
        else:
            message = moves.env._(
                "Delivered by Maventa: %(delivered)s. Not delivered: %(failed)s.",
                delivered=len(self - failed),
                failed=len(failed),
            )
        self.env["amili.invoice.upload"]._show(
            user, "danger" if failed else "success", message, self
        )

    def _amili_tell_given_up(self):
        """Give each sender one task for all whose delivery is not followed any more."""
        for company, moves in self.grouped("company_id").items():
            for user, mine in moves.grouped(lambda m: m._amili_uploader()).items():
                names = ", ".join(mine[:NAMED_IN_TASK].mapped("name"))
                mine[0]._amili_give_task(
                    self.env._("Not delivered by Maventa for two weeks: ask Maventa"),
                    self.env._(
                        "Invoices that still wait for their delivery: %(count)s "
                        "(%(names)s). Odoo does not ask for them any more.",
                        count=len(mine),
                        names=names + ("…" if len(mine) > NAMED_IN_TASK else ""),
                    ),
                    company._amili_responsible(user),
                )

    def _amili_by_uploader(self):
        """Return these by the user who sent them to Maventa, leaving out the others."""
        senders = {move: move._amili_last_upload().user_id for move in self}
        sent = self.filtered(lambda move: senders[move])
        return sent.grouped(lambda move: senders[move])

    def _amili_uploader(self):
        """Return who has to act: who sent it to Maventa, or who stands in for them."""
        self.ensure_one()
        return self.company_id._amili_responsible(self._amili_last_upload().user_id)


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
