"""The package and the zip, as a user installs them: each ends with a hand-over."""

import io
import os
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

from . import archive, paths, stage
from .console import say, step
from .databases import NO_HTTP
from .shell import run

# A clerk hands an invoice over, and Amili takes it.
HAND_OVER = """
import odoo.addons.amili_perinta
import requests
print("AT", list(odoo.addons.amili_perinta.__path__)[0])
company = env.ref("base.main_company")
settings = env["res.config.settings"].create({
    "amili_environment": "sandbox",
    "amili_client_id": "11111111-1111-4111-8111-111111111111",
    "amili_client_secret": "sandbox-secret",
    "amili_vendor_api_key": "sandbox-vendor",
})
settings.execute()
settings.action_amili_test_connection()
clerk = env["res.users"].create({
    "name": "Kirsi", "login": "kirsi",
    "group_ids": [(6, 0, [env.ref("amili_perinta.group_amili_user").id])],
})
debtor = env["res.partner"].create({
    "name": "Esimerkki Oy", "is_company": True, "company_registry": "2077474-0",
    "street": "Katu 1", "zip": "00100", "city": "Helsinki",
    "country_id": env.ref("base.fi").id,
})
move = env["account.move"].create({
    "move_type": "out_invoice",
    "partner_id": debtor.id,
    "currency_id": env.ref("base.EUR").id,
    "invoice_date": "2026-01-01",
    "invoice_date_due": "2026-01-15",
    "invoice_line_ids": [
        (0, 0, {"name": "Work", "price_unit": 100.0, "tax_ids": False}),
    ],
    "maventa_invoice_id": "00000000-0000-4000-8000-000000000001",
})
move.action_post()
sandbox = env["ir.config_parameter"].get_param("amili_perinta.sandbox_url")
def control(path, **body):
    requests.post(f"{sandbox}/control/{path}", json=body, timeout=30).raise_for_status()
control(
    "invoices", id=move.maventa_invoice_id, number=move.name, date="2026-01-01",
    date_due="2026-01-15", sum=100.0, sum_tax=100.0,
    recipient={"name": "Esimerkki Oy", "bid": "2077474-0", "country": "FI"},
)
env.cr.commit()
window = env["amili.transfer.wizard"].with_user(clerk).with_context(
    active_model="account.move", active_ids=move.ids,
).create({})
for alert in (window.alerts or {}).values():
    print("ALERT", alert["message"])
window.action_transfer()
env.cr.commit()
assignments = env["amili.assignment"]
assignments._cron_process_queue()
control(f"cases/{move.maventa_invoice_id}/accept")
move.amili_assignment_id.sudo()._set_due()
env.cr.commit()
assignments._cron_poll_transfers()
env.invalidate_all()
print("STATE", move.amili_state)
"""


def check(databases, results):
    """Count each way of installing as one check."""
    if not (paths.REPOSITORY / ".git").exists():
        say("   not tried: the package and the zip, for this is no clone")
        results.skipped += 2
        return
    with tempfile.TemporaryDirectory() as work:
        unpacked, site = Path(work) / "addons", Path(work) / "site"
        zipfile.ZipFile(io.BytesIO(archive.make_zip(paths.REPOSITORY))).extractall(
            unpacked
        )
        _check(databases, results, "zip", unpacked / paths.ADDON)
        with step("Building the package and installing it with pip"):
            _pip_install(databases.environment, Path(work), site)
        _check(databases, results, "pip", site / "odoo" / "addons" / paths.ADDON, site)


def _pip_install(environment, work, site):
    pip = [environment.python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    # What both need is there: nothing is fetched.
    alone = ["--no-deps", "--no-build-isolation"]
    run([*pip, "wheel", *alone, "-w", work, paths.REPOSITORY])
    [wheel] = work.glob("odoo_addon_amili_perinta-*.whl")
    run([*pip, "install", "--no-deps", "--target", site, wheel])


def _check(databases, results, way, addon, site=None):
    """Install the addon that is at ``addon`` into an Odoo that never had it.

    :param site: a folder of Python packages; it stands in no addons path then
    """
    with databases.temporary(way) as odoo, stage.running_sandbox(odoo) as sandbox:
        environment = odoo.environment
        variables = dict(environment.variables)
        folder = addon.parent
        if site:
            variables["PYTHONPATH"] = os.pathsep.join(
                [str(environment.source), str(site)]
            )
            folder = environment.source / "odoo" / "addons"
        odoo = replace(
            odoo,
            environment=replace(environment, addons=folder, variables=variables),
        )
        odoo.configure()
        with step(f"Installing the addon from the {way} and handing an invoice over"):
            command = odoo.run("install", "server", "-i", paths.ADDON, *NO_HTTP)
            problems = databases.problems(command)
            problems += databases.wrong_state(odoo, "installed")
            stage.set_parameter(databases, odoo, f"{paths.ADDON}.sandbox_url", sandbox)
            command = odoo.run("hand_over", "shell", "--no-http", script=HAND_OVER)
        problems += databases.problems(command)
        lines = command.log.read_text().splitlines()
        told = [x for x in lines if x.startswith(("AT ", "ALERT ", "STATE "))]
        if told != [f"AT {addon}", "STATE active"]:
            problems.append("\n".join(["It did not come to a case at Amili:", *told]))
        results.check(f"install from the {way}", problems)
