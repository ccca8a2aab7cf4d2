"""A call ends when its time is over, whatever Maventa does, and reads no flood."""

import gzip
import json
import socket
import threading
import time
from contextlib import contextmanager, suppress
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...maventa import connection, contract, deadline, errors
from ..client_case import BODY, ClientCase
from ..stub_server import TOKEN, self_signed, stub_server

LIMIT = 0.4  # seconds
# Longer than any of it should take, and much shorter than what drips.
PATIENCE = 5


@contextmanager
def dripping(text):
    """Serve on loopback and give each request these bytes, one in each 20 ms.

    Yields the port; a request is not even read.
    """
    ended = threading.Event()
    threads = []

    def drip(connected):
        with connected, suppress(OSError):
            for byte in text:
                connected.sendall(bytes([byte]))
                if ended.wait(0.02):
                    return

    def accept():
        with suppress(OSError):
            while True:
                connected, _address = server.accept()
                threads.append(threading.Thread(target=drip, args=(connected,)))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield server.getsockname()[1]
        finally:
            ended.set()
            server.shutdown(socket.SHUT_RDWR)
            for thread in (acceptor, *threads):
                thread.join()


@tagged("post_install", "-at_install")
class TestDeadline(ClientCase):
    """The limit of a call as a whole."""

    def setUp(self):
        super().setUp()
        # Headers that are cut off: what becomes of them is what is tested.
        self.enterContext(mute_logger("urllib3.connection"))

    def good_token(self, url, timeout=LIMIT):
        """Return a client that has a token and asks this address."""
        maventa = self.connect(url, timeout=timeout)
        token = connection.Token("stub-token", tuple(contract.SCOPES))
        connection._TOKENS.put(maventa._token_key, token, 3600)
        return maventa

    def assertEnds(self, kind, call, *args):
        began = time.monotonic()
        error = self.assertOutcome(kind, call, *args)
        self.assertLess(time.monotonic() - began, PATIENCE)
        return error

    def test_an_answer_that_drips_ends(self):
        body = b"x" * 4000
        for name, text in (
            ("the status", b"H" * 4000),
            ("the headers", b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 4000),
            (
                "the body",
                b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n" + body,
            ),
            (
                "the body of the last answer on a connection",
                b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body,
            ),
            (
                "chunks",
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + b"1\r\nx\r\n" * 1000,
            ),
            ("what is between answers", b"HTTP/1.1 100 Continue\r\n\r\n" * 400),
        ):
            with self.subTest(name), dripping(text) as port:
                maventa = self.good_token(f"http://127.0.0.1:{port}")
                error = self.assertEnds(
                    errors.UnknownOutcome, maventa.transfer, "1", BODY
                )
                self.assertEqual(error.reason, "timeout")
                self.assertGreaterEqual(maventa.slowest, LIMIT * 0.9)

    def test_a_greeting_of_tls_that_drips_ends(self):
        # The beginning of a long record of a handshake.
        greeting = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc" + b"\x00" * 4000
        with dripping(greeting) as port:
            maventa = self.good_token(f"https://127.0.0.1:{port}")
            with self.assertRaises(errors.MaventaError):
                maventa.transfer("1", BODY)
            self.assertLess(maventa.slowest, PATIENCE)

    def test_an_answer_that_drips_behind_tls_ends(self):
        release = threading.Event()
        self.addCleanup(release.set)

        def drip(request):
            with suppress(OSError):
                request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n")
                while not release.wait(0.02):
                    request.wfile.write(b"x")
            request.close_connection = True
            raise ConnectionAbortedError

        with self_signed(stub_server(drip)) as url:
            maventa = self.good_token(url)
            maventa._session.verify = maventa._session.trust_env = False
            with self.assertWarns(Warning):
                self.assertEnds(errors.UnknownOutcome, maventa.transfer, "1", BODY)
            release.set()

    def test_a_request_that_nobody_takes_ends(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            maventa = self.good_token(f"http://127.0.0.1:{server.getsockname()[1]}")
            big = {"text": "x" * 50_000_000}
            error = self.assertEnds(errors.UnknownOutcome, maventa.transfer, "1", big)
        self.assertEqual(error.reason, "timeout")

    def test_sending_may_take_longer_than_connecting(self):
        self.patch(connection, "CONNECT_TIMEOUT", 0.1)
        is_taken = threading.Event()

        def take(server):
            connected, _address = server.accept()
            with connected:
                # What fits into the buffers is there; the rest has to wait.
                is_taken.wait(0.5)
                left = 50_000_000
                while left > 0:
                    taken = len(connected.recv(1_000_000))
                    if not taken:
                        return
                    left -= taken
                connected.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")

        with socket.create_server(("127.0.0.1", 0)) as server:
            thread = threading.Thread(target=take, args=(server,))
            thread.start()
            url = f"http://127.0.0.1:{server.getsockname()[1]}"
            maventa = self.good_token(url, timeout=30)
            big = {"text": "x" * 50_000_000}
            self.assertEqual(maventa.transfer("1", big).meaning, "pending")
            thread.join()

    def test_a_token_that_drips_is_surely_not_sent(self):
        with dripping(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 4000) as port:
            maventa = self.connect(f"http://127.0.0.1:{port}", timeout=LIMIT)
            self.assertEnds(errors.NotSent, maventa.transfer, "1", BODY)

    def test_a_connection_that_was_used_before_ends_as_well(self):
        release = threading.Event()
        self.addCleanup(release.set)
        answers = [(200, {}, b"[]")]

        def answer(request):
            if answers:
                return answers.pop()
            release.wait(PATIENCE)
            return 200, {}, b"[]"

        maventa = self.good_token(self.enterContext(stub_server(answer)).url, timeout=2)
        maventa.events(1, None)
        self.assertEnds(errors.UnknownOutcome, maventa.events, 1, None)
        release.set()

    def test_after_a_late_answer_the_client_is_as_good_as_before(self):
        release = threading.Event()
        self.addCleanup(release.set)
        is_slow = [True]

        def answer(request):
            if is_slow:
                is_slow.pop()
                release.wait(PATIENCE)
            return 200, {}, b"[]"

        maventa = self.good_token(self.enterContext(stub_server(answer)).url, timeout=2)
        self.assertEnds(errors.UnknownOutcome, maventa.events, 1, None)
        release.set()
        self.assertEqual(maventa.events(1, None).items, ())

    def test_no_thread_and_no_socket_is_left(self):
        closed = []
        held = deadline.Deadline._hold

        def hold(self, handle):
            before = self._handle
            held(self, handle)
            closed.append(before is None or before.fileno() == -1)

        self.patch(deadline.Deadline, "_hold", hold)
        maventa = self.answering((200, {}, b"[]"))
        threads = set(threading.enumerate())
        for page in range(1, 4):
            maventa.events(page, None)
        # Each request watches its connection and lets go of it; one for the token.
        self.assertEqual(closed, [True] * 8)
        timers = [
            thread
            for thread in set(threading.enumerate()) - threads
            if isinstance(thread, threading.Timer)
        ]
        for timer in timers:
            timer.join(PATIENCE)
            self.assertFalse(timer.is_alive())

    # A call of several requests -------------------------------------------------------

    def slowly(self, token, answer):
        """Return a client whose token and 401s take so many seconds of its 30."""
        now = [0]
        clock = self.startPatcher(patch.object(connection, "time"))
        clock.monotonic.side_effect = lambda: now[0]
        self.paths = []

        def respond(request):
            self.paths.append(request.path)
            is_token = request.path == contract.PATH_TOKEN
            now[0] += token if is_token else answer
            return TOKEN if is_token else (401, {}, b"")

        url = self.enterContext(stub_server(respond)).url
        return self.connect(url, timeout=30)

    def test_too_little_time_left_begins_nothing(self):
        maventa = self.slowly(token=21, answer=0)
        error = self.assertOutcome(errors.NotSent, maventa.transfer, "1", BODY)
        self.assertEqual(error.reason, "late")
        self.assertEqual(self.paths, [contract.PATH_TOKEN])
        # The token is there for whoever comes next.
        self.assertOutcome(errors.NotSent, maventa.current)
        self.assertEqual(self.paths[1:], [contract.PATH_CURRENT, contract.PATH_TOKEN])

    def test_a_second_try_is_within_the_limit_of_the_call(self):
        maventa = self.slowly(token=0, answer=21)
        error = self.assertOutcome(errors.NotSent, maventa.current)
        self.assertEqual(error.reason, "late")
        self.assertEqual(self.paths, [contract.PATH_TOKEN, contract.PATH_CURRENT])
        self.assertEqual(maventa.slowest, 21)

    def test_who_waits_for_the_token_of_another_does_not_wait_for_ever(self):
        maventa = self.connect("http://127.0.0.1:9", timeout=LIMIT)
        with maventa._token_lock:
            error = self.assertEnds(errors.NotSent, maventa.transfer, "1", BODY)
        self.assertEqual(error.reason, "late")

    def test_the_slowest_call_is_known(self):
        maventa = self.answering((200, {}, b"[]"))
        self.assertEqual(maventa.slowest, 0)
        maventa.events(1, None)
        first = maventa.slowest
        self.assertGreater(first, 0)
        maventa.slowest = 100
        maventa.events(1, None)
        self.assertEqual(maventa.slowest, 100)

    # A flood --------------------------------------------------------------------------

    def test_no_more_is_read_than_is_sensible(self):
        self.patch(connection, "MAX_ANSWER", 10_000)
        self.patch(connection, "CHUNK", 1000)
        fits = json.dumps([{"id": 1, "comment": "x" * 9_000}]).encode()
        self.assertEqual(len(self.answering((200, {}, fits)).events(1, None).items), 1)
        flood = json.dumps([{"id": 1, "comment": "x" * 11_000}]).encode()
        error = self.assertOutcome(
            errors.UnknownOutcome, self.answering((200, {}, flood)).events, 1, None
        )
        self.assertEqual((error.reason, error.status), ("bad_answer", 200))
        bomb = gzip.compress(b" " * 10_000_000)
        self.assertOutcome(
            errors.UnknownOutcome,
            self.answering((200, {"Content-Encoding": "gzip"}, bomb)).events,
            1,
            None,
        )

    def test_what_a_flood_means_is_told_by_its_status(self):
        self.patch(connection, "MAX_ANSWER", 10_000)
        flood = json.dumps({"message": "x" * 11_000}).encode()
        maventa = self.answering((400, {}, flood))
        error = self.assertOutcome(errors.Refused, maventa.transfer, "1", BODY)
        self.assertEqual(error.remote_text, "")
        maventa = self.answering((202, {}, flood))
        self.assertEqual(maventa.transfer("1", BODY).meaning, "pending")
