import os
import pathlib
import re
import signal
import stat
import subprocess
import sys
import tempfile
import unittest

import requests

from sandbox.state import DEFAULT_COMPANY, State, StateFileError

from .support import FOLDER, SCOPES, claim, person_payer


class Program:
    """The sandbox as a process of its own."""

    def __init__(self, *arguments, port="0"):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "--port", port, *arguments],
            cwd=FOLDER.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # The line must come at once also where Python does not help.
            env={k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"},
        )
        self.line = self.process.stdout.readline()
        found = re.fullmatch(r"Sandbox listening on (http://\S+:\d+)\n", self.line)
        self.url = found and found[1]

    def ctl(self, method, path, body=None):
        answer = requests.request(
            method, f"{self.url}/control/{path}", json=body, timeout=30
        )
        answer.raise_for_status()
        return answer.json()

    def token(self):
        names = ("client_id", "client_secret", "vendor_api_key")
        form = {"grant_type": "client_credentials", "scope": SCOPES}
        form |= {name: DEFAULT_COMPANY[name] for name in names}
        answer = requests.post(f"{self.url}/oauth2/token", data=form, timeout=30)
        return answer.json()["access_token"]

    def api(self, method, path, token, body=None):
        return requests.request(
            method,
            self.url + path,
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )

    def end(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        output, errors = self.process.communicate(timeout=10)
        return self.process.returncode, output, errors


class TestProgram(unittest.TestCase):
    def start(self, *arguments, **options):
        program = Program(*arguments, **options)
        self.addCleanup(program.end, signal.SIGKILL)
        return program

    def state_file(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return os.path.join(folder.name, "state.db")

    def test_it_says_where_and_ends_when_told(self):
        program = self.start("--control")
        self.assertTrue(program.url, program.line)
        self.assertEqual(program.ctl("GET", "cases"), [])
        self.assertEqual(program.end(), (0, "", ""))

    def test_it_starts_in_a_mood_and_a_reset_keeps_it(self):
        path = self.state_file()
        moods = ["capitals", "second_case"]
        chosen = [word for mood in moods for word in ("--mood", mood)]
        program = self.start("--control", "--state", path, *chosen)
        self.assertEqual(program.ctl("GET", "settings")["moods"], moods)
        program.ctl("POST", "settings", {"moods": []})
        program.ctl("POST", "reset")
        self.assertEqual(program.ctl("GET", "settings")["moods"], moods)
        program.end()
        # The state file knows them, until others are chosen.
        program = self.start("--control", "--state", path)
        self.assertEqual(program.ctl("GET", "settings")["moods"], moods)
        program.end()
        program = self.start("--control", "--state", path, "--mood", "wrapped")
        self.assertEqual(program.ctl("GET", "settings")["moods"], ["wrapped"])
        other = self.start("--mood", "merry")
        self.assertEqual(other.end()[0], 2)

    def test_it_ends_although_a_request_hangs(self):
        program = self.start("--control")
        program.ctl("POST", "faults", {"kind": "hang", "seconds": 600})
        with self.assertRaises(requests.ReadTimeout):
            requests.get(f"{program.url}/v1/events", timeout=0.2)
        self.assertEqual(program.end(), (0, "", ""))

    def test_a_port_in_use(self):
        program = self.start()
        other = self.start(port=program.url.rpartition(":")[2])
        self.assertEqual(other.line, "")
        status, _output, errors = other.end()
        self.assertEqual(status, 1)
        self.assertIn("in use", errors)

    def test_it_goes_on_where_it_stopped(self):
        for how in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(how):
                self.stop_and_go_on(how)

    def stop_and_go_on(self, how):
        path = self.state_file()
        program = self.start("--control", "--state", path)
        invoice_id = program.ctl("POST", "invoices", {"number": "INV/7"})[0]["id"]
        body = claim(receivables_type="b2c", payers=[person_payer(name="Ä 🐴")])
        token = program.token()
        url = f"/v2/invoices/{invoice_id}/assignment"
        answer = program.api("POST", f"{url}/amili", token, body)
        self.assertEqual(answer.status_code, 202)
        program.ctl("POST", f"cases/{invoice_id}/accept")
        program.ctl("POST", f"cases/{invoice_id}/remind")
        program.ctl("POST", f"cases/{invoice_id}/event", {"assignment_id": "x"})
        program.ctl("POST", f"cases/{invoice_id}/ask", {"text": "?"})
        program.ctl("POST", "settings", {"auto_accept": True})
        before = self.everything(program, token)
        self.assertEqual(len(before[-1]), 3)
        program.end(how)
        program = self.start("--control", "--state", path)
        # The token is still good.
        self.assertEqual(self.everything(program, token), before)
        program.ctl("POST", f"cases/{invoice_id}/close", {"result": "paid"})
        self.assertEqual(program.api("GET", url, token).json()["status"], "sent")

    def everything(self, program, token):
        seen = [program.ctl("GET", path) for path in ("cases", "companies", "settings")]
        for path in ("/v1/invoices?direction=SENT", "/v1/assignments", "/v1/events"):
            seen.append(program.api("GET", path, token).json())
        return seen

    def test_a_reset_is_kept_too(self):
        path = self.state_file()
        program = self.start("--control", "--state", path)
        program.ctl("POST", "cases", {"count": 3})
        program.ctl("POST", "reset")
        program.end()
        program = self.start("--control", "--state", path)
        self.assertEqual(program.ctl("GET", "cases"), [])
        self.assertEqual(len(program.ctl("GET", "companies")), 1)

    def test_the_state_file_is_for_nobody_else(self):
        path = self.state_file()
        program = self.start("--control", "--state", path)
        program.ctl("POST", "cases", {"count": 1})
        for file in pathlib.Path(path).parent.iterdir():
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600, file)

    def test_a_state_file_in_use(self):
        path = self.state_file()
        self.start("--state", path)
        other = self.start("--state", path)
        status, _output, errors = other.end()
        self.assertEqual(status, 1)
        self.assertIn("cannot use the state file", errors)
        self.assertNotIn("Traceback", errors)

    def test_what_is_no_state_file(self):
        path = self.state_file()
        pathlib.Path(path).write_text("something else entirely " * 100)
        for wrong in (path, os.path.dirname(path), f"{path}/x"):
            with self.assertRaises(StateFileError):
                State(wrong)
        text = pathlib.Path(path).read_text()
        self.assertTrue(text.startswith("something else"))


if __name__ == "__main__":
    unittest.main()
