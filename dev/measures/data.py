"""Invoices in any number, and what the sandbox has to know of them."""

import json
import urllib.request
import uuid
from datetime import date, timedelta

from odoo import fields

CREDENTIALS = {
    "client_id": "11111111-1111-4111-8111-111111111111",
    "client_secret": "sandbox-secret",
    "vendor_api_key": "sandbox-vendor",
}
QUIET = {"tracking_disable": True, "mail_create_nosubscribe": True}


def control(sandbox, path, body=None, method=None):
    """Call the sandbox's control API."""
    request = urllib.request.Request(
        f"{sandbox}/control/{path}",
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def connect(env, sandbox, credentials=CREDENTIALS):
    """Give the company credentials of the sandbox."""
    env["ir.config_parameter"].set_param("amili_perinta.sandbox_url", sandbox)
    keys = {f"amili_{name}": credentials[name] for name in CREDENTIALS}
    env.company.write({"amili_environment": "sandbox", **keys})
    env.cr.commit()


def clerk(env):
    """Return a user with the least rights that handing over needs."""
    login = "bench_clerk"
    user = env["res.users"].search([("login", "=", login)])
    return user or env["res.users"].create(
        {
            "name": "Bench Clerk",
            "login": login,
            "group_ids": [(4, env.ref("amili_perinta.group_amili_user").id)],
        }
    )


def customers(env, count=50):
    """Return companies with all that a debtor needs."""
    found = env["res.partner"].search([("ref", "=", "bench")])
    return found or env["res.partner"].create(
        [
            {
                "name": f"Mittari {number} Oy",
                "ref": "bench",
                "is_company": True,
                "company_registry": "2077474-0",
                "street": f"Mittarikatu {number}",
                "zip": "00100",
                "city": "Helsinki",
                "country_id": env.ref("base.fi").id,
            }
            for number in range(count)
        ]
    )


def invoices(env, count):
    """Return posted invoices, overdue by a month."""
    partners = customers(env)
    day = date.today()
    moves = env["account.move"].with_context(**QUIET)
    made = moves.browse()
    for start in range(0, count, 250):
        batch = moves.create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partners[number % len(partners)].id,
                    "invoice_date": day - timedelta(days=45),
                    "invoice_date_due": day - timedelta(days=31),
                    "invoice_line_ids": [
                        (
                            0,
                            0,
                            {
                                "name": "Palvelu",
                                "price_unit": 100 + number / 100,
                                "tax_ids": False,
                            },
                        )
                    ],
                }
                for number in range(start, min(start + 250, count))
            ]
        )
        batch.action_post()
        made += batch
        env.cr.commit()
    return made.with_env(env)


def tell_maventa(sandbox, moves):
    """Give invoices ids of Maventa, known to the sandbox."""
    for move in moves:
        move.maventa_invoice_id = str(uuid.uuid4())
    moves.env.cr.commit()
    seed(sandbox, moves)


def seed(sandbox, moves):
    """Let the sandbox know invoices by the ids that they have."""
    control(sandbox, "invoices", [_at_maventa(move) for move in moves])


def _at_maventa(move):
    return {
        "id": move.maventa_invoice_id,
        "number": move.name,
        "date": move.invoice_date.isoformat(),
        "date_due": move.invoice_date_due.isoformat(),
        "sum": round(move.amount_untaxed, 2),
        "sum_tax": round(move.amount_total, 2),
        "recipient": {"name": move.partner_id.name, "bid": "2077474-0"},
    }


def active_cases(env, sandbox, count, client_id=CREDENTIALS["client_id"]):
    """Make cases that Amili has accepted, here and in the sandbox.

    :param client_id: of the company; its books are those of the main company
    :return: the assignments, and their cases as the sandbox made them
    """
    cases = control(sandbox, "cases", {"count": count, "client_id": client_id})
    main = env(context={"allowed_company_ids": env.ref("base.main_company").ids})
    [template] = invoices(main, 1)
    env.flush_all()
    columns = [
        name
        for name, field in env["account.move"]._fields.items()
        if field.store
        and field.column_type
        and name not in ("id", "name", "amili_state")
        and name not in ("amili_assignment_id", "maventa_invoice_id", "sequence_number")
        and name != "company_id"
    ]
    names = ", ".join(f'"{name}"' for name in columns)
    # The rows of the invoices are all that this needs, so they are copied in SQL.
    env.cr.execute(
        f"""INSERT INTO account_move
                   ({names}, company_id, name, maventa_invoice_id, sequence_number)
            SELECT {names}, %s, 'B/{template.id}/' || wanted.ordinality, wanted.id,
                   100000 + wanted.ordinality
              FROM account_move, unnest(%s) WITH ORDINALITY AS wanted(id)
             WHERE account_move.id = %s
         RETURNING id, maventa_invoice_id""",
        [env.company.id, [case["invoice_id"] for case in cases], template.id],
    )
    case_of = {case["invoice_id"]: case["assignment_id"] for case in cases}
    made = [(move_id, case_of[invoice_id]) for move_id, invoice_id in env.cr.fetchall()]
    return at_amili(env, template.partner_id, made), cases


def at_amili(env, partner, made):
    """Make assignments that Amili works on.

    :param made: pairs of an invoice's id and the id of its case at Amili
    """
    now = fields.Datetime.now()
    values = [
        {
            "name": f"B/{move_id}",
            "move_id": move_id,
            "company_id": env.company.id,
            "partner_id": partner.id,
            "environment": "sandbox",
            "maventa_company_uuid": env.company.sudo().amili_client_id,
            "state": "active",
            "collection_type": "reminder_and_collection",
            "receivables_type": "b2b",
            "currency_id": env.company.currency_id.id,
            "capital_amount": 1240,
            "remote_id": case_id,
            "sent_at": now,
            "case_read_at": now,
        }
        for move_id, case_id in made
    ]
    assignments = env["amili.assignment"].with_context(**QUIET)
    ids = []
    for start in range(0, len(values), 1000):
        ids += assignments.create(values[start : start + 1000]).ids
        env.flush_all()
        env.invalidate_all()
    return assignments.browse(ids).with_env(env)


def wizard(env, user, moves):
    """Return the window in which a clerk confirms."""
    env.invalidate_all()
    return (
        env["amili.transfer.wizard"]
        .with_user(user)
        .with_context(active_model="account.move", active_ids=moves.ids)
        .create({})
    )


def report(**values):
    """Print results for ``dev/bench`` to read."""
    print("MEASURED " + json.dumps(values), flush=True)
