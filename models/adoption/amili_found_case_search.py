"""Looking for cases that no assignment knows: Amili's list, page by page.

Reading changes nothing at Maventa, so nothing is claimed for it. The number of
requests grows with the pages of the list, and with the invoices that Odoo does not
know by their Maventa ID, a hundred at a time; never with the cases."""

from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, float_repr

from ...const import DECIDED_STATES, SETTLED_STATES
from ...deadlines import ADOPT_CASES
from ...maventa import errors
from ...maventa.answers import Invoice
from ..connection.activities import done_lately, give_activity
from ..connection.maventa_errors import explain
from ..connection.moments import CLOCK_SKEW, naive
from ..outbox.amili_cron_mixin import BATCH_SIZE
from ..outbox.ir_cron import OutOfTime

# Somewhat less than a day: the scheduled action is never to the minute.
LOOK_AGAIN_AFTER = timedelta(hours=20)
# Our own hand-overs whose case has no id here yet.
ON_THE_WAY = ("sending", "unknown", "pending", "active")
SHOWN_AT_MOST = 100
CUSTOMER_TYPES = ("out_invoice", "out_refund")


class _AccountChanged(Exception):
    """The company has another account at Maventa than when the look began."""


class AmiliFoundCase(models.Model):
    _inherit = "amili.found.case"

    @api.model
    def _cron_find_cases(self):
        """Look for cases of the companies that wait for it; of others once a day.

        Daily only where somebody has looked before: who makes cases elsewhere goes on
        making them until the last day, and all others need no further request.
        """
        some_time_ago = fields.Datetime.now() - LOOK_AGAIN_AFTER
        wanted = Domain("amili_find_wanted", "=", True)
        stale = Domain("amili_found_at", "<", some_time_ago)
        companies = self.env["res.company"].sudo().search(wanted | stale)
        self._for_each_company(
            "find_cases", companies, self._find_cases, in_rounds=True
        )

    @api.model
    def _find_cases(self, company):
        """Look for the cases of a company, and say what came of it.

        Where there is no time for all, the next run goes on.
        """
        asked_by = company.amili_find_wanted and company.amili_find_user_id
        account = company._amili_account()
        feed = self._begin_look(company)
        try:
            problem = self._look(company, account, feed)
            self._store_for(
                company, account, lambda: self._end_look(company, feed, problem)
            )
        except _AccountChanged:
            # What was read belongs to another account; who asked waits for this one.
            self._roll_back()
            return int(company.amili_find_wanted)
        new = self._find_new(company, feed)
        if asked_by:
            self._tell(company, asked_by, new, problem)
        else:
            new._ask_manager()
        # All was done in one turn.
        return 0

    @api.model
    def _begin_look(self, company):
        """Return how far the look is that is under way, or the beginning of one."""
        feed = self.env["amili.assignment"]._create_feed(company)
        now = fields.Datetime.now()
        # What one look missed the next one sees: it must not go on for ever.
        if not feed.looking_since or feed.looking_since < now - LOOK_AGAIN_AFTER:
            last = self.search([], order="id desc", limit=1)
            values = {
                "looking_since": now,
                "found_page": 1,
                "found_count": 0,
                "found_after_id": last.id,
            }
            self._write_alone(lambda: feed.write(values), feed)
        return feed

    @api.model
    def _look(self, company, account, feed):
        """Read what has not been read yet; return why that did not succeed, or False.

        :raises OutOfTime: the next run goes on
        :raises _AccountChanged:
        """
        try:
            with company._amili_client() as client:
                if feed.found_page:
                    self._read_list(company, account, client, feed)
                self._read_invoices(company, account, client)
        except errors.MaventaError as exc:
            self._roll_back()
            return explain(company.env, exc)
        return False

    @api.model
    def _end_look(self, company, feed, problem):
        values = {"amili_find_wanted": False, "amili_find_problem": problem}
        if feed.found_page:
            # Half a list is none.
            self._find_new(company, feed).unlink()
        else:
            values["amili_found_at"] = fields.Datetime.now()
            values["amili_found_count"] = feed.found_count
        company.write(values)
        feed.looking_since = False

    @api.model
    def _find_new(self, company, feed):
        """Return what this look has found, and nobody has decided on."""
        return self._listed(company).filtered(
            lambda case: (
                case.id > feed.found_after_id and case.state not in DECIDED_STATES
            )
        )

    @api.model
    def _listed(self, company):
        return self.search(
            [
                ("company_id", "=", company.id),
                ("environment", "=", company.amili_environment),
            ]
        ).with_env(company.env)

    # The list -------------------------------------------------------------------------

    @api.model
    def _read_list(self, company, account, client, feed):
        """Keep what Amili's list tells, each page as it comes.

        What it does not hold any more is forgotten, unless somebody has decided on it:
        nobody could follow it. But not where a page was read in another run, or could
        not be read whole: what moved on to an earlier page meanwhile was not seen.

        :raises errors.UnknownOutcome: also where fewer came than Amili says it has
        """
        page, count = feed.found_page, feed.found_count
        is_whole = page == 1
        seen, foreign = set(), set()
        total, left_out = None, 0
        while page:
            if self._seconds_left() < client.timeout:
                values = {"found_page": page, "found_count": count + len(seen)}
                self._write_alone(lambda v=values: feed.write(v), feed)
                raise OutOfTime
            self._commit()
            result = client.cases(page)
            listed = {case.id: case for case in result.items}
            foreign |= self._store_page(company, account, listed)
            seen |= set(listed)
            left_out += result.left_out
            total = result.total if page == 1 else total
            page = result.next_page
        if total and len(seen) + left_out < total:
            raise errors.UnknownOutcome("bad_answer")

        def finish():
            known = self._listed(company)
            if is_whole and not left_out:
                known.filtered(
                    lambda case: (
                        case.remote_id not in foreign
                        and case.state not in SETTLED_STATES
                    )
                ).unlink()
            known.exists()._match()
            feed.write({"found_page": 0, "found_count": count + len(seen)})

        self._store_for(company, account, finish)

    @api.model
    def _store_page(self, company, account, listed):
        """Record the cases of a page that are not our own; return their ids."""
        foreign = self._foreign(company, listed)
        if foreign:
            self._store_for(
                company, account, lambda: self._record(company, foreign.values())
            )
        return set(foreign)

    @api.model
    def _store_for(self, company, account, write):
        """Call ``write`` in a transaction of its own, if the account is still the same.

        :raises _AccountChanged: else; what was read would pass for the other's
        """

        def check_and_write():
            if company._amili_account() != account:
                raise _AccountChanged
            write()

        self._write_alone(check_and_write)

    @api.model
    def _foreign(self, company, listed):
        """Return those of the listed cases that are not our own, by id at Amili.

        Companies that work with the same account have each other's in their list.
        """
        environment, uuid = company._amili_account()
        here = Domain("company_id", "=", company.id)
        same = Domain("environment", "=", environment) & Domain(
            "maventa_company_uuid", "=", uuid
        )
        way = Domain("remote_id", "=", False) & Domain("state", "in", ON_THE_WAY)
        assignments = self.env["amili.assignment"].search_fetch(
            (here | same) & (way | Domain("remote_id", "in", list(listed))),
            ["remote_id", "maventa_invoice_id", "environment", "create_date"],
        )
        known = set(assignments.mapped("remote_id"))
        # One hand-over of an invoice at a time is under way.
        ours = {
            a.maventa_invoice_id: a.create_date
            for a in assignments
            if not a.remote_id and a.environment == environment
        }
        return {
            case.id: case
            for case in listed.values()
            if case.id not in known
            and not _is_ours(case, ours.get(case.invoice_id.lower()))
        }

    @api.model
    def _record(self, company, cases):
        """Write down what Amili told of cases; new ones are added."""
        environment, uuid = company._amili_account()
        known = self.search(
            [
                ("company_id", "=", company.id),
                ("environment", "=", environment),
                ("remote_id", "in", [case.id for case in cases]),
            ]
        )
        by_remote_id = {found.remote_id: found for found in known}
        euro = self.env.ref("base.EUR")
        new = []
        for case in cases:
            values = {**_values(case), "maventa_company_uuid": uuid}
            found = by_remote_id.get(case.id)
            if found:
                found._write_changes(values)
            else:
                new.append(
                    {
                        **values,
                        "company_id": company.id,
                        "environment": environment,
                        "remote_id": case.id,
                        "currency_id": euro.id,
                    }
                )
        # A line in the chatter of each would be all that anybody saw of it.
        self.with_context(tracking_disable=True).create(new)

    def _write_changes(self, values):
        """Write what differs, so that nothing is written where nothing changed."""
        self.ensure_one()
        changed = {name: value for name, value in values.items() if self[name] != value}
        if changed:
            self.write(changed)

    # The invoices ---------------------------------------------------------------------

    @api.model
    def _read_invoices(self, company, account, client):
        """Ask Maventa for the invoices that Odoo does not know by their Maventa ID.

        :raises errors.UnknownOutcome: one could not be read; the others were recorded
        """
        unread = self._listed(company).filtered(
            lambda case: (
                case.state == "not_found"
                and not case.is_invoice_read
                and case.maventa_invoice_id
            )
        )
        if not unread:
            return
        ids = list(dict.fromkeys(unread.mapped("maventa_invoice_id")))
        problem = None
        for start in range(0, len(ids), BATCH_SIZE):
            self._check_time(client.timeout)
            batch = ids[start : start + BATCH_SIZE]
            invoices = {}
            for group in self._call_all(
                client.invoice, [(each,) for each in batch], client.timeout
            ):
                for index, outcome in group:
                    if isinstance(outcome, errors.UnknownOutcome):
                        problem = outcome
                    # Unknown there, or asked for again at the next look.
                    if not isinstance(outcome, errors.MaventaError):
                        invoices[batch[index]] = outcome
            self._store_for(
                company, account, lambda i=invoices: unread._take_invoices(i)
            )
        if problem:
            raise problem

    def _take_invoices(self, invoices):
        """Write down what Maventa told of invoices, by their Maventa ID."""
        cases = self.exists().filtered(lambda c: c.maventa_invoice_id in invoices)
        for case in cases:
            invoice = invoices[case.maventa_invoice_id]
            case.write(
                {
                    "is_invoice_read": True,
                    "number": invoice.number,
                    "invoice_date": invoice.date,
                    "total_amount": float(invoice.total or 0),
                    "business_id": invoice.recipient_business_id,
                }
            )
        cases._match()

    # What people hear -----------------------------------------------------------------

    @api.model
    def _tell(self, company, user, new, problem):
        """Show who asked what came of the look, if their browser is open."""
        env = self.with_context(lang=user.lang).env
        ready = len(new.filtered(lambda case: case.state == "ready"))
        if problem:
            kind, message = "danger", problem
        elif not new:
            kind = "info"
            message = env._("There is no new case: all are known here.")
        else:
            kind = "success"
            message = env._(
                "New cases: %(count)s. Ready to be adopted: %(ready)s.",
                count=len(new),
                ready=ready,
            )
        user._bus_send(
            "amili_perinta/told",
            {
                "type": kind,
                "title": env._("Cases Made Elsewhere"),
                "message": message,
                "res_model": self._name,
                # More than anybody looks through one by one.
                "res_ids": new.ids if len(new) <= SHOWN_AT_MOST else [],
            },
        )

    def _ask_manager(self):
        """Give one person one task where a daily look found something new."""
        company = self.company_id
        if not self or self._tasks(company):
            return
        self._ask_adopter(
            self.env._(ADOPT_CASES),
            self.env._(
                "Amili has new cases of your invoices, made outside Odoo: %s. Look "
                "at Amili Perintä > Cases Made Elsewhere.",
                len(self),
            ),
        )

    def _ask_adopter(self, summary, note, repeats=None):
        """Ask who decides on cases made elsewhere, on the first of these."""
        company = self.company_id
        user, today = company._amili_adopter(), company._amili_today()
        give_activity(self[:1], summary, note, user, today, repeats)

    def _meet_deadline(self, deadline):
        # EXTENDS amili.deadline.mixin: one person is asked once about all of them
        listed = self & self._listed(self.company_id)
        summary = self.env._(deadline.matter)
        if (
            not listed
            or self._tasks(self.company_id)
            or done_lately(self._listed(self.company_id), summary)
        ):
            return
        listed._ask_adopter(summary, self.env._(deadline.advice))

    @api.model
    def _tasks(self, company):
        cases = self._listed(company)
        return self.env["mail.activity"].search(
            [("res_model", "=", self._name), ("res_id", "in", cases.ids)]
        )

    def _end_tasks(self):
        """End the task for new cases: somebody has looked at them."""
        for company in self.company_id:
            self._tasks(company).action_feedback()

    def _match(self):
        """Find the invoices of these as the books stand now; a few queries for all."""
        for company, cases in self.grouped("company_id").items():
            cases._match_adopted(company)
            open_cases = cases.filtered(lambda c: c.state not in SETTLED_STATES)
            known = open_cases._match_by_id(company)
            (open_cases - known)._match_by_facts(company)

    def _match_adopted(self, company):
        """What an assignment knows by now was adopted, whatever way."""
        assignments = self.env["amili.assignment"].search(
            [
                ("company_id", "=", company.id),
                ("remote_id", "in", self.mapped("remote_id")),
            ]
        )
        by_remote_id = {a.remote_id: a for a in assignments}
        for case in self:
            assignment = by_remote_id.get(case.remote_id)
            if assignment and case.assignment_id != assignment:
                case.write(
                    {
                        "state": "adopted",
                        "assignment_id": assignment.id,
                        "move_id": assignment.move_id.id,
                    }
                )

    # By the Maventa ID ----------------------------------------------------------------

    def _match_by_id(self, company):
        """Place those whose Maventa ID stands on an invoice of the database."""
        found = self._moves_with_ids(
            set(filter(None, self.mapped("maventa_invoice_id")))
        )
        by_id = {}
        for move in found:
            key = move.maventa_invoice_id.lower()
            if key not in by_id or move.company_id == company:
                by_id[key] = move
        placed = self.browse()
        for case in self:
            move = by_id.get(case.maventa_invoice_id)
            if not move:
                continue
            placed += case
            if move.company_id != company:
                case._place_with(move.company_id)
            else:
                case._place(case._fitness(move), move, "id")
        return placed

    @api.model
    def _moves_with_ids(self, maventa_ids):
        """Return the entries of all companies with these ids, in small letters."""
        moves = self.env["account.move"].sudo()
        if not maventa_ids:
            return moves
        moves.flush_model(["maventa_invoice_id"])
        # The company stands first in the index of the ids.
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM account_move"
                " WHERE company_id IN (SELECT id FROM res_company)"
                " AND lower(maventa_invoice_id) IN %s",
                tuple(maventa_ids),
            )
        )
        return moves.browse(id_ for [id_] in rows)

    # By number, date, amount and Business ID ------------------------------------------

    def _match_by_facts(self, company):
        """Place those by what Maventa tells of their invoices."""
        numbers = sorted(set(filter(None, self.mapped("number"))))
        named = self._moves_named(numbers)
        ours = named.filtered(lambda move: move.company_id == company)
        ours = ours.grouped("name")
        theirs = (named.filtered(lambda move: move.company_id != company)).grouped(
            "name"
        )
        claimed = {}
        for case in self:
            none = self.env["account.move"]
            case._place_by_facts(
                ours.get(case.number, none), theirs.get(case.number, none)
            )
            if case.state == "ready":
                claims = claimed.setdefault(case.move_id, {})
                claims.setdefault(case.maventa_invoice_id, self.browse())
                claims[case.maventa_invoice_id] += case
        for claims in claimed.values():
            # Maventa has two invoices that are the same as this one.
            if len(claims) > 1:
                for case in self.browse().union(*claims.values()):
                    case._place("ambiguous")

    @api.model
    def _moves_named(self, numbers):
        """Return what customers got under these numbers, of all companies."""
        return (
            self.env["account.move"]
            .sudo()
            .search([("name", "in", numbers), ("move_type", "in", CUSTOMER_TYPES)])
        )

    def _place_by_facts(self, ours, theirs):
        """Place one among the entries of its number.

        :param ours: of its own company
        :param theirs: of other companies
        """
        self.ensure_one()
        invoices = ours.filtered(_is_posted_invoice)
        same = invoices.filtered(lambda move: move._amili_is_same(self._as_invoice()))
        if len(same) == 1:
            self._place(self._fitness(same), same, "facts")
        elif same:
            self._place("ambiguous")
        elif invoices:
            self._place("differs", invoices if len(invoices) == 1 else None)
        elif ours:
            self._place("unfit", ours[:1])
        elif same := theirs.filtered(
            lambda move: (
                _is_posted_invoice(move) and move._amili_is_same(self._as_invoice())
            )
        ):
            self._place_with(same[0].company_id)
        else:
            self._place("not_found")

    def _place_with(self, owner):
        """Note that the invoice of this belongs to another company.

        One that works with the same account at Maventa hears of it from here: it may
        never have looked itself.
        """
        self.ensure_one()
        account = owner._amili_account()
        if account != self.company_id._amili_account() or not account[1]:
            self._place("other_company")
            return
        self._place("same_account")
        if self._is_known_to(owner):
            return
        case = self.with_context(tracking_disable=True).copy(
            {
                "company_id": owner.id,
                "state": "not_found",
                "match": False,
                "assignment_id": False,
            }
        )
        # Its list begins with this.
        owner.amili_found_at = owner.amili_found_at or fields.Datetime.now()
        case._match()
        case.filtered(lambda c: c.state not in DECIDED_STATES)._ask_manager()

    def _is_known_to(self, company):
        """Whether a company has this case in its list or as its own hand-over."""
        here = [
            ("company_id", "=", company.id),
            ("environment", "=", self.environment),
            ("remote_id", "=", self.remote_id),
        ]
        return bool(
            self.search_count(here) or self.env["amili.assignment"].search_count(here)
        )

    def _as_invoice(self):
        """Return the invoice as Maventa has it."""
        self.ensure_one()
        places = self.currency_id.decimal_places
        return Invoice(
            id=self.maventa_invoice_id,
            number=self.number,
            status="",
            is_undelivered=False,
            date=self.invoice_date or None,
            total=Decimal(float_repr(self.total_amount, places)),
            recipient_business_id=self.business_id or "",
        )

    def _fitness(self, move):
        """Return whether an invoice takes this case: ``ready``, ``live``, ``unfit``."""
        self.ensure_one()
        if not _is_posted_invoice(move) or move.currency_id != self.currency_id:
            return "unfit"
        if self._has_other_id(move):
            return "unfit"
        if not self.is_closed and move._amili_live_assignment():
            return "live"
        return "ready"

    def _has_other_id(self, move):
        """Whether Maventa has that invoice under another id.

        An id of another environment says nothing of this one.
        """
        self.ensure_one()
        entered = (move.maventa_invoice_id or "").lower()
        is_elsewhere = (move.maventa_environment or "") not in ("", self.environment)
        return bool(entered) and entered != self.maventa_invoice_id and not is_elsewhere

    def _place(self, state, move=None, match=False):
        """Note where this stands; nothing is written where nothing changed."""
        self.ensure_one()
        move = move or self.env["account.move"]
        if (self.state, self.move_id, self.match) != (state, move, match):
            self.write({"state": state, "move_id": move.id, "match": match})


def _is_ours(case, handed_over_at):
    """Whether a case is what our own hand-over made, whose answer has no id yet.

    :param handed_over_at: when the invoice was put on our queue; None where it was not
    """
    if not handed_over_at:
        return False
    created_at = naive(case.created_at)
    return (
        not case.is_closed
        or not created_at
        or created_at >= handed_over_at - CLOCK_SKEW
    )


def _values(case):
    """Return what Amili's list tells of a case as values of ``amili.found.case``."""
    figures = case.figures
    amounts = {
        "capital_amount": case.capital_amount,
        "reminder_amount": case.reminder_amount,
        "fee_amount": figures.fees,
        "interest_amount": figures.interest,
        "paid_amount": figures.paid,
        "credited_amount": figures.credited,
        "open_amount": figures.open,
    }
    return {
        "maventa_invoice_id": case.invoice_id.lower() or False,
        "remote_status": case.status or False,
        "collection_status": case.collection_status or False,
        "collection_type": case.collection_type or False,
        "receivables_type": case.receivables_type or False,
        "is_closed": case.is_closed,
        "result": case.result or False,
        "started_at": naive(case.created_at) or False,
        "closed_at": naive(case.closed_at) or False,
        "has_sums": figures.open is not None,
        **{name: float(amount or 0) for name, amount in amounts.items()},
    }


def _is_posted_invoice(move):
    return move.move_type == "out_invoice" and move.state == "posted"
