from sandbox.state import timestamp

from .support import (
    NOBODY,
    SandboxCase,
    claim,
    company_payer,
    person_payer,
)


class TestLife(SandboxCase):
    def setUp(self):
        super().setUp()
        self.ctl("POST", "settings", {"now": "2026-11-02T09:30:00Z"})
        self.invoice_id, self.id = self.active_case(number="INV/7", reference="1232")

    def assignment(self):
        return self.get(f"/v1/assignments/{self.id}")

    def report(self, status=201, **event):
        return self.post(f"/v1/assignments/{self.id}/events", event, status=status)

    def test_accepted(self):
        self.assertEqual(
            self.assignment(),
            {
                "id": self.id,
                "invoice_id": self.invoice_id,
                "reference_ids": ["1232", "INV/7"],
                "status": "open",
                "collection_status": "received",
                "collection_type": "reminder_and_collection",
                "receivables_type": "b2b",
                "debtor": {"name": "Esimerkki Oy"},
                "capital_amount": 1240.0,
                "reminder_amount": 5.0,
                "open_amount": 1245.0,
                "paid_amount": 0,
                "credited_amount": 0,
                "fees": 5.0,
                "interest": 0,
                "currency": "EUR",
                "due_date": "2026-09-17",
                "created_at": "2026-11-02T09:30:00Z",
                "updated_at": "2026-11-02T09:30:00Z",
                "closed_at": None,
                "events": [],
            },
        )

    def test_letters(self):
        self.act(self.invoice_id, "remind")
        self.act(self.invoice_id, "demand", interest=3.21)
        self.act(self.invoice_id, "stage", collection_status="legal_collection")
        found = self.assignment()
        self.assertEqual(found["collection_status"], "legal_collection")
        self.assertEqual(found["fees"], 5 + 12 + 70)
        self.assertEqual(found["interest"], 3.21)
        self.assertEqual(found["open_amount"], 1330.21)
        self.assertEqual(
            [
                (e["type"], e["collection_status"], e.get("open_amount"), e["origin"])
                for e in found["events"]
            ],
            [
                ("status_change", "reminder_sent", 1257.0, "amili"),
                ("status_change", "payment_demand_sent", 1330.21, "amili"),
                ("status_change", "legal_collection", None, "amili"),
            ],
        )

    def test_fees_of_a_consumer_or_as_told(self):
        body = claim(receivables_type="b2c", payers=[person_payer()])
        invoice_id, assignment_id = self.active_case(body)
        self.act(invoice_id, "remind")
        self.act(invoice_id, "demand")
        self.act(invoice_id, "remind", fee=0)
        found = self.get(f"/v1/assignments/{assignment_id}")
        self.assertEqual(found["fees"], 5 + 5 + 50)

    def test_payments(self):
        self.act(self.invoice_id, "pay", amount=500.10, date="2026-11-01")
        found = self.assignment()
        self.assertEqual((found["status"], found["open_amount"]), ("open", 744.90))
        self.report(type="paid", amount=739.90, date="2026-11-02", comment="Tilille")
        found = self.assignment()
        self.assertEqual(found["status"], "partially_closed")
        self.assertEqual(found["paid_amount"], 1240.0)
        self.act(self.invoice_id, "pay", amount=5)
        found = self.assignment()
        self.assertEqual((found["status"], found["open_amount"]), ("closed", 0))
        self.assertEqual(found["result"], "paid")
        self.assertEqual(found["closed_at"], "2026-11-02T09:30:00Z")
        first, second, third, last = found["events"]
        self.assertEqual(
            (first["type"], first["amount"], first["date"], first["open_amount"]),
            ("paid", 500.10, "2026-11-01", 744.90),
        )
        self.assertEqual(
            (second["origin"], second["amount"], second["comment"], second["seen"]),
            ("company", 739.90, "Tilille", True),
        )
        self.assertEqual(third["seen"], False)
        self.assertEqual((last["type"], last["result"]), ("close", "paid"))

    def test_events_tell_the_figures_that_they_change(self):
        self.act(self.invoice_id, "stage", collection_status="on_hold")
        self.act(self.invoice_id, "demand", fee=70, interest=3.21)
        self.act(self.invoice_id, "pay", amount=18.21)
        self.report(type="comment", comment="Hei")
        self.report(type="credit_note", amount=100.05, date="2026-11-02")
        self.report(type="paid", amount=1500, date="2026-11-02")
        names = ("open_amount", "paid_amount", "credited_amount", "fees", "interest")
        found = self.assignment()
        self.assertEqual(
            [tuple(e.get(name) for name in names) for e in found["events"]],
            [
                (None,) * 5,
                (1318.21, 0, 0, 75, 3.21),
                (1300, 18.21, 0, 75, 3.21),
                (None,) * 5,
                (1199.95, 18.21, 100.05, 75, 3.21),
                # What was paid too much stays in the sum; nothing is open.
                (0, 1518.21, 100.05, 75, 3.21),
                (0, 1518.21, 100.05, 75, 3.21),
            ],
        )
        self.assertEqual(found["events"][-1]["type"], "close")
        self.assertEqual(
            tuple(found[name] for name in names), (0, 1518.21, 100.05, 75, 3.21)
        )
        shown = self.ctl("GET", f"cases/{self.invoice_id}")
        self.assertEqual(shown["events"], found.pop("events"))
        self.assertEqual(shown["assignment"], found)

    def test_a_cancellation_leaves_the_figures(self):
        self.report(type="cancellation")
        asked, ended = self.assignment()["events"]
        self.assertNotIn("open_amount", asked)
        self.assertEqual((ended["result"], ended["open_amount"]), ("withdrawn", 1245))

    def test_sums_are_exact(self):
        for _time in range(10):
            self.act(self.invoice_id, "pay", amount=0.1)
        self.assertEqual(self.assignment()["paid_amount"], 1.0)
        self.assertEqual(self.assignment()["open_amount"], 1244.0)

    def test_amili_returns_what_was_paid_too_much(self):
        answer = self.act(self.invoice_id, "pay", status=400, amount=1245.01)
        self.assertEqual(answer["details"], ["amount is more than what is open"])

    def test_a_credit_note_above_what_is_open(self):
        self.report(type="credit_note", amount=2000, reference="HYV-3")
        found = self.assignment()
        self.assertEqual(found["open_amount"], 0)
        self.assertEqual(found["credited_amount"], 2000)
        self.assertEqual(found["status"], "closed")

    def test_what_the_company_may_tell(self):
        self.report(type="comment", comment="Hei")
        self.report(type="due_date_change", date="2026-12-01")
        self.assertEqual(self.assignment()["due_date"], "2026-12-01")
        self.report(type="collection_block", date="2026-12-24", comment="Riita")
        self.assertEqual(self.assignment()["collection_status"], "on_hold")
        self.report(type="cancellation", comment="Maksettu muuten")
        found = self.assignment()
        self.assertEqual((found["status"], found["result"]), ("closed", "withdrawn"))
        self.assertEqual(found["events"][-1]["type"], "close")

    def test_a_credit_loss(self):
        self.report(type="credit_loss")
        self.assertEqual(self.assignment()["result"], "credit_loss")

    def test_events_that_are_not_valid(self):
        for event, lines in (
            ({}, ["type is missing"]),
            ({"type": "remind"}, ["type must be one of: comment, paid, credit_note"]),
            ({"type": "comment"}, ["comment is missing"]),
            ({"type": "comment", "comment": " "}, ["comment is empty"]),
            (
                {"type": "comment", "comment": "x", "amount": 1},
                ["amount is not allowed here"],
            ),
            ({"type": "paid"}, ["amount is missing", "date is missing"]),
            (
                {"type": "paid", "amount": 0, "date": "2026-11-02"},
                ["amount must be more than 0"],
            ),
            (
                {"type": "paid", "amount": 1.005, "date": "2026-11-02"},
                ["amount has more than two decimals"],
            ),
            (
                {"type": "paid", "amount": 1, "date": "2026-11-02", "currency": "USD"},
                ["currency must be one of: EUR"],
            ),
            ({"type": "credit_note"}, ["amount is missing"]),
            ({"type": "due_date_change"}, ["date is missing"]),
            ({"type": "cancellation", "amount": 1}, ["amount is not allowed here"]),
            ({"type": "cancellation", "x": 1}, ["x is not known"]),
        ):
            with self.subTest(event):
                answer = self.report(status=400, **event)
                details = answer["details"]
                self.assertEqual(len(details), len(lines), details)
                for line, wanted in zip(details, lines, strict=True):
                    self.assertTrue(line.startswith(wanted), line)
        self.assertEqual(self.assignment()["events"], [])

    def test_closed_is_closed(self):
        self.act(self.invoice_id, "close", result="credit_loss")
        answer = self.report(status=409, type="comment", comment="Hei")
        self.assertEqual(answer["code"], "assignment_closed")
        for action, options in (
            ("remind", {}),
            ("pay", {"amount": 1}),
            ("close", {}),
            ("accept", {}),
        ):
            self.act(self.invoice_id, action, status=409, **options)
        # Amili may still comment on it.
        self.act(self.invoice_id, "comment", text="Suljettu")

    def test_results_of_closing(self):
        for options, paid, result in (
            ({}, 0, "credit_loss"),
            ({}, 10, "partly_paid"),
            ({"result": "paid"}, 10, "paid"),
            ({"result": "partly_paid"}, 10, "partly_paid"),
            ({"result": "credit_loss"}, 10, "credit_loss"),
            ({"result": "withdrawn"}, 10, "withdrawn"),
        ):
            invoice_id, assignment_id = self.active_case()
            if paid:
                self.act(invoice_id, "pay", amount=paid)
            self.act(invoice_id, "close", **options)
            found = self.get(f"/v1/assignments/{assignment_id}")
            self.assertEqual(found["result"], result)
            self.assertEqual(found["open_amount"] == 0, result == "paid")

    def test_questions_and_marking_as_seen(self):
        event_id = self.act(self.invoice_id, "ask", text="Osoite?")["events"][0]["id"]
        path = f"/v1/assignments/{self.id}/events"
        self.assertEqual(self.get(path)[0]["comment"], "Osoite?")
        for _time in range(2):
            self.assertTrue(self.post(f"{path}/{event_id}/seen", status=200)["seen"])
        self.assertTrue(self.get(path)[0]["seen"])
        answer = self.post(f"{path}/{NOBODY}/seen", status=404)
        self.assertEqual(answer["code"], "not_found")

    def test_absurd_events(self):
        case = self.act(
            self.invoice_id,
            "event",
            type="paid",
            amount=-5,
            currency="XTS",
            date="2999-01-01",
            assignment_id=NOBODY,
            seen=None,
        )
        self.assertEqual(case["assignment"]["paid_amount"], 0)
        event = self.api("GET", "/v1/events", check=False).json()[0]
        self.assertEqual(event["assignment_id"], NOBODY)
        self.assertEqual((event["amount"], event["currency"]), (-5, "XTS"))
        self.assertNotIn("seen", event)

    def test_amili_waits_until_it_decided(self):
        invoice_id = self.seed()
        self.act(invoice_id, "accept", status=404)
        self.hand_over(invoice_id)
        answer = self.act(invoice_id, "remind", status=409)
        self.assertEqual(answer["code"], "case_not_active")
        self.act(invoice_id, "accept")
        answer = self.act(invoice_id, "refuse", status=409, reason="Ei")
        self.assertEqual(answer["code"], "case_not_pending")


class TestLists(SandboxCase):
    def setUp(self):
        super().setUp()
        self.cases = []
        for hour, name in ((8, "Aalto Oy"), (9, "Bergström Ab"), (10, "Aaltonen Ky")):
            self.at(hour)
            body = claim(payers=[company_payer(name=name)])
            self.cases.append(self.active_case(body))

    def at(self, hour):
        # A token of the hour before has expired.
        self._tokens.clear()
        self.ctl("POST", "settings", {"now": f"2026-11-02T{hour:02}:00:00Z"})

    def found(self, **query):
        ids = [case[1] for case in self.cases]
        answer = self.get("/v1/assignments", order="asc", **query)
        return [ids.index(entry["id"]) for entry in answer]

    def test_filters(self):
        self.at(11)
        self.act(self.cases[0][0], "close", result="withdrawn")
        for query, found in (
            ({}, [0, 1, 2]),
            ({"debtor_name": "aalto"}, [0, 2]),
            ({"created_at_start": "2026-11-02T09:00:00Z"}, [1, 2]),
            ({"closed_at_start": "2026-11-02T11:00:00Z"}, [0]),
            ({"closed_at_start": "2026-11-02T11:00:01Z"}, []),
        ):
            with self.subTest(query):
                self.assertEqual(self.found(**query), found)
        for query in ("closed_at_start=1", "status=open", "order=up"):
            answer = self.api("GET", f"/v1/assignments?{query}")
            self.assertEqual(answer.status_code, 400)

    def test_newest_first(self):
        newest = self.get("/v1/assignments")[0]
        self.assertEqual(newest["id"], self.cases[2][1])

    def test_only_ones_own(self):
        company = self.second_company()
        assignment_id = self.cases[0][1]
        path = f"/v1/assignments/{assignment_id}"
        event_id = self.act(self.cases[0][0], "ask", text="?")["events"][0]["id"]
        self.assertEqual(self.get("/v1/assignments", company=company), [])
        self.assertEqual(self.get("/v1/events", company=company), [])
        self.get(path, company=company, expected=404)
        self.get(f"{path}/events", company=company, expected=404)
        event = {"type": "comment", "comment": "Hei"}
        self.post(f"{path}/events", event, company=company, status=404)
        self.post(f"{path}/events/{event_id}/seen", company=company, status=404)

    def test_before_amili_accepted_there_is_no_assignment(self):
        invoice_id = self.seed()
        self.hand_over(invoice_id)
        case_id = self.ctl("GET", f"cases/{invoice_id}")["id"]
        self.get(f"/v1/assignments/{case_id}", expected=404)
        self.assertEqual(len(self.get("/v1/assignments")), 3)

    def test_pages(self):
        self.ctl("POST", "cases", {"count": 20})
        seen = []
        for page, count, following, previous in (
            (1, 10, "2", ""),
            (2, 10, "3", "1"),
            (3, 3, "", "2"),
            (4, 0, "", "3"),
        ):
            answer = self.api("GET", "/v1/assignments", params={"page": page})
            headers = answer.headers
            self.assertEqual(len(answer.json()), count)
            self.assertEqual(headers["X-Total"], "23")
            self.assertEqual(headers["X-Total-Pages"], "3")
            self.assertEqual(headers["X-Page"], str(page))
            self.assertEqual(headers["X-Per-Page"], "10")
            self.assertEqual(headers["X-Next-Page"], following)
            self.assertEqual(headers["X-Prev-Page"], previous)
            seen += [entry["id"] for entry in answer.json()]
        self.assertEqual(len(set(seen)), 23)
        answer = self.api("GET", "/v1/assignments", params={"per_page": 100})
        self.assertEqual([entry["id"] for entry in answer.json()], seen)

    def test_the_feed(self):
        self.at(13)
        for text in ("a", "b", "c"):
            self.act(self.cases[0][0], "comment", text=text)
        self.at(14)
        self.act(self.cases[1][0], "comment", text="d")

        def feed(**query):
            return "".join(e["comment"] for e in self.get("/v1/events", **query))

        # Within one second in the order they were made, whichever way.
        self.assertEqual(feed(order="asc"), "abcd")
        self.assertEqual(feed(), "dcba")
        self.assertEqual(feed(created_at_start="2026-11-02T13:00:00Z"), "dcba")
        self.assertEqual(feed(created_at_start="2026-11-02T13:00:01Z"), "d")
        self.assertEqual(feed(order="asc", per_page=3, page=2), "d")
        # A clock that was set back.
        self.at(12)
        self.act(self.cases[2][0], "comment", text="e")
        self.assertEqual(feed(), "dcbae")
        self.assertEqual(feed(order="asc"), "eabcd")
        path = f"/v1/assignments/{self.cases[0][1]}/events"
        self.assertEqual([e["comment"] for e in self.get(path, order="asc")], [*"abc"])

    def test_cases_made_elsewhere(self):
        invoice_id = self.seed()
        made = self.ctl("POST", "cases", {"invoice_ids": [invoice_id]})
        self.assertEqual(made[0]["invoice_id"], invoice_id)
        found = self.get(f"/v1/assignments/{made[0]['assignment_id']}")
        self.assertEqual(found["invoice_id"], invoice_id)
        self.ctl("POST", "cases", {"invoice_ids": [invoice_id]}, status=400)

    def test_timestamps_are_whole_seconds_in_utc(self):
        self._tokens.clear()
        self.ctl("POST", "settings", {"now": None})
        self.active_case()
        newest = self.get("/v1/assignments")[0]
        self.assertEqual(len(newest["created_at"]), len(timestamp(self.state.now())))
        self.assertTrue(newest["created_at"].endswith("Z"))
