"""Each line of a refusal stands below the field that it is about, in every window."""

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..common import QueueCase

POST = {"method": "POST", "path": "/assignment/amili"}


@tagged("post_install", "-at_install")
class TestRefusedFields(QueueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keeper = cls.new_user(
            "keeper", "amili_perinta.group_amili_user,base.group_partner_manager"
        )

    def wizard(self, moves, user=None):
        """Return the wizard of who may correct contacts as well."""
        return super().wizard(moves, user or self.keeper)

    def refused(self, *details, **values):
        """An invoice that Maventa refused because of these."""
        move = self.invoice(**values)
        self.refuse(move, *details)
        return move

    def refuse(self, move, *details):
        """Send an invoice, and let Maventa refuse it because of these."""
        body = {"code": "invalid_parameters", "message": "No", "details": details}
        self.sandbox.fault("status", status=400, body=body, **POST)
        self.send(move)
        self.assertEqual(move.amili_state, "rejected")

    def form_of(self, *fields):
        """The form of a contact that somebody has made of these parts."""
        arch = f"<form>{''.join(fields)}</form>"
        values = {"name": "x", "model": "res.partner", "type": "form", "arch": arch}
        view = self.env["ir.ui.view"].create(values)
        contacts = self.env["res.partner"].with_user(self.keeper)
        return etree.fromstring(contacts.get_view(view.id, "form")["arch"])

    def below(self, record, user=None):
        """What stands below which fields in the form of a record, by their names."""
        record = record.with_user(user or self.keeper)
        self.env.invalidate_all()
        arch = etree.fromstring(record.get_view(view_type="form")["arch"])
        below = {}
        for node in arch.iterfind(".//field[@name='amili_refused']"):
            # The line before it holds the field, alone or with the rest of an address.
            line = node.getprevious()
            while line.get("name") == "amili_refused":
                line = line.getprevious()
            name = node.get("options").split("'")[3]
            self.assertIn(name, {n.get("name") for n in line.iter("field")})
            shown = record.amili_refused or {}
            if name in shown:
                below[name] = shown[name]
        return below

    def debtor_window(self, move, debtor):
        """The window that corrects a debtor, opened from the hand-over's."""
        [action] = [
            alert["action"]
            for alert in self.wizard(move, self.keeper).alerts.values()
            if alert.get("action", {}).get("name") == debtor.display_name
        ]
        self.assertEqual(action["res_model"], "amili.debtor.wizard")
        window = self.env["amili.debtor.wizard"].with_user(self.keeper)
        return window.with_context(**action["context"]).create({})

    def test_terms_in_the_window_of_the_hand_over(self):
        for datum, place in (
            ("assignment_summary", "assignment_summary"),
            ("reminder_date", "reminder_date"),
            ("amounts.reminder_amount", "reminder_amount"),
            ("amounts[capital_amount]", "capital_amount"),
            ("collection_type", "collection_type"),
            ("receivables_type", "receivables_type"),
        ):
            with self.subTest(datum):
                wizard = self.wizard(self.refused(f"{datum} does not fit"))
                self.assertIn("does not fit", self.below(wizard)[place])
                self.assertFalse(wizard.alerts, "not above all the fields as well")
                self.assertEqual(wizard.ready_count, 1)

    def test_what_is_about_nothing_in_the_window_stands_above_it(self):
        wizard = self.wizard(self.refused("something else", "payers is too short"))
        self.assertFalse(self.below(wizard))
        self.assertEqual(len(wizard.alerts), 2)

    def test_two_lines_of_one_field_stand_below_each_other(self):
        wizard = self.wizard(
            self.refused("assignment_summary is odd", "assignment_summary is old")
        )
        first, second = self.below(wizard)["assignment_summary"].split("\n")
        self.assertIn("is odd", first)
        self.assertIn("is old", second)

    def test_what_several_invoices_were_refused_for_stands_once(self):
        moves = self.refused("payers[0].name is odd") + self.refused(
            "payers[0].name is odd"
        )
        self.assertEqual(self.below(self.business)["name"].count("is odd"), 1)
        self.send(moves[0])
        self.assertIn("is odd", self.below(self.business)["name"])

    def test_many_invoices_have_them_in_their_lines(self):
        move = self.refused("assignment_summary is odd")
        wizard = self.wizard(move + self.invoice())
        self.assertFalse(self.below(wizard))
        [line] = wizard.line_ids.filtered(lambda line: line.move_id == move)
        self.assertIn("is odd", line.problem)

    def test_each_datum_of_a_debtor_in_its_windows(self):
        for datum, places in (
            ("name", ["name"]),
            ("bid", ["company_registry"]),
            ("email", ["email"]),
            ("phone", ["phone"]),
            ("address.streets[0]", ["street"]),
            ("address.zip_code", ["zip"]),
            ("address.city", ["city"]),
            ("address.country", ["country_id"]),
        ):
            with self.subTest(datum):
                move = self.refused(f"payers[0].{datum} does not fit")
                window = self.debtor_window(move, self.business)
                self.assertEqual(list(self.below(window)), places)
                contact = self.below(self.business)
                self.assertEqual(list(contact), places)
                self.assertIn("does not fit", contact[places[0]])
                self.send(move)

    def test_an_identity_code_though_it_has_been_erased(self):
        self.keeper.group_ids += self.env.ref("amili_perinta.group_amili_identity")
        move = self.refused(
            "payers[1].ssn is odd", amili_co_debtor_partner_ids=self.person.ids
        )
        window = self.debtor_window(move, self.person)
        self.assertEqual(list(self.below(window)), ["personal_identity_code"])
        place = "amili_personal_identity_code"
        self.assertEqual(list(self.below(self.person)), [place])
        self.assertFalse(self.below(self.business), "it is about somebody else")

    def test_who_may_not_see_identity_codes_sees_no_word_of_them_on_the_contact(self):
        self.refused(
            "payers[1].ssn is odd", amili_co_debtor_partner_ids=self.person.ids
        )
        self.assertFalse(self.below(self.person))

    def test_a_number_where_it_was_entered(self):
        self.business.write({"company_registry": False, "vat": "FI20774740"})
        self.refused("payers[0].bid is odd")
        self.assertEqual(list(self.below(self.business)), ["vat"])

    def test_gone_when_it_is_corrected(self):
        move = self.refused("payers[0].address.zip_code is odd")
        with Form(self.debtor_window(move, self.business)) as form:
            form.zip = "00120"
        self.assertFalse(self.below(self.business))
        self.assertFalse(self.wizard(move).alerts)

    def test_gone_when_it_was_sent_anew(self):
        move = self.refused("payers[0].address.zip_code is odd", "reminder_date is odd")
        self.send(move)
        self.assertEqual(move.amili_state, "pending")
        self.assertFalse(self.below(self.business) or self.below(move))

    def test_the_reminder_on_the_invoice_itself(self):
        move = self.refused("reminder_date is odd", "amounts.reminder_amount is high")
        below = self.below(move)
        self.assertIn("is odd", below["amili_reminder_date"])
        self.assertIn("is high", below["amili_reminder_amount"])

    def test_below_the_whole_line_and_of_this_contact_alone(self):
        form = self.form_of(
            "<field name='child_ids'><list><field name='name'/></list></field>",
            "<h1><field name='name'/></h1>",
            "<div class='d-flex'><field name='zip'/><field name='city'/></div>",
        )
        parts = [part.get("name") or part.tag for part in form]
        refused = "amili_refused"
        self.assertEqual(
            parts[:6], ["child_ids", "h1", refused, "div", refused, refused]
        )
        self.assertEqual(len(form.findall(f".//field[@name='{refused}']")), 3)

    def test_who_may_not_see_a_field_sees_nothing_below_it_in_any_form(self):
        code = "<field name='amili_personal_identity_code'/>"
        path = ".//field[@name='amili_refused']"
        self.assertIsNone(self.form_of(code).find(path))
        self.keeper.group_ids += self.env.ref("amili_perinta.group_amili_identity")
        self.assertIsNotNone(self.form_of(code).find(path))

    def test_of_several_refusals_the_last_one_stands(self):
        move = self.refused("assignment_summary is odd")
        self.refuse(move, "reminder_date is odd")
        self.assertEqual(list(self.below(self.wizard(move))), ["reminder_date"])

    def test_a_debtor_whom_nobody_has_named(self):
        move = self.refused("payers[7].name is odd")
        self.assertFalse(self.below(self.business))
        [alert] = self.wizard(move).alerts.values()
        self.assertIn("payers[7].name is odd", alert["message"])

    def test_who_keeps_no_books_sees_the_contact_without_it(self):
        self.refused("payers[0].address.zip_code is odd")
        employee = self.new_user("employee", "base.group_user")
        contact = self.business.with_user(employee)
        self.assertNotIn("amili_refused", contact.get_view(view_type="form")["arch"])
        with self.assertRaises(AccessError):
            contact.read(["amili_refused"])

    def test_another_companys_refusals_are_not_shown(self):
        self.refused("payers[0].address.zip_code is odd")
        other = self.env["res.company"].create({"name": "Toinen Oy"})
        stranger = self.new_user("stranger", "account.group_account_invoice")
        stranger.write({"company_ids": other.ids, "company_id": other.id})
        self.assertFalse(self.below(self.business, stranger))
