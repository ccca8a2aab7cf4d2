"""The client against the sandbox, which shares no code with it."""

from datetime import date, datetime, timezone
from decimal import Decimal
from uuid import uuid4

from odoo.tests import tagged

from ...maventa import (
    answers,
    connection,
    contract,
    errors,
    report,
)
from ..client_case import (
    BODY,
    HAND_OVER,
    PERSONAL,
    REPORT,
    REPORTS,
    ClientCase,
)
from ..sandbox_process import DEFAULT_COMPANY, Sandbox


@tagged("post_install", "-at_install")
class TestAgainstSandbox(ClientCase):
    """The client against the sandbox, which shares no code with it."""

    personal = PERSONAL

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)

    def setUp(self):
        super().setUp()
        self.sandbox.reset()
        self.sandbox.control("settings", {"moods": []})
        self.invoice = str(uuid4())
        self.sandbox.control("invoices", {"id": self.invoice, "number": "17"})
        self.maventa = self.connect(self.sandbox.url)

    def transfer(self):
        return self.maventa.transfer(self.invoice, BODY)

    def test_a_hand_over_is_stored_once(self):
        told = self.transfer()
        self.assertEqual(told.meaning, "pending")
        self.assertEqual((told.word, told.assignment_id), ("", ""))
        [case] = self.sandbox.cases()
        self.assertEqual(case["request"], BODY)

    def test_a_second_hand_over_gives_the_first(self):
        self.transfer()
        for moods in ([], ["conflict"]):
            with self.subTest(moods):
                self.sandbox.control("settings", {"moods": moods})
                told = self.transfer()
                self.assertEqual((told.word, told.meaning), ("pending", "pending"))
                self.assertEqual(len(self.sandbox.cases()), 1)

    def test_what_was_refused_before_is_not_why_it_is_forbidden_now(self):
        self.transfer()
        self.sandbox.control(f"cases/{self.invoice}/refuse", {"reason": "Ei käy"})
        company = {"client_id": DEFAULT_COMPANY["client_id"]}
        self.sandbox.control("companies", {**company, "service_status": "DISABLED"})
        self.assertOutcome(errors.Forbidden, self.transfer)

    def test_the_case_is_where_the_url_says(self):
        case_id = self.active()
        told = self.maventa.transfer_status(self.invoice)
        self.assertEqual((told.meaning, told.assignment_id), ("sent", case_id))
        self.assertEqual(told.unexpected_host, "")

    def test_the_mark_that_an_invoice_was_handed_over(self):
        [step] = self.maventa.invoice_actions(self.invoice)
        self.assertEqual(step.meaning, "")
        self.transfer()
        for moods in ([], ["types_singly"]):
            with self.subTest(moods):
                self.sandbox.control("settings", {"moods": moods})
                _received, step = self.maventa.invoice_actions(self.invoice)
                self.assertEqual(step.meaning, "handed_over")

    def test_each_mood_reads_the_same(self):
        case_id = self.active()
        self.sandbox.control(f"cases/{self.invoice}/comment", {"text": "Onko?"})
        for moods in (
            *([], ["wrapped"], ["wrapped_data"], ["ids_named"], ["ids_uuid"]),
            *(["capitals"], ["no_page_headers"], ["newest_first"], ["oldest_first"]),
            *(["older_hand_over"], ["wrapped", "ids_uuid", "capitals"]),
        ):
            with self.subTest(moods):
                self.sandbox.control("settings", {"moods": moods})
                [listed] = self.maventa.cases(1).items
                whole = self.maventa.case(case_id)
                self.assertEqual({listed.id, whole.id}, {case_id})
                self.assertEqual(listed.invoice_id, self.invoice)
                self.assertFalse(whole.is_closed)
                told = self.maventa.transfer_status(self.invoice)
                self.assertEqual((told.meaning, told.assignment_id), ("sent", case_id))
                feed = self.maventa.events(1, None).items
                of_case = self.maventa.case_events(case_id)
                self.assertEqual({e.id for e in feed}, {e.id for e in of_case})
                self.assertIn("Onko?", [event.text for event in feed])
                self.assertEqual({e.assignment_id for e in feed}, {case_id})
                body = report.build_report(report.Report("comment", "Hei"))
                made = self.maventa.add_event(case_id, body)
                self.assertEqual((made.kind, made.text), ("comment", "Hei"))

    def test_a_conflict_without_a_hand_over_is_a_refusal(self):
        self.sandbox.fault("status", status=409, path=HAND_OVER)
        self.assertOutcome(errors.Conflict, self.transfer)

    def test_a_conflict_that_cannot_be_looked_into_is_unknown(self):
        self.sandbox.fault("status", status=409, path=HAND_OVER)
        self.sandbox.fault("status", status=500, method="GET", path="/assignment$")
        self.assertOutcome(errors.UnknownOutcome, self.transfer)

    def test_the_outcome_is_unknown_whether_it_was_processed_or_not(self):
        for fault, options, stored in (
            ("drop_before", {}, 0),
            ("drop_after", {}, 1),
            ("hang_before", {"seconds": 60}, 0),
            ("hang", {"seconds": 60}, 1),
            ("status", {"status": 502, "body": "<html>"}, 0),
            ("status_after", {"status": 503, "body": ""}, 1),
            ("truncate", {}, 1),
        ):
            with self.subTest(fault):
                self.sandbox.reset()
                self.sandbox.control("invoices", {"id": self.invoice, "number": "17"})
                self.maventa = self.connect(self.sandbox.url, timeout=0.5)
                self.maventa.current()
                self.sandbox.fault(fault, path=HAND_OVER, **options)
                self.assertOutcome(errors.UnknownOutcome, self.transfer)
                self.sandbox.clear_faults()
                self.assertEqual(len(self.sandbox.cases()), stored)
                self.assertEqual(len(self.sandbox.log("POST", "/assignment/amili")), 1)

    def test_a_token_that_dies_early_is_renewed(self):
        self.maventa.current()
        self.sandbox.fault("token_dies", path=HAND_OVER)
        self.assertEqual(self.transfer().meaning, "pending")
        statuses = [e["status"] for e in self.sandbox.log("POST", "/assignment/amili")]
        self.assertEqual(statuses, [401, 202])
        self.assertEqual(len(self.sandbox.cases()), 1)

    def test_a_missing_scope_is_named(self):
        self.sandbox.control(
            "companies",
            {"client_id": DEFAULT_COMPANY["client_id"], "scopes": ["company:read"]},
        )
        error = self.assertOutcome(errors.AccessProblem, self.transfer)
        self.assertEqual(error.reason, "scope")
        self.assertEqual(error.details[-1], "invoice:send")
        error = self.assertOutcome(
            errors.AccessProblem, self.maventa.check_access, contract.SCOPES_OF_CASES
        )
        self.assertEqual(error.details, ("receivables:assignments",))
        self.assertEqual(
            set(self.maventa.missing_scopes()),
            set(contract.SCOPES_OF_DEEDS) - {"service"},
        )

    def test_a_good_token_passes_the_check(self):
        self.maventa.check_access()

    def test_details_name_the_field(self):
        broken = {**BODY, "receivables_type": "b2c_rent"}
        with self.assertRaises(errors.Refused) as caught:
            self.maventa.transfer(self.invoice, broken)
        self.assertIn("receivables_type", caught.exception.remote_text)
        self.assertTellsNothing(caught.exception.remote_text)

    def test_the_feed_begins_where_it_is_asked_to(self):
        self.sandbox.control("settings", {"now": "2026-10-20T09:00:00Z"})
        self.sandbox.control("cases", {"count": 1})
        invoice = self.sandbox.cases()[0]["invoice_id"]
        for moment in ("2026-10-20T09:10:00Z", "2026-10-20T09:20:00Z"):
            self.sandbox.control("settings", {"now": moment})
            self.sandbox.control(f"cases/{invoice}/comment", {"text": moment})
        since = datetime(2026, 10, 20, 9, 15, tzinfo=timezone.utc)
        page = self.maventa.events(1, since)
        self.assertEqual([e.text for e in page.items], ["2026-10-20T09:20:00Z"])

    # A case that is active ------------------------------------------------------------

    def active(self):
        """Return the id of a case that Amili took on: 1240 EUR are open."""
        [made] = self.sandbox.control("cases", {"invoice_ids": [self.invoice]})
        return made["assignment_id"]

    def stored(self):
        """Return the events that the sandbox has of the case."""
        return self.sandbox.control(f"cases/{self.invoice}")["events"]

    def test_every_kind_of_report_is_taken(self):
        day = date(2026, 11, 2)
        credit_note = report.Report("credit_note", "Hyvitys", Decimal(5), day, "HYV-3")
        for given, told in (
            (report.Report("comment", "Hei"), {"type": "comment", "comment": "Hei"}),
            (
                report.Report("paid", "Tilille", Decimal("500.10"), day),
                {"type": "paid", "amount": 500.1, "comment": "Tilille"},
            ),
            (report.Report("paid", amount=Decimal(5), day=day), {"amount": 5}),
            (
                credit_note,
                {"type": "credit_note", "amount": 5, "reference": "HYV-3"},
            ),
            (
                report.Report("due_date", "Sovittu", day=day),
                {"type": "due_date_change", "date": "2026-11-02"},
            ),
            (
                report.Report("pause", "Riita", day=day),
                {"type": "collection_block", "date": "2026-11-02"},
            ),
            (report.Report("pause"), {"type": "collection_block"}),
            (
                report.Report("withdraw", "Virhe"),
                {"type": "cancellation", "comment": "Virhe"},
            ),
        ):
            with self.subTest(given.kind):
                self.sandbox.reset()
                self.sandbox.control("invoices", {"id": self.invoice, "number": "17"})
                self.maventa = self.connect(self.sandbox.url)
                case = self.active()
                event = self.maventa.add_event(case, report.build_report(given))
                stored = self.stored()[0]
                self.assertEqual(stored, {**stored, **told})
                self.assertEqual(event.id, stored["id"])
                self.assertEqual((event.kind, event.is_ours), (given.kind, True))
                self.assertEqual((event.text, event.amount), (given.text, given.amount))
                self.assertIn(event, self.maventa.case_events(case))

    def test_the_figures_of_a_case_follow_what_happens(self):
        case = self.active()
        self.sandbox.control(
            f"cases/{self.invoice}/demand", {"fee": 70, "interest": 1.5}
        )
        self.sandbox.control(f"cases/{self.invoice}/pay", {"amount": 11.5})
        event = self.maventa.add_event(case, REPORT)
        figures = answers.Figures(
            *map(Decimal, ("799.9", "511.6", "0", "70", "1.5")),
        )
        self.assertEqual(event.figures, figures)
        self.assertEqual(self.maventa.case(case).figures, figures)
        newest = self.maventa.case_events(case)[0]
        self.assertEqual(newest.figures, figures)

    def test_each_result_is_known_again(self):
        for result in ("paid", "partly_paid", "credit_loss", "withdrawn"):
            case = self.active()
            self.sandbox.control(f"cases/{self.invoice}/close", {"result": result})
            told = self.maventa.case(case)
            self.assertEqual((told.is_closed, told.result), (True, result))
            self.assertEqual(self.maventa.case_events(case)[0].result, result)

    def test_a_closed_case_takes_no_report(self):
        case = self.active()
        self.sandbox.control(f"cases/{self.invoice}/close", {})
        error = self.assertOutcome(
            errors.Conflict, self.maventa.add_event, case, REPORT
        )
        self.assertEqual(error.code, "assignment_closed")

    def test_a_report_that_the_sandbox_does_not_know_is_refused(self):
        case = self.active()
        body = {**REPORT, "type": "payment"}
        error = self.assertOutcome(errors.Refused, self.maventa.add_event, case, body)
        self.assertEqual(error.status, 400)
        self.assertOutcome(
            errors.NotFound, self.maventa.add_event, str(uuid4()), REPORT
        )
        self.assertEqual(self.stored(), [])

    def test_a_report_whose_answer_is_lost_is_found_in_the_list(self):
        case = self.active()
        self.maventa = self.reconnect(self.sandbox.url, timeout=0.5)
        for fault, options, stored in (
            ("drop_before", {}, 0),
            ("hang_before", {"seconds": 60}, 0),
            ("status", {"status": 500}, 0),
            ("drop_after", {}, 1),
            ("hang", {"seconds": 60}, 1),
            ("status_after", {"status": 503}, 1),
            ("truncate", {}, 1),
        ):
            with self.subTest(fault):
                before = self.maventa.case_events(case)
                self.sandbox.fault(fault, method="POST", path=REPORTS, **options)
                body = report.build_report(report.Report("comment", f"Hei {fault}"))
                self.assertOutcome(
                    errors.UnknownOutcome, self.maventa.add_event, case, body
                )
                self.sandbox.clear_faults()
                found = set(self.maventa.case_events(case)) - set(before)
                self.assertEqual(
                    [event.text for event in found], [f"Hei {fault}"] * stored
                )

    def test_a_token_that_dies_does_not_double_a_report(self):
        case = self.active()
        self.maventa.current()
        self.sandbox.fault("token_dies", method="POST", path=REPORTS)
        self.maventa.add_event(case, REPORT)
        self.assertEqual(len(self.stored()), 1)
        statuses = [e["status"] for e in self.sandbox.log("POST", "/events")]
        self.assertEqual(statuses, [401, 201])

    def test_a_slow_answer_is_an_answer(self):
        case = self.active()
        self.sandbox.fault("delay", seconds=0.2, method="POST", path=REPORTS)
        self.assertEqual(self.maventa.add_event(case, REPORT).kind, "paid")

    def test_the_events_of_a_long_case_are_all_read(self):
        case = self.active()
        for number in range(250):
            self.sandbox.control(
                f"cases/{self.invoice}/comment", {"text": f"Viesti {number}"}
            )
        events = self.maventa.case_events(case)
        self.assertEqual(len({event.text for event in events}), 250)
        self.assertEqual(len(events), 250)

    def test_a_list_out_of_order_is_whole_or_no_answer(self):
        case = self.active()
        for number in range(120):
            self.sandbox.control(
                f"cases/{self.invoice}/comment", {"text": f"Viesti {number}"}
            )
        whole = set(self.maventa.case_events(case))
        path = {"method": "GET", "path": REPORTS, "times": 2}
        for fault in ("repeat_items", "reverse_items"):
            self.sandbox.fault(fault, **path)
            events = self.maventa.case_events(case)
            self.assertEqual((len(events), set(events)), (120, whole))
        for skip in (0, 1):
            self.sandbox.clear_faults()
            self.sandbox.fault("skip_page", method="GET", path=REPORTS, skip=skip)
            self.assertOutcome(errors.UnknownOutcome, self.maventa.case_events, case)

    def test_a_question_is_marked_as_seen(self):
        case = self.active()
        self.sandbox.control(f"cases/{self.invoice}/ask", {"text": "Osoite?"})
        [event] = self.maventa.case_events(case)
        self.assertEqual((event.kind, event.is_ours), ("comment", False))
        for _time in range(2):
            self.maventa.mark_seen(case, event.id)
        self.assertTrue(self.stored()[0]["seen"])
        self.assertFalse(event.is_seen)
        self.assertTrue(self.maventa.case_events(case)[0].is_seen)
        self.assertOutcome(errors.NotFound, self.maventa.mark_seen, case, str(uuid4()))

    def test_nothing_secret_or_personal_is_logged_or_raised(self):
        records = self.log_records()
        self.transfer()
        self.maventa.find_invoices("17")
        self.sandbox.control(f"cases/{self.invoice}/accept", {})
        case = self.sandbox.cases()[0]["id"]
        event = self.maventa.add_event(case, REPORT)
        self.maventa.mark_seen(case, event.id)
        self.maventa.case_events(case)
        for fault in ("drop_before", "status", "not_json", "status_after"):
            self.sandbox.fault(fault, method="POST", path=REPORTS, **{"status": 422})
            try:
                self.maventa.add_event(case, REPORT)
            except errors.MaventaError as exc:
                records.append(f"{exc} {exc!r} {exc.__cause__!r}")
        for fault in ("drop_before", "token_dies", "status", "not_json"):
            self.sandbox.fault(fault, path=HAND_OVER, **{"status": 422})
            try:
                self.transfer()
            except errors.MaventaError as exc:
                records.append(f"{exc} {exc!r} {exc.__cause__!r}")
        self.assertIn("/assignment/amili: 202 in", "\n".join(records))
        self.assertIn("/events: 201 in", "\n".join(records))
        self.assertTellsNothing("\n".join(records))
        self.assertNotIn("Bearer", "\n".join(records))

    def test_credentials_do_not_show_in_a_traceback(self):
        credentials = connection.Credentials(**DEFAULT_COMPANY)
        self.assertTellsNothing(repr(credentials))
