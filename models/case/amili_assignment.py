"""The listener: how hand-overs went, and what Amili does with the cases.

Hand-overs are asked for one by one until Amili has confirmed them. After that the feed
of events tells of all cases at once, so the number of requests grows with what
happened and not with the number of cases. A daily sweep mends what a feed may miss."""

from datetime import timedelta, timezone

import pycountry

from odoo import api, fields, models
from odoo.fields import Domain

from ...const import RESULTS, STAGES, UNDER_WAY_STATES
from ...maventa import contract, errors
from ..connection.maventa_errors import explain
from ..connection.moments import naive
from ..outbox.amili_cron_mixin import BATCH_SIZE, companies_with, doubt_not_found
from ..outbox.ir_cron import OutOfTime

# An event may appear in the feed long after one that was made later.
FEED_OVERLAP = timedelta(days=2)
# Whatever the feed and the list tell, each case is read whole so often.
WHOLE_READING = timedelta(days=7)
NO_NEWS_LIMIT = timedelta(days=1)
# A sum beyond this many times the claim, and so many euros, is a mistake: fees and
# interest never reach it.
ABSURD_FACTOR = 3
ABSURD_EXTRA = 1000
QUESTION_TYPE = "amili_perinta.mail_activity_type_question"


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    collection_status = fields.Char(
        string="Amili's Stage", copy=False, readonly=True, help="Amili's own word."
    )
    case_read_at = fields.Datetime(
        copy=False,
        readonly=True,
        help="When the whole case was last read from Amili.",
    )
    is_outdated = fields.Boolean(
        copy=False, readonly=True, help="Amili has more: it is to be read whole."
    )
    listed_at = fields.Datetime(
        copy=False, readonly=True, help="When it last stood in Amili's list of cases."
    )
    event_ids = fields.One2many(
        "amili.assignment.event", "assignment_id", string="Events", readonly=True
    )
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

    @api.model
    def _cron_sync_events(self):
        """Read what Amili did since the last time."""
        self._for_each_company(
            "sync_events",
            companies_with(self, self._followed_domain()),
            self._sync_company,
            in_rounds=True,
        )

    @api.model
    def _cron_sweep(self):
        """Compare all cases with Amili's list, once a day."""
        self._for_each_company(
            "sweep",
            companies_with(self, [("state", "=", "active")]),
            self._sweep_company,
            in_rounds=True,
        )

    @api.model
    def _followed_domain(self):
        """Return the domain of what the feed is read for."""
        return Domain("state", "=", "active")

    # The feed -------------------------------------------------------------------------

    @api.model
    def _sync_company(self, company):
        """Read new cases whole, then the feed since the last event."""
        feed = self._create_feed(company)
        try:
            with company._amili_client() as client:
                self._read_cases(client, self._unread_cases(company))
                self._read_feed(company, client, feed)
            self._write_alone(
                lambda: feed.write(
                    {"news_at": fields.Datetime.now(), "problem": False}
                ),
                feed,
            )
        except errors.MaventaError as exc:
            self._report_failure(company, exc)
        # All was done in one turn.
        return 0

    @api.model
    def _create_feed(self, company):
        feeds = self.env["amili.feed"]
        if not feeds._for_company(company):
            self._write_alone(lambda: feeds._get_or_create(company))
        return feeds._for_company(company)

    @api.model
    def _unread_cases(self, company):
        """Return the cases of a company that are to be read whole."""
        return self._live_cases(
            company, "|", ("case_read_at", "=", False), ("is_outdated", "=", True)
        )

    @api.model
    def _live_cases(self, company, *domain, order="id", limit=None):
        return self.search(
            [
                *self._account_domain(company),
                ("state", "=", "active"),
                *domain,
            ],
            order=order,
            limit=limit,
        ).with_env(company.env)

    @api.model
    def _read_feed(self, company, client, feed):
        """Read the feed page by page.

        The newest comes first: what comes in between moves the rest on, so that going
        on at a page overlooks nothing.
        """
        since = feed.read_until
        if not since:
            # Each case was read whole before. What it told then may have been less than
            # what had happened: an event may appear late, and by Maventa's clock.
            first = self._live_cases(
                company, ("case_read_at", "!=", False), order="case_read_at", limit=1
            )
            if not first:
                return
            since = first.case_read_at - FEED_OVERLAP
        page = first_page = feed.page or 1
        newest = feed.newest_at or since
        total = None
        seen = set()
        left_out = 0
        while page:
            if self._seconds_left() < client.timeout:
                values = {"page": page, "newest_at": newest}
                self._write_alone(lambda v=values: feed.write(v), feed)
                raise OutOfTime
            self._commit()
            result = client.events(page, since.replace(tzinfo=timezone.utc))
            self._record_events(company, result.items)
            moments = [naive(event.created_at) for event in result.items]
            newest = max([newest, *filter(None, moments)])
            seen |= {event.id for event in result.items}
            left_out += result.left_out
            total = result.total if page == first_page else total
            page = result.next_page
        if first_page == 1 and total and len(seen) + left_out < total:
            # A page was passed over: what it told would be missing for ever.
            raise errors.UnknownOutcome("bad_answer")
        # Only when all was read: a feed that broke off is read again from where it
        # began. A date in the future must not hide what comes until then.
        newest = min(newest, fields.Datetime.now())
        values = {
            "read_until": max(since, newest - FEED_OVERLAP),
            "page": 0,
            "newest_at": False,
        }
        self._write_alone(lambda: feed.write(values), feed)

    @api.model
    def _record_events(self, company, events):
        """Record a page of the feed and commit it."""

        def record():
            # Cases that were made elsewhere are not ours to follow.
            cases, pairs = self._unrecorded(company, events)
            if not pairs:
                return
            self._lock_rows(cases)
            before = cases._get_states()
            self._apply_events(pairs)
            cases._notify_changes(before)
            self._commit()

        self._retry_conflicts(record)

    @api.model
    def _unrecorded(self, company, events):
        """Return what of a page of the feed is new, and the cases that it is of.

        Most of a page has been read before: two queries find that out for all of it.

        :rtype: tuple of cases, and of pairs of a case and an event, the oldest first
        """
        cases = self.search(
            [
                *self._account_domain(company),
                ("remote_id", "in", [event.assignment_id for event in events]),
            ]
        ).with_env(company.env)
        recorded = self.env["amili.assignment.event"].search_fetch(
            [
                ("assignment_id", "in", cases.ids),
                ("remote_id", "in", [event.id for event in events]),
            ],
            ["assignment_id", "remote_id"],
        )
        known = {(event.assignment_id, event.remote_id) for event in recorded}
        of_id = {case.remote_id: case for case in cases if case._takes_feed()}
        # The newest comes first, and several may share a second.
        pairs = [
            (of_id[event.assignment_id], event)
            for event in reversed(events)
            if event.assignment_id in of_id
            and (of_id[event.assignment_id], event.id) not in known
        ]
        return self.browse().union(*(case for case, _event in pairs)), pairs

    def _takes_feed(self):
        """Whether events of the feed are recorded on this case as they come."""
        self.ensure_one()
        return True

    # Whole cases ----------------------------------------------------------------------

    @api.model
    def _sweep_company(self, company):
        """Read whole each case of which Amili's list tells something else than ours."""
        if not self._live_cases(company, limit=1):
            return 0
        feed = self._create_feed(company)
        try:
            with company._amili_client() as client:
                self._compare_list(company, client, feed)
                # Where there is no time for all, the next reading of news goes on.
                self._trigger_cron("sync_events")
                outdated = self._live_cases(company, ("is_outdated", "=", True))
                self._read_cases(client, outdated)
        except errors.MaventaError as exc:
            self._report_failure(company, exc)
        # What is late by what was just learnt is asked about at once.
        return self._meet_all_deadlines(company)

    @api.model
    def _compare_list(self, company, client, feed):
        """Compare our cases with Amili's list, page by page.

        Who differs, or is missing, is to be read whole: a case that Amili has closed
        may be missing from its list.
        """
        page = feed.list_page or 1
        is_whole = page == 1
        started_at = feed.list_started_at or fields.Datetime.now()
        searched = self._live_cases(
            company, "|", ("remote_id", "=", False), ("is_searched", "=", True)
        )
        matches = {assignment: [] for assignment in searched}
        of_invoice = searched._invoice_ids_there(client)
        while page:
            if self._seconds_left() < client.timeout:
                values = {"list_page": page, "list_started_at": started_at}
                self._write_alone(lambda v=values: feed.write(v), feed)
                raise OutOfTime
            self._commit()
            result = client.cases(page)
            for assignment, ids in matches.items():
                ids += assignment._match_cases(result.items, of_invoice[assignment.id])
            self._retry_conflicts(lambda r=result: self._compare_page(company, r.items))
            page = result.next_page

        def finish():
            for assignment, ids in matches.items():
                assignment._take_match(ids, is_whole)
            missing = self._live_cases(
                company, "|", ("listed_at", "=", False), ("listed_at", "<", started_at)
            )
            (missing | self._unread_for_long(company)).is_outdated = True
            feed.write({"list_page": 0, "list_started_at": False})

        self._write_alone(finish, feed)

    @api.model
    def _unread_for_long(self, company):
        """Return the cases whose turn it is to be read whole, a seventh each day."""
        now = fields.Datetime.now()
        today = now.toordinal() % WHOLE_READING.days
        # Who was read since yesterday waits for the next turn.
        cases = self._live_cases(
            company, ("case_read_at", "<", now - timedelta(days=1))
        )
        return cases.filtered(
            lambda case: (
                case.id % WHOLE_READING.days == today
                or case.case_read_at <= now - WHOLE_READING
            )
        )

    @api.model
    def _compare_page(self, company, listed):
        """Mark those of our cases of which a page of Amili's list tells otherwise.

        :return: all of our cases that are on the page
        """
        of_id = {case.id: case for case in listed}
        cases = self._live_cases(company, ("remote_id", "in", list(of_id)))
        self._lock_rows(cases)
        cases.filtered(
            lambda a: a.denied_since or a._differs_from(of_id[a.remote_id])
        ).is_outdated = True
        cases.listed_at = fields.Datetime.now()
        self._commit()
        return cases

    def _match_cases(self, listed, invoice_ids):
        """Return the ids of the listed cases that this hand-over may be.

        :param set invoice_ids: by which Maventa has the invoice
        """
        self.ensure_one()
        earlier = self.move_id.amili_assignment_ids.mapped("remote_id")
        return [
            case.id
            for case in listed
            if case.invoice_id.lower() in invoice_ids and case.id not in earlier
        ]

    @api.model
    def _read_cases(self, client, assignments):
        """Read cases whole, with all their events."""
        assignments = assignments.filtered("remote_id")
        for start in range(0, len(assignments), BATCH_SIZE):
            self._check_time(client.timeout)
            batch = assignments[start : start + BATCH_SIZE]
            calls = [(assignment.remote_id,) for assignment in batch]
            for group in self._call_all(client.case, calls, client.timeout):
                outcomes = doubt_not_found(
                    client, [outcome for _i, outcome in group], contract.SCOPES_OF_CASES
                )
                pairs = [
                    (batch[index].id, outcome)
                    for (index, _o), outcome in zip(group, outcomes, strict=True)
                ]
                batch._record_all(pairs, self._apply_case)

    def _apply_case(self, outcome):
        """Take over what Amili says of a whole case."""
        self.ensure_one()
        if self.state != "active" or errors.is_late(outcome):
            return
        if isinstance(outcome, errors.NotFound):
            self._be_denied()
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
                "is_outdated": False,
                "denied_since": False,
                "error_message": False,
                "remote_status": outcome.status or self.remote_status,
                "collection_status": outcome.collection_status or stage_before,
            }
        )
        self._end_wait_tasks()
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
                and (
                    e.state in UNDER_WAY_STATES
                    # Of which a person said that Amili knows it.
                    or (e.state == "done" and e.amount)
                )
            )
        ).sorted("id")
        new = {}
        for assignment, event in pairs:
            key = (assignment.id, event.id)
            if key in known:
                continue
            known.add(key)
            ours = reported.filtered(
                lambda e, a=assignment, told=event: (
                    e.assignment_id == a and e._is_shown_by(told)
                )
            )[:1]
            if ours:
                reported -= ours
                ours._record_reported(event)
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
        self._announce_events(
            [
                (event, record)
                for (_a, event), record in zip(ordered, records, strict=True)
            ]
        )

    @api.model
    def _announce_events(self, pairs):
        """Tell people of new events, and move their cases on.

        :param pairs: events as Amili has them and as they were recorded, in order
        """
        self._log(
            [(r.assignment_id, text) for _e, r in pairs if (text := r._explain())]
        )
        for event, record in pairs:
            record.assignment_id._follow_event(event, record)

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
        self._roll_back()
        feed = self._create_feed(company)
        problem = explain(company.env, error)
        self._write_alone(lambda: feed.write({"problem": problem}), feed)
        oldest = self._live_cases(company, limit=1)
        heard_at = feed.news_at or oldest.sent_at or oldest.create_date
        if heard_at and heard_at < fields.Datetime.now() - NO_NEWS_LIMIT:
            oldest._ask_sender(
                oldest.env._("Amili Perintä: the cases cannot be followed"),
                problem,
                "summary",
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
    happened_at = naive(event.created_at) or fields.Datetime.now()
    day = event.date or assignment.company_id._amili_date(happened_at)
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
