"""An administrator checks the contract: reading from the hosts, and the screens."""

import base64
import gzip
import json
import os
import re
import tempfile
import threading
from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, tagged
from odoo.tests.common import _super_send
from odoo.tools import mute_logger

from ..maventa import comparison, contract, description, description_source
from ..maventa.description import UnreadableDescription
from ..maventa.description_source import fetch_description
from ..maventa.operations import OPERATIONS
from ..models.amili_description_errors import explain_description
from .common import QueueCase, TourCase
from .sandbox_process import ROOT
from .stub_server import self_signed, stub_server
from .test_contract_reading import FOLDER, fixture

SMALL = b'{"openapi": "3.0.0", "paths": {"/v1/events": {"get": {}}}}'


@tagged("post_install", "-at_install")
class TestFetching(BaseCase):
    """A host may answer anything; it gets no credentials and ten seconds."""

    @classmethod
    def _request_handler(cls, s, r, /, **kw):
        return _super_send(s, r, **kw)

    def assertTrouble(self, reason, answer, detail=""):
        with (
            stub_server(answer) as server,
            self.assertRaises(UnreadableDescription) as caught,
        ):
            fetch_description(server.url)
        self.assertEqual(
            (caught.exception.reason, caught.exception.detail), (reason, detail)
        )

    def test_it_is_read_without_credentials(self):
        seen = []

        def answer(request):
            seen.append((request.command, request.path, dict(request.headers)))
            return 200, {}, SMALL

        with (
            stub_server(answer) as server,
            tempfile.NamedTemporaryFile("w", suffix="netrc") as netrc,
            patch.dict(os.environ, {"NETRC": netrc.name}),
        ):
            netrc.write("machine 127.0.0.1 login somebody password secret\n")
            netrc.flush()
            self.assertEqual(fetch_description(server.url), SMALL)
        ((method, path, headers),) = seen
        self.assertEqual((method, path), ("GET", contract.PATH_DESCRIPTION))
        self.assertNotIn("Authorization", headers)

    def test_other_answers(self):
        for status in (204, 400, 401, 403, 404, 429, 500, 503):
            self.assertTrouble("status", lambda _r, s=status: (s, {}, b""), str(status))

    def test_a_redirect_stays_on_the_host(self):
        def moved(request):
            if request.path == "/v2/swagger_doc":
                return 200, {}, SMALL
            return 302, {"Location": "/v2/swagger_doc"}, b""

        with stub_server(moved) as server:
            self.assertEqual(fetch_description(server.url), SMALL)
        asked = []
        with stub_server(lambda r: asked.append(r) or (200, {}, SMALL)) as other:
            for target in (
                other.url,
                "https://127.0.0.1/",
                "file:///etc/passwd",
                "//x",
            ):
                self.assertTrouble(
                    "redirect", lambda _r, t=target: (302, {"Location": t}, b"")
                )
        self.assertFalse(asked)
        self.assertTrouble("redirect", lambda _r: (302, {"Location": "/again"}, b""))

    def test_no_more_than_the_limit_is_read(self):
        packed = gzip.compress(b" " * 3_000_000)
        with patch.object(description_source, "MAX_BYTES", 1_000_000):
            self.assertTrouble("too_big", lambda _r: (200, {}, b" " * 2_000_000))
            self.assertTrouble(
                "too_big", lambda _r: (200, {"Content-Encoding": "gzip"}, packed)
            )

    def test_a_host_that_hangs_or_drips(self):
        def drip(request):
            request.send_response(200)
            request.send_header("Content-Length", "1000000")
            request.end_headers()
            for _second in range(40):
                request.wfile.write(b" " * 2000)
                request.wfile.flush()
                request.server.drips.wait(0.05)
            raise ConnectionError

        def hang(request):
            request.server.drips.wait(2)
            raise ConnectionError

        for answer in (drip, hang):
            with (
                patch.object(description_source, "TIMEOUT", 0.3),
                self.subTest(answer.__name__),
                stub_server(answer) as server,
            ):
                server.drips = threading.Event()
                with self.assertRaises(UnreadableDescription) as caught:
                    fetch_description(server.url)
                server.drips.set()
                self.assertEqual(caught.exception.reason, "timeout")

    def test_a_connection_that_breaks(self):
        def half(request):
            request.send_response(200)
            request.send_header("Content-Length", str(len(SMALL)))
            request.end_headers()
            request.wfile.write(SMALL[:10])
            raise ConnectionError

        self.assertTrouble("broke_off", half)
        with stub_server(lambda _r: (200, {}, SMALL)) as server:
            gone = server.url
        with self.assertRaises(UnreadableDescription) as caught:
            fetch_description(gone)
        self.assertEqual(caught.exception.reason, "connect")

    def test_a_certificate_of_nobody(self):
        with (
            self_signed(stub_server(lambda _r: (200, {}, SMALL))) as url,
            self.assertRaises(UnreadableDescription) as caught,
        ):
            fetch_description(url)
        self.assertEqual(caught.exception.reason, "certificate")


class CheckCase(QueueCase):
    """An administrator who can do nothing else, and the window."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.new_user("admin", "base.group_system")

    def window(self, user=None, **values):
        checks = self.env["amili.contract.check"].with_user(user or self.admin)
        return checks.create(values)

    def upload(self, content):
        return self.window(source="file", file=base64.b64encode(content))

    def check(self, **values):
        check = self.window(**values)
        check.action_check()
        return check

    def check_file(self, content):
        check = self.upload(content)
        check.action_check()
        return check

    @contextmanager
    def hosts(self, ax, receivables):
        """Let the test environment be at other addresses."""
        self.company.amili_environment = "test"
        hosts = contract.Hosts(ax=ax, receivables=receivables)
        with patch.dict(contract.HOSTS, {contract.TEST: hosts}):
            yield


@tagged("post_install", "-at_install")
class TestContractCheck(CheckCase):
    """What the administrator sees."""

    def test_the_sandbox_is_as_we_think_it_is(self):
        self.company.write(
            {
                "amili_client_id": False,
                "amili_client_secret": False,
                "amili_vendor_api_key": False,
            }
        )
        self.sandbox.clear_log()
        check = self.check()
        self.assertEqual(
            check.line_ids.filtered(lambda line: line.severity == "breaks").mapped(
                lambda line: (
                    line.path,
                    line.place,
                    line.field,
                    line.kind,
                    line.theirs,
                )
            ),
            [],
        )
        self.assertGreater(check.count_confirmed, 50)
        self.assertFalse(check.has_trouble)
        self.assertIn("Nothing would be refused.", check.summary)
        self.assertIn("AX API: compared with", check.told)
        self.assertIn("Receivables API: compared with", check.told)

    def test_a_file_that_differs(self):
        content = fixture("differs.json")
        check = self.upload(content)
        action = check.action_check()
        self.assertEqual(action["res_id"], check.id)
        self.assertEqual(check.told, "AX API: compared with AX API 9.9.9.")
        self.assertEqual(check.count_breaks, len(self.lines(check, "breaks")))
        self.assertIn(
            f"Would be refused or not understood: {check.count_breaks}.", check.summary
        )
        self.assertIn(f"Assumptions confirmed: {check.count_confirmed}.", check.summary)
        self.assertFalse(check.file, "it was read")
        # What breaks stands first.
        severities = list(dict.fromkeys(check.line_ids.mapped("severity")))
        self.assertEqual(severities, list(comparison.SEVERITIES))
        line = check.line_ids.filtered(lambda each: each.field == "payers[].bid")
        self.assertEqual(line.operation, "Hand over an invoice")
        self.assertEqual(line.path, "POST /v2/invoices/{invoice_id}/assignment/amili")
        self.assertEqual((line.ours, line.theirs), ("bid", "business_id"))
        self.assertIn("may be its right name", line.meaning)
        for part in (
            "payers[].bid",
            "ours: bid",
            "theirs: business_id",
            "AX API 9.9.9",
        ):
            self.assertIn(part, check.report)

    def lines(self, check, severity):
        return check.line_ids.filtered(lambda line: line.severity == severity)

    def test_every_difference_has_words(self):
        for name in ("differs.json", "receivables.json"):
            for line in self.check_file(fixture(name)).line_ids:
                self.assertTrue(line.meaning, line.kind)
                self.assertTrue(line.operation)
        lines = self.env["amili.contract.check.line"]
        self.assertEqual(set(lines._operations()), {each.key for each in OPERATIONS})
        kinds = dict(lines._fields["kind"].selection)
        places = dict(lines._fields["place"].selection)
        severities = dict(lines._fields["severity"].selection)
        self.assertEqual(tuple(severities), comparison.SEVERITIES)
        words = {
            word
            for name, word in vars(comparison).items()
            if name.isupper() and isinstance(word, str)
        }
        self.assertEqual(words, {*kinds, *places, *severities, "ASSUMED"})

    def test_every_trouble_has_a_sentence(self):
        source = "".join(
            (ROOT / "maventa" / f"{name}.py").read_text()
            for name in ("description", "description_source")
        )
        reasons = set(re.findall(r'UnreadableDescription\(\s*"(\w+)"', source))
        reasons |= {"cut_off", "timeout", "broke_off", "connect", "certificate"}
        self.assertGreater(len(reasons), 14)
        sentences = {
            reason: explain_description(self.env, UnreadableDescription(reason, 7))
            for reason in reasons
        }
        self.assertEqual(len(set(sentences.values())), len(reasons))

    def test_the_list_is_for_filters_and_export(self):
        check = self.check_file(fixture("differs.json"))
        action = check.action_look()
        self.assertEqual(action["domain"], [("check_id", "=", check.id)])
        lines = self.env[action["res_model"]].with_user(self.admin)
        found = lines.search(action["domain"])
        self.assertEqual(found, check.line_ids)
        action = check.with_context(amili_severity="look").action_look()
        self.assertTrue(action["context"]["search_default_look"])
        groups = lines.with_context(read_group_expand=True).web_read_group(
            action["domain"], ["severity"], ["__count"]
        )["groups"]
        self.assertEqual(
            [group["severity"] for group in groups], list(comparison.SEVERITIES)
        )
        rows = found.export_data(["severity", "operation", "path", "field", "theirs"])
        self.assertIn("Hand over an invoice", {row[1] for row in rows["datas"]})

    def test_checking_again_forgets_the_first(self):
        check = self.upload(fixture("differs.json"))
        check.action_check()
        first = len(check.line_ids)
        check.file = base64.b64encode(fixture("differs.json"))
        check.action_check()
        self.assertEqual(len(check.line_ids), first)
        action = check.action_again()
        self.assertEqual((action["target"], action["res_model"]), ("new", check._name))

    def test_files_of_no_use(self):
        for content, words in (
            (b"<html>Log in</html>", "web page"),
            (fixture("differs.json")[:5000], "ends in the middle"),
            (b"{}", "no description of an API"),
            (b'{"openapi": "3.0.0", "paths": {"/pets": {}}}', "another API"),
            (b"a: b: c", "mistake near line 1"),
        ):
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                self.upload(content).action_check()
        with self.assertRaisesRegex(UserError, "Choose the file"):
            self.window(source="file").action_check()
        with (
            patch.object(description, "MAX_BYTES", 100),
            self.assertRaisesRegex(UserError, "larger than"),
        ):
            self.upload(b" " * 101).action_check()

    def test_a_file_in_yaml_may_hold_both(self):
        content = (ROOT / "sandbox" / "openapi.yaml").read_bytes()
        check = self.check_file(content)
        self.assertEqual(len(check.told.splitlines()), 2)
        self.assertEqual(
            check.count_breaks, 0, self.lines(check, "breaks").mapped("path")
        )

    def test_no_yaml_here(self):
        with (
            patch.dict("sys.modules", {"yaml": None}),
            self.assertRaisesRegex(UserError, "as JSON"),
        ):
            self.check_file(b"openapi: 3.0.0")

    def test_one_host_that_cannot_be_read_does_not_hide_the_other(self):
        whole = (FOLDER / "receivables.json").read_bytes()
        with (
            stub_server(lambda _r: (404, {}, b"")) as ax,
            stub_server(lambda _r: (200, {}, whole)) as receivables,
            self.hosts(ax.url, receivables.url),
        ):
            check = self.check()
        self.assertTrue(check.has_trouble)
        self.assertIn("AX API: not compared. The host has no", check.told)
        self.assertIn("HTTP 404", check.told)
        self.assertIn("Receivables API: compared with Receivables API 1.2", check.told)
        self.assertEqual(set(check.line_ids.mapped("interface")), {"receivables"})

    def test_no_host_can_be_read(self):
        with stub_server(lambda _r: (200, {}, b"<html>")) as ax:
            gone = ax.url
            with self.hosts(ax.url, "http://127.0.0.1:1"):
                with self.assertRaises(UserError) as caught:
                    self.check()
                self.assertIn("web page", str(caught.exception))
                self.assertIn("cannot be reached", str(caught.exception))
        with (
            self.hosts(gone, gone),
            self.assertRaisesRegex(UserError, "^The host cannot be reached"),
        ):
            self.check()

    def test_no_address_of_the_sandbox(self):
        self.env["ir.config_parameter"].set_param("amili_perinta.sandbox_url", "x")
        with self.assertRaisesRegex(UserError, "amili_perinta.sandbox_url"):
            self.check()

    @mute_logger("odoo.addons.amili_perinta.maventa.parallel")
    def test_a_mistake_of_ours_is_no_traceback(self):
        with (
            patch.object(
                description_source.requests.Session, "get", side_effect=KeyError("x")
            ),
            self.assertRaisesRegex(UserError, "Try again"),
        ):
            self.check()

    def test_another_hosts_names_cannot_break_the_page(self):
        evil = {
            "openapi": "3.0.0",
            "info": {"title": "<script>alert(1)</script>\0", "version": {"a": 1}},
            "paths": {
                "/v1/events": {
                    "get": {
                        "parameters": [
                            {"in": "query", "name": "\0<b>" * 5000, "schema": {}}
                        ],
                        "responses": {},
                    }
                }
            },
        }
        check = self.check_file(json.dumps(evil).encode())
        line = check.line_ids.filtered(lambda each: each.kind == "unknown")
        self.assertTrue(line)
        self.assertLess(len(line.theirs), 200)


@tagged("post_install", "-at_install")
class TestWhoMayCheck(CheckCase):
    """Administrators alone, each their own."""

    def test_nobody_else(self):
        users = [
            self.manager,
            self.clerk,
            self.outsider,
            self.new_user("employee", "base.group_user"),
            self.new_user("portal", "base.group_portal"),
        ]
        mine = self.check_file(fixture("receivables.json"))
        for user in users:
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    self.window(user)
                for records in (mine, mine.line_ids):
                    with self.assertRaises(AccessError):
                        records.with_user(user).read()
                company = self.company.with_user(user)
                for call in (
                    company._amili_compare_contract,
                    lambda c=company: c._amili_compare_contract_file(SMALL),
                ):
                    with self.assertRaises(AccessError):
                        call()

    def test_each_sees_their_own(self):
        mine = self.check_file(fixture("receivables.json"))
        other = self.new_user("other_admin", "base.group_system")
        for records in (mine, mine.line_ids):
            self.assertFalse(records.with_user(other).search([]) & records)
            with self.assertRaises(AccessError):
                records.with_user(other).read(["display_name"])


@tagged("post_install", "-at_install")
class TestContractTour(TourCase):
    """From the settings to the table, in a browser."""

    def test_contract_table(self):
        admin = self.new_user(
            "admin", "base.group_system,account.group_account_manager"
        )
        # Else the settings begin with a warning: taxes of the tests are cash based.
        self.company.tax_exigibility = True
        whole = fixture("differs.json")
        with stub_server(lambda _r: (200, {}, whole)) as server:
            parameters = self.env["ir.config_parameter"]
            parameters.set_param("amili_perinta.sandbox_url", server.url)
            self.start_tour("/odoo/settings", "amili_contract_table", login=admin.login)
