import concurrent.futures
import copy
import datetime
import json
import unittest

from sandbox.state import DEFAULT_COMPANY

from .support import (
    NOBODY,
    SandboxCase,
    address,
    claim,
    company_payer,
    person_payer,
)

TODAY = "2026-11-02"


def without(body, *path):
    body = copy.deepcopy(body)
    node = body
    for key in path[:-1]:
        node = node[key]
    del node[path[-1]]
    return body


def replaced(body, *path_and_value):
    *path, key, value = path_and_value
    body = copy.deepcopy(body)
    node = body
    for step in path:
        node = node[step]
    node[key] = value
    return body


class HandOverCase(SandboxCase):
    def setUp(self):
        super().setUp()
        self.ctl("POST", "settings", {"now": f"{TODAY}T09:30:00Z"})
        self.invoice_id = self.seed()

    def raw(self, text, **headers):
        return self.api(
            "POST",
            f"/v2/invoices/{self.invoice_id}/assignment/amili",
            data=text,
            headers={"Content-Type": "application/json"} | headers,
        )


class TestForm(HandOverCase):
    def test_what_is_missing(self):
        for path in (
            ("collection_type",),
            ("receivables_type",),
            ("amounts",),
            ("amounts", "capital_amount"),
            ("amounts", "reminder_amount"),
            ("payers",),
            ("payers", 0, "type"),
            ("payers", 0, "name"),
            ("payers", 0, "address"),
            ("payers", 0, "address", "streets"),
            ("payers", 0, "address", "zip_code"),
            ("payers", 0, "address", "city"),
            ("payers", 0, "address", "country"),
            ("assignment_summary",),
        ):
            name = ".".join(map(str, path)).replace(".0.", "[0].")
            with self.subTest(name):
                self.assertEqual(
                    self.refused(self.invoice_id, without(claim(), *path)),
                    [f"{name} is missing"],
                )

    def test_what_is_not_known(self):
        for path in (
            ("extra",),
            ("amounts", "interest_amount"),
            ("payers", 0, "extra"),
            ("payers", 0, "address", "extra"),
        ):
            name = ".".join(map(str, path)).replace(".0.", "[0].")
            with self.subTest(name):
                self.assertEqual(
                    self.refused(self.invoice_id, replaced(claim(), *path, 1)),
                    [f"{name} is not known"],
                )

    def test_what_is_wrong(self):
        payer = ("payers", 0)
        street = (*payer, "address", "streets")
        for *path, value, complaint in (
            ("collection_type", "both", "must be one of: reminder_and_collection,"),
            ("receivables_type", "B2B", "must be one of: b2b, b2c,"),
            ("amounts", [], "must be an object"),
            ("amounts", "capital_amount", "1240.00", "must be a number"),
            ("amounts", "capital_amount", True, "must be a number"),
            ("amounts", "capital_amount", None, "must be a number"),
            ("amounts", "capital_amount", 0, "must be more than 0"),
            ("amounts", "capital_amount", -1, "must be more than 0"),
            ("amounts", "capital_amount", 10**9, "must be at most 999999999.99"),
            ("amounts", "reminder_amount", -0.01, "must be at least 0"),
            ("payers", {}, "must be a list"),
            ("payers", [], "is empty"),
            (*payer, "x", "must be an object"),
            (*payer, "type", "debtor", "must be one of: main_debtor, co_debtor"),
            (*payer, "name", " ", "is empty"),
            (*payer, "name", "x" * 256, "is longer than 255 characters"),
            (*payer, "email", "maija", "is not an e-mail address"),
            (*payer, "phone", "040 123 4567", "is not well formed"),
            (*street, "Mannerheimintie 1", "must be a list"),
            (*street, [], "is empty"),
            (*payer, "address", "country", "Suomi", "is not well formed"),
            (*payer, "address", "country", "fi", "is not well formed"),
            (*payer, "address", "zip_code", 100, "must be text"),
            ("assignment_summary", "  ", "is empty"),
            ("assignment_summary", "x", "is shorter than 2 characters"),
            ("assignment_summary", "x" * 65, "is longer than 64 characters"),
            ("reminder_date", "", "is not a date such as"),
            ("reminder_date", "20261101", "is not a date such as"),
            ("reminder_date", "2026-02-30", "is not a date such as"),
            ("reminder_date", "2026-11-01T00:00:00Z", "is not a date such as"),
            ("reminder_date", None, "must be text"),
        ):
            with self.subTest(path=path, value=value):
                body = replaced(claim(), *path, value)
                details = self.refused(self.invoice_id, body)
                name = ".".join(map(str, path)).replace(".0", "[0]")
                self.assertTrue(details[0].startswith(f"{name} {complaint}"), details)
                self.assertEqual(len(details), 1)

    def test_each_field_has_its_line(self):
        body = replaced(claim(), "payers", 0, "address", "zip_code", "")
        body = replaced(body, "extra", 1)
        body["payers"].append({"type": "co_debtor", "name": "X", "address": address()})
        del body["payers"][1]["address"]["city"]
        self.assertEqual(
            sorted(self.refused(self.invoice_id, body)),
            [
                "extra is not known",
                "payers[0].address.zip_code is empty",
                "payers[1].address.city is missing",
            ],
        )

    def test_decimals_are_counted_in_the_text(self):
        for text in ("1240.10", "0.01", "1.1", "1.10000", "1.24e3", "1240", "19.99"):
            with self.subTest(text):
                self.invoice_id = self.seed(sum_tax=1241)
                body = json.dumps(claim()).replace("1240.0", text)
                answer = self.raw(body)
                self.assertEqual(answer.status_code, 202, answer.text)
                request = self.ctl("GET", f"cases/{self.invoice_id}")["request"]
                self.assertEqual(request["amounts"]["capital_amount"], float(text))
        for text in ("1240.001", "0.1000000000000000055", "1e-3", "100.30000000000001"):
            with self.subTest(text):
                answer = self.raw(json.dumps(claim()).replace("1240.0", text))
                self.assertEqual(
                    answer.json()["details"],
                    ["amounts.capital_amount has more than two decimals"],
                )

    def test_what_is_no_json(self):
        good = json.dumps(claim())
        for text in (
            "",
            "{",
            good[:-1],
            good.replace("1240.0", "NaN"),
            good.replace("1240.0", "1e999999999"),
            good.replace("{", '{"receivables_type": "b2c", ', 1),
            good.replace("Lasku", "\\ud800"),
            "[" * 100_000,
            b"\xff\xfe",
        ):
            with self.subTest(text[:40]):
                answer = self.raw(text)
                self.assertEqual(answer.status_code, 400, answer.text)
                self.assertEqual(answer.json()["code"], "invalid_request")

    def test_another_content_type(self):
        for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
            with self.subTest(kind):
                answer = self.raw(json.dumps(claim()), **{"Content-Type": kind})
                self.assertEqual(answer.status_code, 400)

    def test_json_that_is_no_object(self):
        for body in ([], "x", 1):
            with self.subTest(body):
                self.assertEqual(
                    self.refused(self.invoice_id, body), ["the body must be an object"]
                )

    def test_values_are_never_repeated(self):
        body = claim(payers=[person_payer(ssn="131052-308U", phone="131052-308T")])
        body["131052-308T"] = "131052-308T"
        answer = self.hand_over(self.invoice_id, body, status=400)
        self.assertIn("payers[0].ssn is not a valid personal", str(answer))
        self.assertNotIn("308", str(answer))

    def test_names_of_every_kind(self):
        for name in ('O\'Brien "Ltd" <&>', "Åkeröhäst 🐴 Oy", "x" * 200, "株式会社"):
            with self.subTest(name):
                body = claim(payers=[company_payer(name=name)])
                invoice_id, _ = self.active_case(body)
                case = self.ctl("GET", f"cases/{invoice_id}")
                self.assertEqual(case["request"], body)
                self.assertEqual(case["assignment"]["debtor"]["name"], name)

    def test_path_and_query(self):
        answer = self.api("POST", "/v2/invoices/17/assignment/amili", claim())
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(answer.json()["details"], ["id is not a UUID"])
        path = f"/v2/invoices/{self.invoice_id}/assignment/amili?force=1"
        answer = self.api("POST", path, claim())
        self.assertEqual(answer.json()["details"], ["force is not known"])


class TestRules(HandOverCase):
    def test_it_is_pending_first(self):
        self.assertIsNone(self.hand_over(self.invoice_id))
        self.assertEqual(self.transfer(self.invoice_id), {"status": "pending"})
        self.assertEqual(self.get("/v1/assignments"), [])

    def test_the_shortest_and_the_longest_summary(self):
        for summary in ("xy", "ä" * 64):
            self.hand_over(self.seed(), claim(assignment_summary=summary))

    def test_no_fee_is_zero(self):
        amounts = {"capital_amount": 1240.00, "reminder_amount": 0.00}
        self.hand_over(self.invoice_id, claim(amounts=amounts))

    def test_the_invoice_tells_that_it_was_handed_over(self):
        for kind in ("collection", "reminder_and_collection"):
            invoice_id = self.seed()
            path = f"/v1/invoices/{invoice_id}"
            self.hand_over(invoice_id, claim(collection_type=kind))
            # INFO is left out where nobody asks for it.
            [received] = self.get(f"{path}/actions")
            self.assertEqual(received["key"], "action_created")
            [action] = self.get(f"{path}/actions", type="SENT,INFO")
            self.assertEqual(action["key"], f"action_{kind}")
            self.assertEqual(self.get(path)["actions"], [received, action])

    def test_every_kind_of_claim_with_co_debtors(self):
        others = [
            person_payer(type="co_debtor", ssn="010594Y9032"),
            company_payer(type="co_debtor", bid="1234567-1"),
        ]
        mains = {
            "b2b": company_payer(),
            "b2c": person_payer(),
            "b2b_rental": company_payer(),
            "b2c_rental": person_payer(),
        }
        for kind, main in mains.items():
            for count in range(3):
                with self.subTest(kind=kind, count=count):
                    invoice_id = self.seed()
                    body = claim(receivables_type=kind, payers=[main, *others[:count]])
                    self.hand_over(invoice_id, body)
                    case = self.ctl("GET", f"cases/{invoice_id}")
                    self.assertEqual(case["request"], body)

    def test_an_invoice_that_is_not_there(self):
        for path in ("assignment/amili", "assignment"):
            method = "POST" if path.endswith("amili") else "GET"
            body = claim() if method == "POST" else None
            answer = self.api(method, f"/v2/invoices/{NOBODY}/{path}", body)
            self.assertEqual(answer.status_code, 404)
            self.assertEqual(answer.json()["code"], "not_found")

    def test_no_hand_over_yet(self):
        answer = self.transfer(self.invoice_id, expected=404)
        self.assertEqual(answer["code"], "not_found")

    def test_a_service_that_is_not_active(self):
        for change, message in (
            ({"service_status": "PENDING"}, "service is not active"),
            ({"service_status": "DISABLED"}, "service is not active"),
            ({"service_status": None}, "service is not active"),
            (
                {"service_status": "ACTIVE", "service_type": "full"},
                "All invoices of the company",
            ),
        ):
            company = {"client_id": DEFAULT_COMPANY["client_id"], **change}
            self.ctl("POST", "companies", company)
            self.assertIn(message, self.not_allowed(self.invoice_id))

    def test_sent_and_overdue_and_in_euros(self):
        for fields, message in (
            ({"direction": "RECEIVED"}, "not sent"),
            ({"date_due": TODAY}, "not overdue"),
            ({"currency": "SEK"}, "Only EUR"),
        ):
            self.assertIn(message, self.not_allowed(self.seed(**fields)))
        self.hand_over(self.seed(date_due="2026-11-01"))

    def test_once_only(self):
        self.hand_over(self.invoice_id)
        self.assertIn("has been handed over", self.not_allowed(self.invoice_id))
        self.act(self.invoice_id, "accept")
        self.not_allowed(self.invoice_id)
        self.assertEqual(self.ctl("GET", f"cases/{self.invoice_id}")["attempt"], 1)

    def test_once_only_however_many_come_at_once(self):
        token = self.token()
        path = f"/v2/invoices/{self.invoice_id}/assignment/amili"

        def post(_number):
            return self.api("POST", path, claim(), token=token).status_code

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = sorted(pool.map(post, range(64)))
        self.assertEqual(answers, [202] + [403] * 63)

    def test_again_after_an_error(self):
        self.hand_over(self.invoice_id)
        details = ["payers[0].address.zip_code does not exist"]
        self.act(
            self.invoice_id,
            "refuse",
            reason="No such address.",
            code="invalid_payer_address",
            details=details,
        )
        self.assertEqual(
            self.transfer(self.invoice_id),
            {
                "status": "error",
                "error_reason": "No such address.; payers[0].address.zip_code does not"
                " exist",
            },
        )
        self.hand_over(self.invoice_id)
        self.assertEqual(self.transfer(self.invoice_id), {"status": "pending"})
        self.assertEqual(self.ctl("GET", f"cases/{self.invoice_id}")["attempt"], 2)

    def test_again_after_the_end(self):
        invoice_id, first = self.active_case()
        self.act(invoice_id, "close", result="withdrawn")
        self.hand_over(invoice_id)
        second = self.act(invoice_id, "accept")["assignment"]["id"]
        self.assertNotEqual(first, second)
        self.assertEqual(self.get(f"/v1/assignments/{first}")["status"], "closed")

    def test_accepted(self):
        invoice_id, assignment_id = self.active_case()
        self.assertEqual(
            self.transfer(invoice_id),
            {
                "status": "sent",
                "url": f"{self.url}/v1/assignments/{assignment_id}",
                "collectable_amount": 1245.0,
            },
        )

    def test_accepted_by_itself(self):
        self.ctl("POST", "settings", {"auto_accept": True})
        self.hand_over(self.invoice_id)
        self.assertEqual(self.transfer(self.invoice_id)["status"], "sent")

    def test_one_main_debtor(self):
        line = ["payers must hold exactly one main_debtor"]
        co_debtor = company_payer(type="co_debtor")
        for payers in ([co_debtor], [company_payer(), person_payer()]):
            self.assertEqual(self.refused(self.invoice_id, claim(payers=payers)), line)

    def test_identifiers(self):
        for payer, kind, line in (
            (company_payer(bid="2077474-1"), "b2b", "bid is not a valid Business ID"),
            (company_payer(bid="20774740"), "b2b", "bid is not a valid Business ID"),
            (without(company_payer(), "bid"), "b2b", "bid is missing"),
            (without(company_payer(), "bid"), "b2b_rental", "bid is missing"),
            (without(person_payer(), "ssn"), "b2c_rental", "ssn is missing"),
            (
                person_payer(ssn="131052-308U"),
                "b2c",
                "ssn is not a valid personal identity code",
            ),
        ):
            with self.subTest(line, kind=kind):
                details = self.refused(
                    self.invoice_id, claim(receivables_type=kind, payers=[payer])
                )
                self.assertEqual(details, [f"payers[0].{line}"])

    def test_identifiers_that_will_do(self):
        sweden, aland = address(country="SE"), address(country="AX")
        for payer, kind in (
            (without(company_payer(address=sweden), "bid"), "b2b"),
            (company_payer(address=sweden, bid="556677-8899"), "b2b"),
            (company_payer(address=aland), "b2b"),
            (without(person_payer(), "ssn"), "b2c"),
            (person_payer(ssn="010594Y9021"), "b2c_rental"),
        ):
            with self.subTest(kind=kind):
                self.hand_over(
                    self.seed(), claim(receivables_type=kind, payers=[payer])
                )

    def test_identifiers_of_a_co_debtor(self):
        bad = company_payer(type="co_debtor", bid="2077474-1")
        self.assertEqual(
            self.refused(self.invoice_id, claim(payers=[company_payer(), bad])),
            ["payers[1].bid is not a valid Business ID"],
        )
        same = company_payer(type="co_debtor")
        self.assertEqual(
            self.refused(self.invoice_id, claim(payers=[company_payer(), same])),
            ["payers[1].bid is that of another payer"],
        )
        both = person_payer(type="co_debtor", bid="2077474-0")
        self.assertEqual(
            self.refused(self.invoice_id, claim(payers=[company_payer(), both])),
            ["payers[1] has both bid and ssn"],
        )

    def test_no_more_than_the_invoice(self):
        invoice_id = self.seed(sum_tax=100.10)
        body = claim(amounts={"capital_amount": 100.11, "reminder_amount": 0})
        self.assertEqual(
            self.refused(invoice_id, body),
            ["amounts.capital_amount is more than the invoice's sum"],
        )
        body["amounts"]["capital_amount"] = 100.10
        self.hand_over(invoice_id, body)

    def test_the_reminder(self):
        tomorrow = datetime.date.fromisoformat(TODAY) + datetime.timedelta(1)
        body = claim(reminder_date=tomorrow.isoformat())
        self.assertEqual(
            self.refused(self.invoice_id, body), ["reminder_date is in the future"]
        )
        body = claim(
            collection_type="collection",
            receivables_type="b2c",
            payers=[person_payer()],
        )
        self.assertEqual(
            self.refused(self.invoice_id, body), ["reminder_date is missing"]
        )
        self.hand_over(self.invoice_id, body | {"reminder_date": TODAY})

    def test_today_in_finland_is_not_the_future(self):
        self.ctl("POST", "settings", {"now": f"{TODAY}T22:30:00Z"})
        self.hand_over(self.invoice_id, claim(reminder_date="2026-11-03"))

    def test_what_is_refused_leaves_nothing(self):
        self.refused(self.invoice_id, claim(payers=[]))
        self.assertEqual(self.ctl("GET", "cases"), [])

    def test_another_companys_invoice(self):
        company = self.second_company()
        self.hand_over(self.invoice_id, company=company, status=404)
        self.hand_over(self.invoice_id)
        self.transfer(self.invoice_id, company=company, expected=404)

    def test_an_id_in_capitals(self):
        self.hand_over(self.invoice_id.upper())
        self.transfer(self.invoice_id.upper())


class TestInvoices(SandboxCase):
    def test_find(self):
        first = self.seed(number="INV/1", reference="1232")
        self.seed(number="INV/1", reference="12345672", status="FAILED")
        self.seed(number="INV/2", direction="RECEIVED")
        self.second_company()
        self.ctl(
            "POST",
            "invoices",
            {"number": "INV/1", "client_id": "22222222-2222-4222-8222-222222222222"},
        )
        for query, count in (
            ({}, 1),
            ({"direction": "SENT"}, 2),
            ({"direction": "SENT", "number": "INV/1"}, 2),
            ({"direction": "SENT", "number": "INV/1", "reference": "1232"}, 1),
            ({"direction": "SENT", "number": "inv/1"}, 0),
            ({"direction": "SENT", "ids": first}, 1),
            ({"direction": "SENT", "ids": f"{first},{NOBODY}"}, 1),
            # A name that is not described is passed over, not refused.
            ({"direction": "SENT", "ids[]": [NOBODY]}, 2),
            ({"direction": "SENT", "status": "FAILED"}, 1),
            ({"direction": "SENT", "status": "FAILED,DELIVERED"}, 2),
            ({"direction": "SENT", "created_at_start": "2000-01-01T00:00:00Z"}, 2),
            ({"direction": "SENT", "created_at_start": "2999-01-01T00:00:00Z"}, 0),
        ):
            with self.subTest(query):
                self.assertEqual(len(self.get("/v1/invoices", **query)), count)
        self.assertEqual(self.get(f"/v1/invoices/{first}")["reference"], "1232")
        self.get(f"/v1/invoices/{NOBODY}", expected=404)

    def test_sort(self):
        for day in (2, 3, 1):
            self.seed(number=str(day), created_at=f"2026-08-0{day}T09:00:00Z")
        for sort, numbers in (("received_at", "123"), (None, "321")):
            found = self.get("/v1/invoices", direction="SENT", sort=sort)
            self.assertEqual("".join(i["number"] for i in found), numbers)

    def test_wrong_queries(self):
        for query, line in (
            ("page=0", "page must be at least 1"),
            ("page=x", "page must be a whole number"),
            ("per_page=101", "per_page must be at most 100"),
            ("page=1&page=2", "page is there more than once"),
            ("direction=sent", "direction must be one of: SENT, RECEIVED"),
            ("ids=1", "ids[0] is not a UUID"),
            (f"ids={NOBODY}&ids={NOBODY}", "ids is there more than once"),
            ("created_at_start=2026-01-01", "created_at_start is not a UTC time"),
            ("sort=date", "sort must be one of: "),
            ("invoice_number=1", "invoice_number is not known"),
        ):
            with self.subTest(query):
                answer = self.api("GET", f"/v1/invoices?{query}")
                self.assertEqual(answer.status_code, 400)
                self.assertIn(line, answer.json()["details"][0])


if __name__ == "__main__":
    unittest.main()
