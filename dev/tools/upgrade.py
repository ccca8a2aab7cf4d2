"""Upgrade from the version before, as a user has it, with what that left at Maventa."""

import json
import subprocess
import urllib.request
from dataclasses import replace

from . import life_cycle, paths, stage
from .console import say, step
from .databases import NO_HTTP

# The last commit of 19.0.1.1.0.
RELEASE = "43bd624"
WEBHOOK = {
    "id": "99999999-0000-4000-8000-000000000001",
    "destination_type": "WEBHOOK",
    "destination": "https://odoo.example/amili_perinta/webhook/1.not-to-be-logged",
    "events": ["DOCUMENTS.INVOICE.DELIVERED"],
}
CLIENT_ID = "11111111-1111-4111-8111-111111111111"
# A company that Maventa calls.
BEFORE = f"""
company = env.ref("base.main_company")
company.write({{
    "amili_environment": "sandbox",
    "amili_client_id": {CLIENT_ID!r},
    "amili_client_secret": "sandbox-secret",
    "amili_vendor_api_key": "sandbox-vendor",
    "amili_webhook_wanted": True,
}})
env["amili.webhook"].create({{
    "company_id": company.id,
    "environment": "sandbox",
    "state": "registered",
    "destination": {WEBHOOK["destination"]!r},
    "remote_id": {WEBHOOK["id"]!r},
}})
env.cr.commit()
"""
LEFT_OVER = f"""
SELECT 'the column ' || table_name || '.' || column_name
FROM information_schema.columns
WHERE table_name ~ '^amili_(webhook|contract)' OR column_name LIKE 'amili_webhook%'
UNION ALL
SELECT 'the record ' || name || ' of ' || model FROM ir_model_data
WHERE module = '{paths.ADDON}' AND name ~ 'amili_webhook|contract_check'
UNION ALL
SELECT 'the activity ' || summary FROM mail_activity
WHERE res_model = 'amili.service' AND summary LIKE '%webhook%'
"""


def check(databases, results):
    """Count the upgrade from the version before as one check."""
    archive = subprocess.run(
        ["git", "-C", paths.REPOSITORY, "archive", f"--prefix={paths.ADDON}/", RELEASE],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    if archive.returncode:
        say(f"   not tried: the upgrade from {RELEASE}, which this clone does not have")
        results.skipped += 1
        return
    with databases.temporary("upgrade") as odoo, stage.running_sandbox(odoo) as sandbox:
        folder = odoo.folder / "addons"
        folder.mkdir()
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        with step("Installing the version before with its demo data"):
            old = replace(odoo, environment=replace(odoo.environment, addons=folder))
            old.configure()
            life_cycle.install_with_demo(databases, old)
            name = f"{paths.ADDON}.sandbox_url"
            stage.set_parameter(databases, odoo, name, sandbox)
            command = old.run("before", "shell", "--no-http", script=BEFORE)
        problems = databases.problems(command)
        _webhooks(sandbox, [WEBHOOK])
        odoo.configure()
        with step("Upgrading from the version before"):
            command = odoo.run("upgrade", "server", "-u", paths.ADDON, *NO_HTTP)
        problems += databases.problems(command)
        problems += databases.wrong_state(odoo, "installed")
        left = databases.sql(LEFT_OVER, odoo.database)
        problems += [f"It left {thing} behind." for thing in left]
        if _webhooks(sandbox):
            problems.append("It left the webhook at Maventa.")
        if "not-to-be-logged" in command.log.read_text():
            problems.append("It logged the secret address of the webhook.")
        results.check("upgrade from the version before", problems)


def _webhooks(sandbox, webhooks=None):
    """Return the webhooks that Maventa has of the company, after setting them."""
    body = {"client_id": CLIENT_ID, "subscriptions": webhooks}
    request = urllib.request.Request(
        f"{sandbox}/control/companies",
        json.dumps(body).encode() if webhooks else None,
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        [company] = json.load(response)
    return company["subscriptions"]
