"""The first scenes of ``dev/demo``: from a company that knows nothing of Maventa to one
whose collection service is active.

An administrator does it in the settings, and signs at the page of the sandbox.
"""

import contextlib
import urllib.request

from .console import say, step
from .demo_sides import FellShort
from .rpc import RpcError

# Those of the sandbox's one company.
KEYS = {
    "amili_client_id": "11111111-1111-4111-8111-111111111111",
    "amili_client_secret": "sandbox-secret",
    "amili_vendor_api_key": "sandbox-vendor",
}
CONTACT = {
    "contact_person": "Aino Asiamies",
    "contact_email": "aino@mallikauppa.example",
    "contact_phone": "+358 20 1234567",
    "accountable_party": "vfsfi",
}


def play(sides):
    """Connect the company and activate the service."""
    with step("Letting the sandbox forget the company's service"):
        sides.control(
            "companies", client_id=KEYS["amili_client_id"], service_status=None
        )

    sides.headline("An administrator enters the keys from Maventa")
    settings = enter_keys(sides)

    sides.headline("The administrator asks for Amili Perintä, and signs")
    service = ask_for_service(sides, settings)
    sign(sides, service)


# In Odoo's settings -------------------------------------------------------------------


def enter_keys(sides):
    """Save the keys in the settings and press "Test Connection".

    :return: the settings, as a list of their id
    """
    settings = [sides.administrate("res.config.settings", "create", KEYS)]
    sides.administrate("res.config.settings", "execute", settings)
    answer = sides.administrate(
        "res.config.settings", "action_amili_test_connection", settings
    )
    say(f"  Odoo: {answer['params']['message']}")
    if answer["params"]["type"] == "success":
        raise FellShort("the service is active before anybody asked for it")
    return settings


def ask_for_service(sides, settings):
    """Fill in the window and wait until the link for signing has come.

    :return: the service, as a list of its id
    """
    action = sides.administrate(
        "res.config.settings", "action_amili_activate", settings
    )
    model = action["res_model"]
    wizard = sides.administrate(model, "create", CONTACT, **action["context"])
    [shown] = sides.administrate(
        model, "read", [wizard], ["alerts", "billing_address", "bank_account_id", "bic"]
    )
    for alert in (shown["alerts"] or {}).values():
        raise FellShort(f"the service cannot be asked for: {alert['message']}")
    say(f"  Payouts to {shown['bank_account_id'][1]}, {shown['bic']}")
    service = [sides.administrate(model, "action_activate", [wizard])["res_id"]]
    wait_for(sides, service, "pending")
    return service


def sign(sides, service):
    """Open the link for identification and sign there; Odoo notices it by itself."""
    link = read(sides, service, "activation_url")["activation_url"]
    with urllib.request.urlopen(link, timeout=30) as page:
        if "Mallikauppa Oy" not in page.read().decode():
            raise FellShort("the page for signing is not about the company")
    with urllib.request.urlopen(f"{link}/sign", b"", timeout=30) as page:
        if "The service is active" not in page.read().decode():
            raise FellShort("the company could not be signed for")
    sides.note(f"signed at {link.rsplit('/', 1)[0]}/…")
    # Odoo looks every other minute now, which is too long for a play.
    sides.stage.databases.sql(
        "UPDATE amili_service SET next_try_at = now() AT TIME ZONE 'UTC'",
        sides.stage.odoo.database,
    )
    sides.note("two minutes pass (on the clock of the database alone)")

    def look():
        # Unless it looks at this moment by itself.
        with contextlib.suppress(RpcError):
            cron = [sides.cron("service")]
            sides.administrate("ir.cron", "method_direct_trigger", cron)

    wait_for(sides, service, "active", look)


# The service --------------------------------------------------------------------------


def read(sides, service, *names):
    """Return fields of the service as the administrator sees them."""
    [values] = sides.administrate("amili.service", "read", service, names)
    return values


def wait_for(sides, service, state, nudge=None):
    """Wait until the service is as far as ``state``; show what Odoo says of it."""
    sides.wait_untouched(
        lambda: read(sides, service, "state")["state"] == state,
        f"the service did not become {state}",
        nudge,
    )
    sides.note(f"{state}: {read(sides, service, 'banner')['banner']}")
