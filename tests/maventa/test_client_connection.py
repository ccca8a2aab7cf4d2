"""Tokens, broken connections, and where credentials may go."""

import json
import socket
import threading
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import BaseCase, tagged

from ...maventa import answers, connection, contract, errors, tokens
from ..client_case import BODY, REPORT, ClientCase, call_all
from ..stub_server import TOKEN, self_signed, stub_server


@tagged("post_install", "-at_install")
class TestTokens(ClientCase):
    """One token for as long as it lasts."""

    def tokens(self, *given):
        """Return a client of a server with these answers to requests for a token.

        The last is for ever. Everything else is answered with an empty list to a
        token that starts with ``good``, else with 401.
        """
        left = list(given)
        self.issued = 0

        def answer(request):
            if request.path != contract.PATH_TOKEN:
                shown = request.headers["Authorization"]
                return (200 if shown.startswith("Bearer good") else 401), {}, b"[]"
            self.issued += 1
            return left.pop(0) if len(left) > 1 else left[0]

        self.server = self.enterContext(stub_server(answer))
        return self.connect(self.server.url)

    def token(self, token="good", **values):
        body = {"access_token": token, "expires_in": 3600, **values}
        return 200, {}, json.dumps(body).encode()

    def test_one_token_serves_many_threads_and_clients(self):
        maventa = self.tokens(self.token())
        outcomes = call_all(maventa.events, [(1, None)] * 40)
        self.assertEqual({type(o) for o in outcomes}, {answers.Page})
        self.reconnect(self.server.url).events(1, None)
        self.assertEqual(self.issued, 1)

    def test_other_credentials_get_a_token_of_their_own(self):
        self.tokens(self.token()).events(1, None)
        other = self.reconnect(self.server.url, client_secret="another")
        other.events(1, None)
        self.assertEqual(self.issued, 2)

    def test_a_token_is_renewed_before_its_end(self):
        with freeze_time("2026-10-20 09:00:00") as clock:
            maventa = self.tokens(self.token(expires_in=3600))
            maventa.events(1, None)
            clock.tick(3600 - tokens.TOKEN_SKEW - 1)
            maventa.events(1, None)
            self.assertEqual(self.issued, 1)
            clock.tick(2)
            maventa.events(1, None)
            self.assertEqual(self.issued, 2)

    def test_a_short_lived_token_is_still_used_more_than_once(self):
        with freeze_time("2026-10-20 09:00:00") as clock:
            maventa = self.tokens(self.token(expires_in=60))
            maventa.events(1, None)
            clock.tick(20)
            maventa.events(1, None)
            self.assertEqual(self.issued, 1)
            clock.tick(20)
            maventa.events(1, None)
            self.assertEqual(self.issued, 2)

    def test_an_absurd_lifetime_does_no_harm(self):
        for lifetime in (0, -5, None, "3600", True, 1.5, [], 10**400):
            with self.subTest(str(lifetime)[:20]):
                self.tokens(self.token(expires_in=lifetime)).events(1, None)

    def test_a_refused_token_is_renewed_once(self):
        maventa = self.tokens(self.token("stale"), self.token("good"))
        maventa.events(1, None)
        self.assertEqual(self.issued, 2)

    def test_a_second_401_is_the_end(self):
        maventa = self.tokens(self.token("stale"))
        error = self.assertOutcome(errors.AccessProblem, maventa.events, 1, None)
        self.assertEqual((error.reason, self.issued), ("unauthorized", 2))

    def test_a_report_is_refused_by_a_second_401(self):
        maventa = self.tokens(self.token("stale"))
        error = self.assertOutcome(errors.AccessProblem, maventa.add_event, "1", REPORT)
        self.assertEqual((error.reason, self.issued), ("unauthorized", 2))

    def test_what_the_answer_to_a_request_for_a_token_means(self):
        for answer, kind, reason in (
            ((400, {}, b""), errors.AccessProblem, "credentials"),
            ((401, {}, b""), errors.AccessProblem, "credentials"),
            ((403, {}, b""), errors.AccessProblem, "credentials"),
            ((404, {}, b""), errors.NotSent, "token"),
            ((429, {"Retry-After": "60"}, b""), errors.NotSent, "token"),
            ((302, {}, b""), errors.NotSent, "token"),
            ((500, {}, b""), errors.NotSent, "token"),
            ((503, {}, b"<html>"), errors.NotSent, "token"),
            ((200, {}, b"<html>"), errors.NotSent, "token"),
            ((200, {}, b"[]"), errors.NotSent, "token"),
            ((200, {}, b"{}"), errors.NotSent, "token"),
            (self.token(token=""), errors.NotSent, "token"),
            (self.token(token=["good"]), errors.NotSent, "token"),
        ):
            with self.subTest(answer):
                maventa = self.tokens(answer)
                error = self.assertOutcome(kind, maventa.transfer, "1", BODY)
                self.assertEqual(error.reason, reason)
                if answer[0] == 429:
                    self.assertEqual(error.retry_after, 60)

    def test_one_threads_renewal_is_not_thrown_away_by_another(self):
        cache = tokens.TokenCache()
        cache.put("key", "new", 3600)
        cache.drop("key", "old")
        self.assertEqual(cache.get("key"), "new")


@tagged("post_install", "-at_install")
class TestConnection(ClientCase):
    """What a broken connection means: surely not sent, or who knows."""

    def broken(self, behave, timeout=5):
        """Return a client of a server that does ``behave(request)`` to a hand-over."""

        def answer(request):
            if request.path == contract.PATH_TOKEN:
                return TOKEN
            return behave(request)

        return self.connect(self.enterContext(stub_server(answer)).url, timeout)

    def test_a_closed_port_is_surely_not_sent(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        maventa = self.connect(f"http://127.0.0.1:{port}")
        error = self.assertOutcome(errors.NotSent, maventa.transfer, "1", BODY)
        self.assertEqual(error.reason, "connect")

    def test_a_server_that_is_gone_after_the_token_is_surely_not_sent(self):
        status, _headers, body = TOKEN
        token = status, {"Connection": "close"}, body
        with stub_server(lambda request: token) as server:
            maventa = self.connect(server.url)
            maventa._token()
        error = self.assertOutcome(errors.NotSent, maventa.transfer, "1", BODY)
        self.assertEqual(error.reason, "connect")

    def test_an_unknown_host_is_surely_not_sent(self):
        maventa = self.broken(lambda request: self.fail("it was sent"))
        maventa._token()
        maventa._session.close()
        with patch(
            "urllib3.util.connection.socket.getaddrinfo",
            side_effect=socket.gaierror(-2, "Name or service not known"),
        ):
            error = self.assertOutcome(errors.NotSent, maventa.transfer, "1", BODY)
        self.assertEqual(error.reason, "connect")

    def test_a_time_out_while_connecting_is_surely_not_sent(self):
        maventa = self.broken(lambda request: self.fail("it was sent"))
        maventa._token()
        maventa._session.close()
        with patch(
            "urllib3.connection.connection.create_connection", side_effect=TimeoutError
        ):
            error = self.assertOutcome(errors.NotSent, maventa.transfer, "1", BODY)
        self.assertEqual(error.reason, "connect")

    def test_connecting_gives_up_before_reading_does(self):
        seen = []

        def create_connection(address, timeout, **kwargs):
            seen.append(timeout)
            raise TimeoutError

        maventa = self.connect("http://127.0.0.1:9", timeout=30)
        with patch(
            "urllib3.connection.connection.create_connection", create_connection
        ):
            self.assertOutcome(errors.NotSent, maventa.current)
        self.assertEqual(seen, [connection.CONNECT_TIMEOUT])

    def test_a_bad_certificate_is_surely_not_sent(self):
        with self_signed(stub_server(lambda request: TOKEN)) as url:
            maventa = self.connect(url)
            error = self.assertOutcome(errors.NotSent, maventa.transfer, "1", BODY)
        self.assertEqual(error.reason, "certificate")

    def test_no_answer_in_time_is_unknown(self):
        release = threading.Event()
        self.addCleanup(release.set)

        def silent(request):
            release.wait(20)
            return 200, {}, b""

        maventa = self.broken(silent, timeout=0.2)
        error = self.assertOutcome(errors.UnknownOutcome, maventa.transfer, "1", BODY)
        self.assertEqual(error.reason, "timeout")
        release.set()

    def test_a_connection_closed_without_answer_is_unknown(self):
        def hang_up(request):
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError

        maventa = self.broken(hang_up)
        self.assertOutcome(errors.UnknownOutcome, maventa.transfer, "1", BODY)

    def test_an_answer_that_breaks_off_is_unknown(self):
        def half(request):
            request.close_connection = True
            return 201, {"Content-Length": 100}, b'{"status": "pending"}'

        maventa = self.broken(half)
        self.assertOutcome(errors.UnknownOutcome, maventa.transfer, "1", BODY)

    def test_a_broken_compression_is_unknown(self):
        maventa = self.broken(
            lambda request: (200, {"Content-Encoding": "gzip"}, b"no gzip at all")
        )
        self.assertOutcome(errors.UnknownOutcome, maventa.transfer, "1", BODY)

    def test_what_is_no_http_is_unknown(self):
        def talk(request):
            request.wfile.write(b"220 mail.example ESMTP\r\n\r\n")
            request.close_connection = True
            return 200, {}, b""

        maventa = self.broken(talk)
        self.assertOutcome(errors.UnknownOutcome, maventa.transfer, "1", BODY)

    def test_no_post_is_ever_repeated_by_the_library(self):
        seen = []

        def reset(request):
            seen.append(request.path)
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError

        maventa = self.broken(reset)
        self.assertOutcome(errors.UnknownOutcome, maventa.transfer, "1", BODY)
        self.assertEqual(len(seen), 1)

    def test_a_report_that_is_not_answered_is_unknown_and_not_repeated(self):
        seen = []
        release = threading.Event()
        self.addCleanup(release.set)

        def hang_up(request):
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError

        def silent(request):
            release.wait(20)
            return hang_up(request)

        for behave, reason in ((hang_up, "reset"), (silent, "timeout")):
            with self.subTest(reason):
                maventa = self.broken(
                    lambda request, behave=behave: (
                        seen.append(request.path) or behave(request)
                    ),
                    timeout=0.2,
                )
                error = self.assertOutcome(
                    errors.UnknownOutcome, maventa.add_event, "1", REPORT
                )
                self.assertEqual(error.reason, reason)
                self.assertTellsNothing(repr(error))
        self.assertEqual(len(seen), 2)

    def test_a_report_to_a_closed_port_is_surely_not_sent(self):
        with stub_server(lambda request: TOKEN) as server:
            maventa = self.connect(server.url)
            maventa._token()
            maventa._session.close()
        error = self.assertOutcome(errors.NotSent, maventa.add_event, "1", REPORT)
        self.assertEqual(error.reason, "connect")

    def test_a_trouble_with_the_token_is_surely_not_sent(self):
        def answer(request):
            if request.path == contract.PATH_TOKEN:
                request.close_connection = True
                request.connection.shutdown(socket.SHUT_RDWR)
                raise ConnectionAbortedError
            self.fail("it was sent")

        server = self.enterContext(stub_server(answer))
        maventa = self.connect(server.url)
        self.assertOutcome(errors.NotSent, maventa.transfer, "1", BODY)


@tagged("post_install", "-at_install")
class TestHosts(BaseCase):
    """Where credentials may go."""

    def test_the_sandbox_is_on_this_machine_or_behind_https(self):
        for url in (
            "http://localhost:8080",
            "http://127.0.0.1:8080/",
            "http://[::1]:8080",
            "https://sandbox.example.com",
            "https://sandbox.example.com/maventa/",
        ):
            with self.subTest(url):
                hosts = contract.hosts_for("sandbox", url)
                self.assertEqual(hosts.ax, url.rstrip("/"))
                self.assertEqual(hosts.receivables, hosts.ax)

    def test_every_other_address_is_refused(self):
        for url in (
            None,
            "",
            "localhost:8080",
            "http://sandbox.example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost@example.com",
            "http://127.0.0.1:80@example.com",
            "http://127.0.0.1\\@example.com",
            "http://user@localhost",
            "http://:secret@localhost",
            "https://user:secret@sandbox.example.com",
            "http://localhost?x=1",
            "http://localhost#x",
            "ftp://localhost",
            "file:///etc/passwd",
            "https://",
            "http://[",
            "http://10.0.0.1",
            "http://0.0.0.0",
        ):
            with self.subTest(url), self.assertRaises(ValueError):
                contract.hosts_for("sandbox", url)

    def test_a_sandbox_address_changes_no_other_environment(self):
        for environment in ("test", "production"):
            hosts = contract.hosts_for(environment, "http://localhost:1")
            for host in (hosts.ax, hosts.receivables):
                self.assertRegex(host, r"^https://[a-z-]+\.maventa\.com$")
        self.assertNotEqual(
            contract.hosts_for("test"), contract.hosts_for("production")
        )

    def test_an_unknown_environment_is_refused(self):
        with self.assertRaises(ValueError):
            contract.hosts_for("prod")
