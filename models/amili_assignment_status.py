"""The listener: how hand-overs went, and what Amili does with the cases.

Hand-overs are asked for one by one until Amili has confirmed them. After that the feed
of events tells of all cases at once, so the number of requests grows with what
happened and not with the number of cases. A daily sweep mends what a feed may miss.
"""

from datetime import timedelta, timezone

import pycountry

from odoo import api, fields, models
from odoo.fields import Domain

from ..maventa import errors
from ..maventa.parallel import call_all
from .amili_assignment_event import OPEN_EVENT_STATES
from .amili_assignment_figures import naive
from .amili_worker_mixin import BATCH_SIZE
from .maventa_errors import explain

# An event may appear in the feed later than one that it was made before.
FEED_OVERLAP = timedelta(minutes=2)
NO_NEWS_LIMIT = timedelta(days=1)
# A sum beyond this many times the claim, and so many euros, is a mistake: fees and
# interest never reach it.
ABSURD_FACTOR = 3
ABSURD_EXTRA = 1000


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    @api.model
    def _cron_poll_transfers(self):
        """Ask how the hand-overs went that Amili has not confirmed."""
        self._for_each_company(
            self._companies_with(self._due(("pending",))),
            lambda company: self._ask(company, "pending"),
        )

    @api.model
    def _cron_sync_events(self):
        """Read what Amili did since the last time."""
        domain = Domain("state", "=", "active") | self._unread_domain()
        self._for_each_company(self._companies_with(domain), self._sync_company)

    @api.model
    def _cron_sweep(self):
        """Compare all cases with Amili's list, once a day."""
        self._for_each_company(
            self._companies_with([("state", "=", "active")]), self._sweep_company
        )

    # The feed -------------------------------------------------------------------------

    @api.model
    def _sync_company(self, company):
        """Read new cases whole, then the feed since the last event."""
        try:
            with company._amili_client() as client:
                unread = self._active_of(company, ("case_read_at", "=", False))
                self._read_cases(client, unread + self._unread_history(company))
                self._read_feed(company, client)
            self._keep(lambda: company._amili_set_news(False))
        except errors.MaventaError as exc:
            self._report_failure(company, exc)
        # All was done in one turn.
        return 0

    @api.model
    def _active_of(self, company, *domain, limit=None):
        return self.search(
            [
                ("company_id", "=", company.id),
                ("environment", "=", company.amili_environment),
                ("state", "=", "active"),
                *domain,
            ],
            order="id",
            limit=limit,
        ).with_env(company.env)

    @api.model
    def _read_feed(self, company, client):
        account = company._amili_account()
        since = company.amili_events_read_until
        if not since:
            oldest = self._active_of(company, limit=1)
            since = oldest.sent_at or oldest.create_date
        if not since:
            return
        newest = since
        page = 1
        total = None
        seen = set()
        left_out = 0
        while page:
            self._commit()
            result = client.events(page, since.replace(tzinfo=timezone.utc))
            self._record_events(company, result.items)
            moments = [naive(event.created_at) for event in result.items]
            newest = max([newest, *filter(None, moments)])
            seen |= {event.id for event in result.items}
            left_out += result.left_out
            total = result.total if page == 1 else total
            page = result.next_page
        if total and len(seen) + left_out < total:
            # A page was passed over: what it told would be missing for ever.
            raise errors.UnknownOutcome("bad_answer")
        # Only when all was read: a feed that broke off is read again from where it
        # began. A date in the future must not hide what comes until then.
        newest = min(newest, fields.Datetime.now())
        until = max(since, newest - FEED_OVERLAP)

        def keep():
            # Of an account that the company has left the mark says nothing.
            if company._amili_account() == account:
                company.sudo().amili_events_read_until = until

        self._keep(keep)

    @api.model
    def _record_events(self, company, events):
        """Record a page of the feed and commit it."""

        def record():
            cases = self.search(
                [
                    ("company_id", "=", company.id),
                    ("environment", "=", company.amili_environment),
                    ("remote_id", "in", [event.assignment_id for event in events]),
                ]
            ).with_env(company.env)
            cases._lock()
            before = cases._states()
            # Cases that were made elsewhere are not ours to follow; of those that were
            # adopted the past comes first, and holds these events as well.
            by_remote_id = {
                case.remote_id: case for case in cases if not case._has_unread_past()
            }
            # The newest comes first, and several may share a second.
            self._apply_events(
                [
                    (by_remote_id[event.assignment_id], event)
                    for event in reversed(events)
                    if event.assignment_id in by_remote_id
                ]
            )
            cases._tell_changes(before)
            self._commit()

        self._retry_on_conflict(record)

    # Whole cases ----------------------------------------------------------------------

    @api.model
    def _sweep_company(self, company):
        """Read whole each case of which Amili's list tells something else than ours."""
        active = self._active_of(company)
        if not active:
            return 0
        try:
            with company._amili_client() as client:
                listed = self._listed_cases(client)
                active._find_remote_ids(listed)
                # A closed case may be missing from Amili's list: it is read as well.
                differing = active.filtered(
                    lambda a: a._differs_from(listed.get(a.remote_id))
                )
                self._read_cases(client, differing)
        except errors.MaventaError as exc:
            self._report_failure(company, exc)
        return 0

    @api.model
    def _listed_cases(self, client):
        """Return all cases of a company by their id at Amili."""
        listed = {}
        page = 1
        while page:
            self._commit()
            result = client.cases(page)
            listed |= {case.id: case for case in result.items}
            page = result.next_page
        return listed

    def _find_remote_ids(self, listed):
        """Find the case of those whose hand-over was answered without an id."""
        for assignment in self.filtered(lambda a: not a.remote_id):
            invoice_id = assignment.maventa_invoice_id
            earlier = assignment.move_id.amili_assignment_ids.mapped("remote_id")
            matches = [
                case.id
                for case in listed.values()
                if case.invoice_id.lower() == invoice_id and case.id not in earlier
            ]
            if len(matches) == 1:
                assignment.remote_id = matches[0]

    @api.model
    def _read_cases(self, client, assignments):
        """Read cases whole, with all their events."""
        assignments = assignments.filtered("remote_id")
        for start in range(0, len(assignments), BATCH_SIZE):
            batch = assignments[start : start + BATCH_SIZE]
            calls = [(assignment.remote_id,) for assignment in batch]
            self._commit()
            batch._record_all(call_all(client.case, calls), self._apply_case.__name__)

    def _apply_case(self, outcome):
        """Take over what Amili says of a whole case."""
        self.ensure_one()
        if self._has_unread_past():
            self._apply_past(outcome)
        elif self.state != "active":
            return
        elif isinstance(outcome, errors.MaventaError):
            self.error_message = explain(self.env, outcome)
        else:
            self._take_case(outcome)

    def _take_case(self, outcome):
        """Take over what Amili says of a live case.

        :param ~..maventa.answers.Case outcome: with its events
        """
        stage_before = self.collection_status
        is_first_reading = not self.case_read_at
        lines_before = len(self.event_ids)
        self._apply_events([(self, event) for event in outcome.events])
        # The answer is as old as the newest thing in it.
        moments = [naive(event.created_at) for event in outcome.events]
        newest = max(filter(None, moments), default=self.told_at)
        self._take_figures(outcome.figures, newest)
        self.write(
            {
                "case_read_at": fields.Datetime.now(),
                "error_message": False,
                "remote_status": outcome.status or self.remote_status,
                "collection_status": outcome.collection_status or stage_before,
            }
        )
        if outcome.is_closed:
            if self.state == "active":
                self._close(outcome.closed_at, outcome.result)
        elif self.collection_status != stage_before and not is_first_reading:
            if lines_before == len(self.event_ids):
                # No event told of it.
                self._log_state()

    def _close(self, closed_at, result):
        """End the case as Amili says; where it does not say how, as the sums say."""
        if not result and self.currency_id.compare_amounts(self.open_amount, 0) <= 0:
            result = "paid"
        self._set_state(
            "withdrawn" if result == "withdrawn" else "closed",
            result=result or False,
            closed_at=naive(closed_at) or fields.Datetime.now(),
            error_message=False,
        )

    # Events ---------------------------------------------------------------------------

    @api.model
    def _apply_events(self, pairs):
        """Record events that are new, tell people, and move the cases on.

        :param pairs: assignment and event; of two in the same second the first
            is taken to be the older
        """
        cases = self.browse().union(*(assignment for assignment, _event in pairs))
        recorded = self.env["amili.assignment.event"].search(
            [("assignment_id", "in", cases.ids)]
        )
        known = {(e.assignment_id.id, e.remote_id) for e in recorded}
        reported = recorded.filtered(
            lambda e: (
                e.direction == "outbound"
                and not e.remote_id
                and e.state in OPEN_EVENT_STATES
            )
        )
        new = {}
        for assignment, event in pairs:
            key = (assignment.id, event.id)
            if key in known:
                continue
            known.add(key)
            ours = reported.filtered(
                lambda e, a=assignment, told=event: (
                    e.assignment_id == a and e._is_told_by(told)
                )
            )[:1]
            if ours:
                reported -= ours
                ours._record_told(event)
            else:
                new[key] = (assignment, event)
        self._add_events(list(new.values()))

    @api.model
    def _add_events(self, pairs):
        now = fields.Datetime.now()
        ordered = sorted(pairs, key=lambda pair: naive(pair[1].created_at) or now)
        currencies = self._currencies({event.currency for _a, event in ordered})
        records = self.env["amili.assignment.event"].create(
            [
                _event_values(a, event, currencies.get(event.currency))
                for a, event in ordered
            ]
        )
        records = [
            record.with_env(a.env)
            for (a, _event), record in zip(ordered, records, strict=True)
        ]
        past = [record for record in records if record.assignment_id._has_unread_past()]
        self._record_past(past)
        news = [record for record in records if record not in past]
        self._log([(r.assignment_id, text) for r in news if (text := r._explain())])
        for (assignment, event), record in zip(ordered, records, strict=True):
            if record in news:
                assignment._follow_event(event, record)

    def _is_absurd(self, event):
        """Whether the sum or the day of a payment or credit cannot be right."""
        self.ensure_one()
        claim = self.capital_amount + self.reminder_amount
        tomorrow = self.company_id._amili_today() + timedelta(days=1)
        return (
            not event.amount
            or event.amount < 0
            or float(event.amount) > ABSURD_FACTOR * claim + ABSURD_EXTRA
            or bool(event.date and event.date > tomorrow)
        )

    def _follow_event(self, event, record):
        """Move the case on as an event tells, and ask a person where one is needed."""
        self.ensure_one()
        self._take_event_figures(record, event)
        if record.is_question:
            self._ask_question(record)
        if record.is_doubtful:
            self._ask_sender(
                self.env._("Amili Perintä: check a strange event with Amili"),
                self.env._(
                    "Its amount or date cannot be right, so it is not counted: %s",
                    record._describe(),
                ),
            )
        if event.kind == "close" and self.state == "active":
            self._close(event.created_at, event.result)

    @api.model
    def _currencies(self, codes):
        """Return the currencies of these ISO 4217 codes that Odoo has."""
        codes = [code for code in codes if pycountry.currencies.get(alpha_3=code)]
        found = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "in", codes)])
        )
        return {currency.name: currency for currency in found}

    @api.model
    def _report_failure(self, company, error):
        """Keep why there is no news; after a while give a person a task."""
        self.env.cr.rollback()
        self.env.invalidate_all()
        company._amili_set_news(explain(company.env, error))
        oldest = self._active_of(company, limit=1)
        heard_at = company.amili_news_at or oldest.sent_at or oldest.create_date
        if heard_at and heard_at < fields.Datetime.now() - NO_NEWS_LIMIT:
            oldest._ask_sender(
                oldest.env._("Amili Perintä: the cases cannot be followed"),
                company.amili_news_problem,
            )
        self._commit()


def _event_values(assignment, event, currency):
    # A step forward often comes without words.
    text = event.text or assignment._stage_label(event.collection_status)
    amount = float(event.amount or 0)
    is_foreign = bool(event.currency) and currency != assignment.currency_id
    if event.currency and not currency:
        # Odoo has no such currency: the sum is told and never taken for euros.
        text = " · ".join(filter(None, (f"{amount:.2f} {event.currency}", text)))
        amount = 0.0
    day = event.date or naive(event.created_at) or fields.Date.today()
    return {
        "assignment_id": assignment.id,
        "direction": "outbound" if event.is_ours else "inbound",
        "remote_id": event.id,
        "type": event.kind,
        "remote_type": event.word,
        "collection_status": event.collection_status,
        "date": day,
        "amount": amount,
        "currency_id": (currency or assignment.currency_id).id,
        "text": text,
        # Somebody dealt with it in Maventa's own pages.
        "seen_at": event.is_seen and not event.is_ours and fields.Datetime.now(),
        "is_doubtful": event.kind in ("paid", "credit_note")
        and (is_foreign or assignment._is_absurd(event)),
    }
