import concurrent.futures
import http.client
import json
import socket
import time
import unittest

import requests

from .support import SandboxCase, claim


class TestFaults(SandboxCase):
    def setUp(self):
        super().setUp()
        self.invoice_id = self.seed()
        self.path = f"/v2/invoices/{self.invoice_id}/assignment/amili"
        self.my_token = self.token()
        self.ctl("DELETE", "log")

    def send(self, **options):
        return self.api(
            "POST", self.path, claim(), token=self.my_token, check=False, **options
        )

    def handed_over(self):
        return bool(self.ctl("GET", "cases"))

    def last_logged(self):
        return self.ctl("GET", "log")[-1]

    def assert_reset(self):
        with self.assertRaises(requests.ConnectionError) as caught:
            self.send()
        self.assertIn("ConnectionResetError", repr(caught.exception))

    def test_drop_before(self):
        self.fault(kind="drop_before", path="amili$")
        self.assert_reset()
        self.assertFalse(self.handed_over())
        self.assertEqual(self.last_logged()["fault"], "drop_before")
        self.assertIsNone(self.last_logged()["status"])
        self.assertEqual(self.send().status_code, 202)

    def test_drop_after(self):
        self.fault(kind="drop_after", path="amili$")
        self.assert_reset()
        self.assertTrue(self.handed_over())
        self.assertEqual(self.send().status_code, 403)

    def test_fault_of_one_company(self):
        [other] = self.ctl(
            "POST", "companies", {"name": "Toinen Oy", "bid": "1234567-1"}
        )
        self.fault(kind="status", status=503, client_id=other["client_id"])
        self.assertEqual(self.send().status_code, 202)
        self.assertTrue(self.ctl("GET", "faults"))
        answer = self.api("GET", "/v1/events", company=other, check=False)
        self.assertEqual(answer.status_code, 503)

    def test_a_dropped_connection_is_reset_at_once(self):
        self.fault(kind="drop_before")
        with socket.create_connection(("127.0.0.1", self.server.port), 10) as wire:
            wire.sendall(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            with self.assertRaises(ConnectionResetError):
                wire.recv(1)

    def test_status(self):
        self.fault(
            kind="status",
            status=429,
            body={"code": "too_many_requests"},
            headers={"Retry-After": 7},
        )
        answer = self.send()
        self.assertEqual(answer.status_code, 429)
        self.assertEqual(answer.json(), {"code": "too_many_requests"})
        self.assertEqual(answer.headers["Retry-After"], "7")
        self.assertFalse(self.handed_over())

    def test_status_with_other_bodies(self):
        for body, content_type, text, sent in (
            (None, None, "", "text/plain"),
            ("<html></html>", None, "<html></html>", "text/html"),
            ("oops", None, "oops", "text/plain"),
            ([1], None, "[1]", "application/json"),
            ("{}", "application/problem+json", "{}", "application/problem+json"),
        ):
            fields = {"body": body, "content_type": content_type}
            fields = {k: v for k, v in fields.items() if v is not None}
            self.fault(kind="status", status=502, **fields)
            answer = self.send()
            self.assertEqual((answer.status_code, answer.text), (502, text))
            self.assertTrue(answer.headers["Content-Type"].startswith(sent))
        self.assertFalse(self.handed_over())

    def test_status_after(self):
        self.fault(kind="status_after", status=500)
        self.assertEqual(self.send().status_code, 500)
        self.assertTrue(self.handed_over())

    def test_not_json(self):
        self.fault(kind="not_json")
        answer = self.send()
        self.assertEqual(answer.status_code, 200)
        with self.assertRaises(ValueError):
            answer.json()
        self.assertFalse(self.handed_over())

    def test_json(self):
        for body in ([], None, {"status": "gone_fishing"}, "sent"):
            self.fault(kind="json", body=body)
            answer = self.send()
            self.assertEqual((answer.status_code, answer.json()), (200, body))
        self.assertFalse(self.handed_over())

    def test_truncate(self):
        self.fault(kind="truncate")
        with self.assertRaises(requests.exceptions.ChunkedEncodingError):
            self.send()
        self.assertTrue(self.handed_over())

    def test_token_dies(self):
        self.fault(kind="token_dies", path="amili$")
        self.assertEqual(self.send().status_code, 401)
        self.assertEqual(self.send().status_code, 401)
        self.my_token = self.token()
        self.assertEqual(self.send().status_code, 202)

    def test_delay(self):
        self.fault(kind="delay", seconds=0.2)
        started = time.monotonic()
        self.assertEqual(self.send().status_code, 202)
        self.assertGreaterEqual(time.monotonic() - started, 0.2)

    def test_delays_run_side_by_side(self):
        self.fault(kind="delay", seconds=0.4, times=None)
        started = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            answers = list(
                pool.map(
                    lambda _number: (
                        self.api(
                            "GET", "/oauth2/current", token=self.my_token
                        ).status_code
                    ),
                    range(32),
                )
            )
        self.assertEqual(answers, [200] * 32)
        # One after the other it would be 12.8 seconds.
        self.assertLess(time.monotonic() - started, 6.4)

    def test_hang(self):
        self.fault(kind="hang", seconds=60)
        with self.assertRaises(requests.exceptions.ReadTimeout):
            self.send(timeout=0.2)
        self.assertTrue(self.handed_over())

    def test_drip(self):
        for clock, path in ((0.05, "/oauth2/current"), (None, self.path)):
            self.fault(kind="drip", **({"seconds": clock} if clock else {}))
            with (
                self.subTest(path),
                socket.create_connection(("127.0.0.1", self.server.port), 10) as wire,
            ):
                method = "GET" if clock else "POST"
                body = "" if clock else json.dumps(claim())
                wire.sendall(
                    f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
                    f"Authorization: Bearer {self.my_token}\r\n"
                    "Content-Type: application/json\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
                )
                first = wire.recv(10_000)
                # The whole head, and one byte of what it promises.
                head, _, begun = first.partition(b"\r\n\r\n")
                self.assertEqual(len(begun), 1, first)
                self.assertRegex(head, rb"(?i)content-length: [1-9][0-9]")
                if clock:
                    self.assertEqual([len(wire.recv(10_000)) for _n in "12"], [1, 1])
        self.ctl("DELETE", "faults")
        # It was taken all the same, and whoever waits is no longer kept waiting.
        self.assertTrue(self.handed_over())

    def test_huge(self):
        self.fault(kind="huge", bytes=100_000, path="current$")
        answer = self.api("GET", "/oauth2/current", token=self.my_token)
        self.assertEqual(answer.headers["Content-Length"], str(len(answer.content)))
        self.assertGreater(len(answer.content), 100_000)
        self.assertIn("company", answer.json())

    def test_echo(self):
        for status in (None, 400):
            self.fault(kind="echo", **({"status": status} if status else {}))
            answer = self.send()
            self.assertEqual(answer.status_code, status or 500)
            self.assertIn(f"Bearer {self.my_token}", answer.json()["message"])
            self.assertEqual(json.loads(answer.json()["details"][0]), claim())
        self.assertFalse(self.handed_over())

    def test_hang_before(self):
        self.fault(kind="hang_before", seconds=60)
        with self.assertRaises(requests.exceptions.ReadTimeout):
            self.send(timeout=0.2)
        self.assertFalse(self.handed_over())
        self.ctl("DELETE", "faults")
        self.assertFalse(self.handed_over())

    def test_taking_a_fault_back_wakes_who_waits(self):
        self.fault(kind="hang", seconds=60)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(self.send)
            while not self.handed_over():
                time.sleep(0.01)
            self.ctl("DELETE", "faults")
            self.assertEqual(waiting.result(10).status_code, 202)

    def test_lists_that_are_not_in_order(self):
        self.hand_over(self.invoice_id)
        self.act(self.invoice_id, "accept")
        for text in "abcde":
            self.act(self.invoice_id, "comment", text=text)

        def feed(**query):
            query = {"order": "asc", "per_page": 2} | query
            answer = self.api("GET", "/v1/events", params=query)
            texts = "".join(event["comment"] for event in answer.json())
            return texts, answer.headers["X-Next-Page"]

        for kind, first, last in (
            ("repeat_items", ("abab", "2"), ("ee", "")),
            ("reverse_items", ("ba", "2"), ("e", "")),
            ("skip_page", ("cd", "3"), ("", "")),
        ):
            with self.subTest(kind):
                self.fault(kind=kind, method="GET", path="/v1/events$", times=2)
                self.assertEqual(feed(), first)
                self.assertEqual(feed(page=3), last)
                self.assertEqual(feed(), ("ab", "2"))

    def test_what_is_no_list_stays_as_it_is(self):
        for kind in ("repeat_items", "reverse_items"):
            self.fault(kind=kind, method="GET")
            answer = self.api("GET", "/oauth2/current", token=self.my_token)
            self.assertIn("company", answer.json())

    def test_which_request_and_how_often(self):
        self.fault(kind="status", status=503, method="GET", path="^/v1/", times=2)
        self.assertEqual(self.send().status_code, 202)
        statuses = [
            self.api("GET", path, token=self.my_token, check=False).status_code
            for path in ("/oauth2/current", "/v1/events", "/v1/events", "/v1/events")
        ]
        self.assertEqual(statuses, [200, 503, 503, 200])

    def test_for_ever_and_one_after_another(self):
        self.fault(kind="status", status=500)
        self.fault(kind="status", status=502, skip=1)
        self.fault(kind="status", status=503, times=None)
        statuses = [self.send().status_code for _time in range(5)]
        self.assertEqual(statuses, [500, 503, 502, 503, 503])
        self.assertEqual(self.ctl("GET", "faults")[0]["times"], None)
        self.ctl("DELETE", "faults")
        self.assertEqual(self.ctl("GET", "faults"), [])
        self.assertEqual(self.send().status_code, 202)

    def test_faults_that_are_not_valid(self):
        for fields, line in (
            ({"kind": "flood"}, "kind must be one of: "),
            ({}, "kind is missing"),
            ({"kind": "status"}, "status is missing"),
            ({"kind": "delay"}, "seconds is missing"),
            ({"kind": "hang"}, "seconds is missing"),
            ({"kind": "json"}, "body is missing"),
            ({"kind": "truncate", "path": "("}, "path is not a valid regular"),
            ({"kind": "truncate", "times": 0}, "times must be at least 1"),
            ({"kind": "truncate", "statuss": 1}, "statuss is not known"),
        ):
            with self.subTest(fields):
                answer = self.ctl("POST", "faults", fields, status=400)
                self.assertTrue(answer["details"][0].startswith(line), answer)
        self.assertEqual(self.ctl("GET", "faults"), [])

    def test_the_control_api_has_no_faults(self):
        self.fault(kind="drop_before", times=None)
        self.assertEqual(len(self.ctl("GET", "faults")), 1)


class TestConnections(SandboxCase):
    def test_one_connection_serves_many_requests(self):
        wire = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        self.addCleanup(wire.close)
        wire.connect()
        first = wire.sock
        headers = {"Content-Type": "application/json"}
        for _time in range(5):
            # The body is left unread by whoever refuses the caller.
            wire.request("POST", "/v2/invoices/1/assignment/amili", "{}", headers)
            answer = wire.getresponse()
            self.assertEqual(json.loads(answer.read())["code"], "unauthorized")
            self.assertIs(wire.sock, first)

    def test_bodies_that_cannot_be_read(self):
        for head, status in (
            (b"Transfer-Encoding: chunked", b"411"),
            (b"Content-Length: -1", b"400"),
            (b"Content-Length: 99999999999", b"413"),
        ):
            with self.subTest(head):
                address = ("127.0.0.1", self.server.port)
                with socket.create_connection(address, 10) as wire:
                    wire.sendall(
                        b"POST /oauth2/token HTTP/1.1\r\n" + head + b"\r\n\r\n"
                    )
                    self.assertIn(status, wire.recv(1000).splitlines()[0])

    def test_64_connections_at_once(self):
        wires = [
            socket.create_connection(("127.0.0.1", self.server.port), 10)
            for _number in range(64)
        ]
        for wire in wires:
            self.addCleanup(wire.close)
        for wire in wires:
            wire.sendall(b"GET /oauth2/current HTTP/1.1\r\nHost: x\r\n\r\n")
        for wire in wires:
            self.assertIn(b"401", wire.recv(1000).splitlines()[0])


if __name__ == "__main__":
    unittest.main()
