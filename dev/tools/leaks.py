"""Where keys and identity codes stand, but in their own field.

Odoo's and PostgreSQL's logs, a dump of the whole database and all files of its
attachments are searched for every key, token and identity code in use, in any spelling
and as a program may wrap it. Messages and activities are part of the dump.
"""

import base64
import html
import json
import re
import subprocess
import urllib.request
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from .console import SetupError, say

# What each kind of secret may stand in: a table and a column, "*" is any table.
OWN_FIELDS = {
    "client ID": {
        ("amili_credentials", "client_id"),
        ("*", "maventa_company_uuid"),
    },
    "key": {
        ("amili_credentials", "client_secret"),
        ("amili_credentials", "vendor_api_key"),
    },
    "token": set(),
    "link to sign": {("amili_service_secret", "activation_url")},
    "identity code": {("amili_identity_code", "text")},
}
# It names a company at Maventa and opens nothing: shown, and not counted. Rows that
# belong to a company of Maventa have it, also when the database refuses one.
NO_SECRET = "client ID"
# Each row of a vault holds bytes: text in base64.
CODES = """
SELECT DISTINCT convert_from(decode(convert_from(text, 'UTF8'), 'base64'), 'UTF8')
FROM amili_identity_code WHERE text IS NOT NULL
"""
CODE = re.compile(r"(?<![\w-])\d{6}[-+A-FU-Y]\d{3}[0-9A-Y](?![\w-])")
# The sandbox makes all its tokens with one head, and such links.
TOKEN_HEAD = rb"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
LINK = rb"/kyc/[\w-]{22}"
# What may stand between the parts of an identity code that people read as one.
GAP = (
    rb"(?:[^0-9A-Za-z]|\\+[uU][0-9a-fA-F]{4}|\\+[ntr]|&[#\w]{1,8};|%[0-9A-F]{2}){0,12}"
)
COPY = re.compile(rb'COPY public\."?(\w+)"? \((.*)\) FROM stdin;')
BYTES = re.compile(rb"\\\\?x([0-9a-f]{16,})")
BASE64 = re.compile(rb"[A-Za-z0-9+/]{12,}={0,2}")
STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
RECORD = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


@dataclass
class Found:
    """How often each kind of secret stands in each place.

    :param leaks: by place and kind
    :param at_home: by kind, in its own field: what is never there was not searched for
    :param searched: how much of each sort of place was read
    :param examples: by place and kind, what stands there with what is around it
    """

    leaks: Counter = field(default_factory=Counter)
    at_home: Counter = field(default_factory=Counter)
    searched: Counter = field(default_factory=Counter)
    examples: dict = field(default_factory=dict)

    def add(self, place, kind, examples):
        """Note what was found where it does not belong."""
        self.leaks[place, kind] += len(examples)
        self.examples.setdefault((place, kind), " ".join(examples[0].split()))

    def report(self):
        """Print the table; return how many secrets stand where they do not belong."""
        say("\nKeys, tokens, links to sign and identity codes outside their field")
        for (place, kind), count in sorted(self.leaks.items()):
            say(f"  {place:<60}{kind:<16}{count:>6}")
            say(f"      {self.examples[place, kind]}")
        total = sum(n for (_place, kind), n in self.leaks.items() if kind != NO_SECRET)
        say(f"  {f'in all, the {NO_SECRET} aside':<76}{total:>6}")
        say("In their own field: " + _in_words(self.at_home))
        say("Searched: " + _in_words(self.searched))
        return total


def _in_words(counter):
    return ", ".join(f"{count} {name}" for name, count in sorted(counter.items()))


class Secrets:
    """What is searched for.

    :param dict values: by kind the keys in use
    :param codes: identity codes as they are written
    """

    def __init__(self, values, codes):
        forms = {kind: [] for kind in OWN_FIELDS}
        for kind, secrets in values.items():
            for secret in filter(None, secrets):
                forms[kind] += [re.escape(form) for form in _wrapped(secret)]
        for code in codes:
            forms["identity code"] += [_spelled(code), *map(re.escape, _in_64(code))]
        forms["token"].append(TOKEN_HEAD)
        forms["link to sign"].append(LINK)
        self.patterns = {
            kind: re.compile(b"|".join(sorted(set(some))), re.IGNORECASE)
            for kind, some in forms.items()
            if some
        }

    @classmethod
    def in_use(cls, databases, odoo, sandbox):
        """Return all that Odoo and the sandbox know now.

        What Odoo has forgotten since, Amili has: the requests as they were received.
        """
        values = {"client ID": [], "key": []}
        for company in _control(sandbox, "companies"):
            values["client ID"].append(company["client_id"])
            values["key"] += [company["client_secret"], company["vendor_api_key"]]
        told = "\n".join(databases.sql(CODES, odoo.database))
        told += json.dumps(_control(sandbox, "cases"))
        return cls(values, set(CODE.findall(told)))

    def find(self, data):
        """Return what each kind that stands in these bytes is surrounded by.

        :rtype: dict[str, list[str]]
        """
        found = {}
        for kind, pattern in self.patterns.items():
            for match in pattern.finditer(data):
                around = data[max(match.start() - 40, 0) : match.end() + 10]
                found.setdefault(kind, []).append(around.decode(errors="replace"))
        return found


def _control(sandbox, path):
    with urllib.request.urlopen(f"{sandbox}/control/{path}", timeout=60) as response:
        return json.load(response)


def _wrapped(secret):
    """Return a key as it stands in a text, in hexadecimal and in base64."""
    raw = secret.encode()
    return [raw, raw.hex().encode(), *_in_64(secret)]


def _in_64(secret):
    """Return what base64 makes of a secret, wherever in a text it begins."""
    raw = secret.encode()
    for before in range(3):
        whole = base64.b64encode(b"x" * before + raw)
        # The first and the last letters depend on what stands beside.
        first = (before * 8 + 5) // 6
        last = (before + len(raw)) * 8 // 6
        yield whole[first:last]


def _spelled(code):
    """Return a pattern for an identity code in every spelling.

    With a dash of any kind, blanks, or nothing between its parts.
    """
    day, month, year = code[0:2], code[2:4], code[4:6]
    sign = "" if code[6] in "-+" else code[6]
    parts = [day, month, year, sign, code[7:10], code[10]]
    return GAP.join(part.encode() for part in parts if part)


def look(databases, odoo, sandbox, log_begin=0):
    """Search all that one database and its Odoo left behind.

    :param odoo: its logs are those in its folder
    :param log_begin: where PostgreSQL's log stood before, from :func:`log_size`
    :rtype: Found
    """
    found = Found()
    secrets = Secrets.in_use(databases, odoo, sandbox)
    for log in sorted(odoo.folder.glob("*.log")):
        _search(found, secrets, log.name, log.read_bytes())
        found.searched["logs"] += 1
    _search_postgres(found, secrets, databases, odoo.database, log_begin)
    _search_dump(found, secrets, databases, odoo.database)
    folder = odoo.environment.data / "filestore" / odoo.database
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = f"filestore {file.parent.name}/{file.name[:12]}"
        _search(found, secrets, name, _unpacked(file.read_bytes()))
        found.searched["files"] += 1
    for kind in ("key", "identity code"):
        if not found.at_home[kind]:
            raise SetupError(f"no {kind} was found in its own field: nothing is proven")
    return found


def _search(found, secrets, place, data):
    for kind, examples in secrets.find(data).items():
        found.add(place, kind, examples)


def _unpacked(data):
    """Return a file with what its PDF has packed."""
    if not data.startswith(b"%PDF"):
        return data
    for stream in STREAM.findall(data):
        try:
            data += zlib.decompressobj().decompress(stream)
        except zlib.error:
            continue
    return data


# PostgreSQL ---------------------------------------------------------------------------


def _log_file(databases):
    """Return the log of a private server; None of one that is another's."""
    log = Path(databases.environment.variables.get("PGHOST", "")) / "log"
    return log if log.is_file() else None


def log_size(databases):
    """Return how long PostgreSQL's log is now."""
    log = _log_file(databases)
    return log.stat().st_size if log else 0


def _search_postgres(found, secrets, databases, database, begin):
    """Search what PostgreSQL logged of one database; others share its server."""
    log = _log_file(databases)
    if not log:
        say("PostgreSQL's log is not within reach: it is not searched")
        return
    with open(log, "rb") as opened:
        opened.seek(begin)
        lines = opened.read().splitlines()
    ours, kept = False, []
    for line in lines:
        if RECORD.match(line):
            ours = f"] {database} ".encode() in line[:120]
        if ours:
            kept.append(line)
    _search(found, secrets, "PostgreSQL's log", b"\n".join(kept))
    found.searched["lines of PostgreSQL's log"] += len(kept)


def _search_dump(found, secrets, databases, database):
    dump = subprocess.Popen(
        ["pg_dump", "--no-owner", "-d", database],
        env=databases.environment.variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    table, columns = "", []
    with dump:
        for line in dump.stdout:
            if start := COPY.match(line):
                table = start[1].decode()
                columns = start[2].decode().replace('"', "").split(", ")
                found.searched["tables"] += 1
                found.searched["columns"] += len(columns)
            elif line == b"\\.\n":
                table, columns = "", []
            elif columns:
                found.searched["rows"] += 1
                _search_row(found, secrets, table, columns, line)
            elif line.strip():
                _search(found, secrets, "the database's description", line)
    if dump.returncode:
        raise SetupError("the database could not be dumped")


def _search_row(found, secrets, table, columns, line):
    values = line.rstrip(b"\n").split(b"\t")
    if not secrets.find(_plain(line)):
        return
    for column, value in zip(columns, values, strict=True):
        for kind, examples in secrets.find(_plain(value)).items():
            own = OWN_FIELDS[kind]
            if (table, column) in own or ("*", column) in own:
                found.at_home[kind] += 1
            else:
                found.add(f"{table}.{column}", kind, examples)


def _plain(value):
    """Return a value of a dump, and what its bytes hold."""
    plain = value
    if b"&" in value:
        plain = html.unescape(value.decode(errors="replace")).encode()
    for digits in BYTES.findall(value):
        raw = bytes.fromhex(digits[: len(digits) // 2 * 2].decode())
        plain += b"\n" + raw
        for text in BASE64.findall(raw):
            plain += b"\n" + base64.b64decode(text[: len(text) // 4 * 4])
    return plain
