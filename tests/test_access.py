"""Who may do what: one table of users, things and deeds, with the answer for each.

Read a line as: of this thing, this deed is answered so for each user. The answers:

``+``  it is done, or the record is shown
``0``  an answer that shows nothing
``-``  refused
``!``  refused to everybody alike: what is asked is no column that can be asked for
"""

import psycopg2

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import AmiliCommon

USERS = (
    "public",  # P: nobody: a visitor of the website
    "debtor",  # D: the customer of the case, in the portal
    "stranger",  # S: another customer in the portal
    "employee",  # E: without any right in accounting
    "reader",  # R: reads the books
    "invoicing",  # I: invoices, and does not hand over
    "clerk",  # C: hands over
    "manager",  # M: also writes to Amili, and adopts
    "identity",  # Y: sees identity codes, and is a clerk
    "theirs",  # T: manages the other company, with all rights there
    "administrator",  # A: of Odoo, and invoices
)
TABLE = """
# What is shown
#                                     |              | P D S E R I C M Y T A
invoice                               |read          | - + - - + + + + + - +
invoice                               |find          | - + 0 - + + + + + 0 +
case                                  |read          | - - - - + + + + + - +
case                                  |find          | - - - - + + + + + 0 +
debtor                                |read          | - - - - + + + + + - +
debtor                                |find          | - - - - + + + + + 0 +
event                                 |read          | - - - - + + + + + - +
event                                 |find          | - - - - + + + + + 0 +
co-debtor                             |read          | - - - - + + + + + - +
co-debtor                             |find          | - - - - + + + + + 0 +
upload                                |read          | - - - - + + + + + - +
upload                                |find          | - - - - + + + + + 0 +
service                               |read          | - - - - + + + + + - +
service                               |find          | - - - - + + + + + 0 +
found case                            |read          | - - - - - - - + - - -
found case                            |find          | - - - - - - - + - 0 -
news                                  |read          | - - - - - - - - - - +
news                                  |find          | - - - - - - - - - 0 +
turn                                  |read          | - - - - - - - - - - +
turn                                  |find          | - - - - - - - - - 0 +
credentials                           |read          | - - - - - - - - - - -
credentials                           |find          | - - - - - - - - - - -
code                                  |read          | - - - - - - - - - - -
code                                  |find          | - - - - - - - - - - -
request                               |read          | - - - - - - - - - - -
request                               |find          | - - - - - - - - - - -
note                                  |read          | - - - - + + + + + - +
note                                  |find          | 0 0 0 0 + + + + + 0 +

# Whatever else asks
#                                     |              | P D S E R I C M Y T A
case                                  |name_search   | - - - - + + + + + 0 +
case                                  |group         | - - - - + + + + + 0 +
debtor                                |name_search   | - - - - + + + + + 0 +
debtor                                |group         | - - - - + + + + + 0 +

# What only the code makes
#                                     |              | P D S E R I C M Y T A
case                                  |write         | - - - - - - - - - - -
case                                  |create        | - - - - - - - - - - -
case                                  |unlink        | - - - - - - - - - - -
case                                  |copy          | - - - - - - - - - - -
debtor                                |write         | - - - - - - - - - - -
debtor                                |create        | - - - - - - - - - - -
debtor                                |unlink        | - - - - - - - - - - -
event                                 |write         | - - - - - - - - - - -
event                                 |create        | - - - - - - - - - - -
event                                 |unlink        | - - - - - - - - - - -
co-debtor                             |write         | - - - - - - + + + - -
co-debtor                             |create        | - - - - - - + + + + -
co-debtor                             |unlink        | - - - - - - + + + - -
co-debtor                             |copy          | - - - - - - + + + - -
upload                                |write         | - - - - - - - - - - -
upload                                |create        | - - - - - - - - - - -
upload                                |unlink        | - - - - - - - - - - -
service                               |write         | - - - - - - - - - - -
service                               |create        | - - - - - - - - - - -
service                               |unlink        | - - - - - - - - - - -
found case                            |write         | - - - - - - - - - - -
found case                            |create        | - - - - - - - - - - -
found case                            |unlink        | - - - - - - - - - - -
news                                  |write         | - - - - - - - - - - -
news                                  |create        | - - - - - - - - - - -
news                                  |unlink        | - - - - - - - - - - -
turn                                  |write         | - - - - - - - - - - -
turn                                  |create        | - - - - - - - - - - -
turn                                  |unlink        | - - - - - - - - - - -
credentials                           |write         | - - - - - - - - - - -
credentials                           |create        | - - - - - - - - - - -
credentials                           |unlink        | - - - - - - - - - - -
code                                  |write         | - - - - - - - - - - -
code                                  |create        | - - - - - - - - - - -
code                                  |unlink        | - - - - - - - - - - -
request                               |write         | - - - - - - - - - - -
request                               |create        | - - - - - - - - - - -
request                               |unlink        | - - - - - - - - - - -

# Fields
#                                     |              | P D S E R I C M Y T A
company.amili_client_secret           |read_field    | - - - - - - - - - + +
company.amili_client_secret           |search_field  | - - - - - - - - - ! !
company.amili_client_secret           |order         | - - - - - - - - - ! !
company.amili_client_secret           |group         | - - - - - - - - - ! !
company.amili_client_secret           |export        | - - - - - - - - - - -
contact.amili_personal_identity_code  |read_field    | - - - - - - - - + + -
contact.amili_personal_identity_code  |search_field  | - - - - - - - - ! ! -
contact.amili_personal_identity_code  |order         | - - - - - - - - ! ! -
contact.amili_personal_identity_code  |group         | - - - - - - - - ! ! -
contact.amili_personal_identity_code  |export        | - - - - - - - - - - -
debtor.personal_identity_code         |read_field    | - - - - - - - - + - -
debtor.personal_identity_code         |search_field  | - - - - - - - - ! ! -
debtor.personal_identity_code         |order         | - - - - - - - - ! ! -
debtor.personal_identity_code         |group         | - - - - - - - - ! ! -
debtor.personal_identity_code         |export        | - - - - - - - - - - -
case.payload                          |read_field    | - - - - - - - - + - -
case.payload                          |search_field  | - - - - - - - - ! ! -
case.payload                          |order         | - - - - - - - - ! ! -
case.payload                          |group         | - - - - - - - - ! ! -
case.payload                          |export        | - - - - - - - - - - -
case.frozen_payload                   |read_field    | - - - - - - - - + - -
case.frozen_payload                   |search_field  | - - - - - - - - + 0 -
case.frozen_payload                   |order         | - - - - - - - - + 0 -
case.frozen_payload                   |group         | - - - - - - - - + 0 -
case.frozen_payload                   |export        | - - - - - - - - + - -
event.wire_text                       |read_field    | - - - - - - - - - - -
event.wire_text                       |search_field  | - - - - - - - - - - -
event.wire_text                       |order         | - - - - - - - - - - -
event.wire_text                       |group         | - - - - - - - - - - -
event.wire_text                       |export        | - - - - - - - - - - -
service.activation_url                |read_field    | - - - - - - - - - - +
service.activation_url                |search_field  | - - - - - - - - - ! !
service.activation_url                |order         | - - - - - - - - - ! !
service.activation_url                |group         | - - - - - - - - - ! !
service.activation_url                |export        | - - - - - - - - - - -
service.request                       |read_field    | - - - - - - - - - - +
service.request                       |search_field  | - - - - - - - - - ! !
service.request                       |order         | - - - - - - - - - ! !
service.request                       |group         | - - - - - - - - - ! !
service.request                       |export        | - - - - - - - - - - -
upload.email                          |read_field    | - - - - - - - - - - +
upload.email                          |search_field  | - - - - - - - - - 0 +
upload.email                          |order         | - - - - - - - - - 0 +
upload.email                          |group         | - - - - - - - - - 0 +
upload.email                          |export        | - - - - - - - - - - +
company.amili_environment             |read_field    | - - - - - - - - - + +
company.amili_environment             |search_field  | - - - - - - - - - + +
company.amili_payout_names            |read_field    | - - - - - - - - - + +
company.amili_payout_names            |search_field  | - - - - - - - - - + +
contact.amili_collection_block        |read_field    | - - - - + + + + + + +
invoice.amili_state                   |read_field    | - - - - + + + + + - +
invoice.amili_state                   |search_field  | - - - - + + + + + 0 +
invoice.amili_state                   |order         | - - - - + + + + + 0 +
invoice.amili_state                   |group         | - - - - + + + + + 0 +
invoice.amili_state                   |export        | - - - - + + + + + - +
invoice.maventa_invoice_id            |read_field    | - - - - + + + + + - +
invoice.maventa_invoice_id            |search_field  | - - - - + + + + + 0 +

# Derived
#                                     |              | P D S E R I C M Y T A
invoice.amili_state                   |write         | - - - - - - - - - - -
invoice.amili_assignment_id           |write         | - - - - - - - - - - -
invoice.amili_upload_id               |write         | - - - - - - - - - - -
invoice.maventa_environment           |write         | - - - - - - - - - - -
invoice.amili_assignment_ids          |write         | - - - - - - - - - - -
invoice.maventa_lookup_wanted         |write         | - - - - - - - - - - -
invoice.maventa_is_same               |write         | - - - - - - - - - - -
invoice.maventa_lookup_user_id        |write         | - - - - - - - - - - -
invoice.maventa_handed_over_at        |write         | - - - - - - - - - - -
company.amili_found_at                |write         | - - - - - - - - - - -
contact.amili_open_amount             |write         | - - - - - - - - - - -
case.state                            |write         | - - - - - - - - - - -
company.amili_auto_mode               |write         | - - - - - - - - - + +
contact.amili_personal_identity_code  |write         | - - - - - - - - - + -

# Buttons
#                                     |              | P D S E R I C M Y T A
fresh invoice.action_amili_transfer   |press         | - - - - - - + + + - -
invoice.action_amili_reply            |press         | - - - - - - + + + - -
invoice.action_amili_mark_seen        |press         | - - - - - - + + + - -
invoice.button_draft                  |press         | - - - - - - - - - - -
case.action_comment                   |press         | - - - - - - - + - - -
case.action_withdraw                  |press         | - - - - - - - + - - -
case.action_check_now                 |press         | - - - - - - + + + - -
case.action_mark_seen                 |press         | - - - - - - + + + - -
case.action_search_case               |press         | - - - - - - - + - - -
case.action_send_again                |press         | - - - - - - + + + - -
event.action_reply                    |press         | - - - - - - + + + - -
event.action_mark_seen                |press         | - - - - - - + + + - -
service.action_activate               |press         | - - - - - - - - - - +
service.action_end                    |press         | - - - - - - - - - - +
service.action_open_identification    |press         | - - - - - - - - - - +
service.action_test_connection        |press         | - - - - - - - - - - +
found case.action_ignore              |press         | - - - - - - - + - - -
found case.action_restore             |press         | - - - - - - - + - - -
found case.action_look                |press         | - - - - - - - + - - -
company.action_amili_test_connection  |press         | - - - - - - - - - + +
company.action_amili_auto_trial       |press         | - - - - - - - - - + +
"""


@tagged("post_install", "-at_install")
class TestAccess(AmiliCommon):
    """A case, an upload, a service and all that belongs to them, of one company."""

    # One table, one pass: each cell is undone before the next.

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company(name="Toinen Oy")["company"]
        export = ",base.group_allow_export"
        portal = "base.group_portal"
        cls.users = {
            "public": cls.new_user("a_public", "base.group_public"),
            "debtor": cls.new_user("a_debtor", portal),
            "stranger": cls.new_user("a_stranger", portal),
            "employee": cls.new_user("a_employee", "base.group_user" + export),
            "reader": cls.new_user(
                "a_reader", "account.group_account_readonly" + export
            ),
            "invoicing": cls.new_user(
                "a_invoicing", "account.group_account_invoice" + export
            ),
            "clerk": cls.new_user("a_clerk", "amili_perinta.group_amili_user" + export),
            "manager": cls.new_user(
                "a_manager", "amili_perinta.group_amili_manager" + export
            ),
            "identity": cls.new_user(
                "a_identity",
                "amili_perinta.group_amili_identity,amili_perinta.group_amili_user"
                + export,
            ),
            "theirs": cls.new_user(
                "a_theirs",
                "amili_perinta.group_amili_manager,base.group_system,"
                "amili_perinta.group_amili_identity" + export,
                companies=cls.company + cls.other,
            ),
            "administrator": cls.new_user(
                "a_administrator",
                "base.group_system,account.group_account_invoice" + export,
            ),
        }
        cls.users["theirs"].write(
            {"company_id": cls.other.id, "company_ids": [Command.set(cls.other.ids)]}
        )
        cls.person.amili_receivables_type = "b2c_rental"
        cls.users["debtor"].partner_id.parent_id = cls.person
        cls.things = {}

    def setUp(self):
        super().setUp()
        move = self.invoice(self.person, amili_co_debtor_partner_ids=self.business.ids)
        case = self.activate(move).sudo()
        rights = self.env(su=True)
        line = rights["amili.co.debtor"].create(
            {"debtor_id": self.person.id, "partner_id": self.business.id}
        )
        event = rights["amili.assignment.event"].create(
            {
                "assignment_id": case.id,
                "direction": "inbound",
                "type": "comment",
                "text": "Onko maksettu?",
                "currency_id": self.euro.id,
                "date": "2026-10-20",
            }
        )
        service = rights["amili.service"]._for_company(self.company) or rights[
            "amili.service"
        ]._get_or_create(self.company)
        service.write(
            {
                "state": "pending",
                "activation_url": "https://kyc.example/sign",
                "request": {"iban": "FI1"},
            }
        )
        found = rights["amili.found.case"].create(
            {
                "company_id": self.company.id,
                "environment": "sandbox",
                "remote_id": "case-1",
                "number": "LASKU-1",
                "currency_id": self.euro.id,
            }
        )
        fresh = self.invoice()
        upload = rights["amili.invoice.upload"].create(
            {
                "move_id": self.invoice(known=False).id,
                "company_id": self.company.id,
                "environment": "sandbox",
                "filename": "lasku.xml",
                "file": b"PGludm9pY2UvPg==",
                "email": "maija@malli.example",
            }
        )
        self.things = {
            "invoice": move,
            "fresh invoice": fresh,
            "case": case,
            "debtor": case.payer_ids[0],
            "event": event,
            "co-debtor": line,
            "upload": upload,
            "service": service,
            "found case": found,
            "news": rights["amili.feed"].search([], limit=1)
            or rights["amili.feed"]._get_or_create(self.company),
            "turn": rights["amili.turn"].search([], limit=1),
            "credentials": rights["amili.credentials"].search([], limit=1),
            "code": rights["amili.identity.code"].search([], limit=1),
            "request": rights["amili.service.secret"].search([], limit=1),
            "note": move.message_ids.filtered(lambda m: "Amili" in (m.body or ""))[:1],
            "company": self.company,
            "contact": self.person,
        }
        self.env.flush_all()

    # Deeds ----------------------------------------------------------------------------

    def do_read(self, record, _name):
        return record.read(["id", "display_name"])

    def do_find(self, record, _name):
        return record.browse().search_count([("id", "=", record.id)])

    def do_name_search(self, record, _name):
        return record.browse().name_search("", [("id", "=", record.id)])

    def do_group(self, record, name):
        groups = record.browse().formatted_read_group(
            [("id", "=", record.id)], [name] if name else [], ["__count"]
        )
        return sum(group["__count"] for group in groups)

    def do_write(self, record, name):
        if record._name == "amili.co.debtor":
            return record.write({"basis": "other"})
        if not name:
            [name] = [
                n
                for n in ("state", "company_id", "name", "text", "request")
                if n in record._fields
            ][:1]
        return record.write({name: False})

    def do_create(self, record, _name):
        values = {}
        if record._name == "amili.co.debtor":
            values = {"debtor_id": self.business.id, "partner_id": self.person.id}
        return record.browse().create(values)

    def do_unlink(self, record, _name):
        return record.unlink()

    def do_copy(self, record, _name):
        return record.copy()

    def do_read_field(self, record, name):
        return record.read([name])

    def do_search_field(self, record, name):
        domain = [("id", "=", record.id), (name, "!=", "x")]
        return record.browse().search_count(domain)

    def do_order(self, record, name):
        return record.browse().search([("id", "=", record.id)], order=name)

    def do_export(self, record, name):
        return record.export_data([name])

    def do_press(self, record, name):
        # What a program may put into a context helps nobody.
        forged = {"su": True, "uid": 1, "default_state": "active", "active_test": False}
        return getattr(record.with_context(**forged), name)() or True

    def answer(self, user, thing, deed, name):
        record = self.things[thing].with_env(self.env(user=self.users[user], su=False))
        record = record.with_context(
            allowed_company_ids=self.users[user].company_ids.ids
        )
        self.env.invalidate_all()
        savepoint = self.cr.savepoint(flush=False)
        try:
            with mute_logger(
                "odoo.addons.base.models.ir_model",
                "odoo.addons.base.models.ir_rule",
                "odoo.models",
                "odoo.sql_db",
                "odoo.domains",
            ):
                done = getattr(self, f"do_{deed}")(record, name)
            return "+" if done else "0"
        except AccessError:
            return "-"
        except UserError as refusal:
            return "-" if deed in ("press", "export") else f"({refusal})"
        except (ValueError, NotImplementedError):
            return "!"
        except psycopg2.Error as error:
            return f"({type(error).__name__})"
        finally:
            self.env.clear()
            savepoint.rollback()
            savepoint.close(rollback=False)

    def test_table(self):
        cells, wrong = 0, []
        for line in TABLE.strip().splitlines():
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            what, deed, *expected = line.split("|")
            thing, _dot, name = what.strip().partition(".")
            expected = expected[0].split()
            given = [
                self.answer(user, thing, deed.strip(), name or None) for user in USERS
            ]
            cells += len(given)
            if given != expected:
                wrong.append(f"{what}|{deed}| {'   '.join(given)}")
        self.assertFalse(wrong, "\n" + "\n".join(wrong))
        self.assertGreater(cells, 400)
