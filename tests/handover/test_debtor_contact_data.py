"""How a debtor is reached: what of the contact's data Amili gets, and what is wrong."""

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ...models.handover.res_partner import phones_in
from ...models.invoice.res_partner import emails_in
from ..common import QueueCase
from ..upload_case import UploadCase

MAGIC = {"id", "create_uid", "create_date", "write_uid", "write_date"}


class DebtorCase(QueueCase):
    """Whoever hands over may write contacts here, unless it is told otherwise."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.editor = cls.new_user(
            "editor", "amili_perinta.group_amili_user,base.group_partner_manager"
        )

    def contact(self, **values):
        return self.env["res.partner"].create(
            {
                "name": "Pirkko Posti",
                "street": "Katu 1",
                "zip": "00100",
                "city": "Helsinki",
                "country_id": self.finland.id,
                **values,
            }
        )

    def alert(self, debtor, kind="contact", user=None):
        """Return what a clerk hears of a debtor, empty where nothing is wrong."""
        self.env.invalidate_all()
        move = self.invoice(debtor).with_user(user or self.clerk)
        alerts = move._amili_get_alerts()[move.id]
        return alerts.get(f"{kind}_{debtor.id}", {})

    def payer(self, debtor, **values):
        """Return what Amili is sent of a debtor."""
        move = self.invoice(debtor, **values)
        self.send(move)
        return self.sandbox.case(move)["request"]["payers"][0]


@tagged("post_install", "-at_install")
class TestSeveral(DebtorCase):
    def test_e_mail_addresses(self):
        both = ["pirkko@posti.example", "pp@toinen.example"]
        for text in (
            "pirkko@posti.example; pp@toinen.example",
            "pirkko@posti.example,pp@toinen.example",
            "pirkko@posti.example pp@toinen.example",
            "Pirkko@posti.example / pp@toinen.example",
            "Pirkko Posti <pirkko@posti.example>, työ: pp@toinen.example",
            "pirkko@posti.example tai pp@toinen.example.",
            "ei@, pirkko@posti.example | pp@toinen.example",
        ):
            with self.subTest(text):
                self.assertEqual(emails_in(text), both)
        for text in ("mailto:pirkko@posti.example", "Pirkko <pirkko@posti.example>"):
            self.assertEqual(emails_in(text), both[:1])
        self.assertEqual(emails_in("pirkko@posti.example ja soita"), both[:1])
        for text in (False, "", "ei ole", "pirkko@", "@posti.example"):
            self.assertFalse(emails_in(text))

    def test_telephone_numbers(self):
        both = ["+358401234567", "+358507654321"]
        for text in (
            "040 1234567, 050 7654321",
            "040-1234567; 050-7654321",
            "0401234567 / 0507654321",
            "+358401234567/+358507654321",
            "040 123 4567 tai 050 765 4321",
            "0401234567 0507654321",
            "040 1234567 (Matti), Maija 050 7654321",
        ):
            with self.subTest(text):
                self.assertEqual(phones_in(text, "FI"), both)
        self.assertEqual(phones_in("09/1234567", "FI"), ["+35891234567"])
        self.assertEqual(phones_in("puh. 040 1234567", "FI"), both[:1])
        for text in (False, "", "ei ole", "123"):
            self.assertFalse(phones_in(text, "FI"))

    def test_the_first_is_sent_and_named(self):
        debtor = self.contact(
            email="ei ole; pirkko@posti.example; pp@toinen.example",
            phone="040 1234567 / 050 7654321",
        )
        alert = self.alert(debtor)
        self.assertEqual(alert["level"], "warning")
        self.assertIn("Amili gets pirkko@posti.example", alert["message"])
        self.assertIn("Amili gets +358401234567", alert["message"])
        payer = self.payer(debtor)
        self.assertEqual(payer["email"], "pirkko@posti.example")
        self.assertEqual(payer["phone"], "+358401234567")

    def test_what_cannot_be_used_is_told(self):
        debtor = self.contact(email="pirkko(at)posti", phone="ei ole")
        alert = self.alert(debtor)
        self.assertIn("pirkko(at)posti", alert["message"])
        self.assertIn("ei ole", alert["message"])
        payer = self.payer(debtor)
        self.assertFalse({"email", "phone"} & set(payer))

    def test_one_of_each_warns_of_nothing(self):
        debtor = self.contact(email="pirkko@posti.example", phone="040 1234567")
        self.assertFalse(self.alert(debtor))
        self.assertFalse(self.alert(self.contact()))

    def test_a_co_debtor_counts_as_well(self):
        co_debtor = self.contact(email="a@posti.example, b@posti.example")
        move = self.invoice(amili_co_debtor_partner_ids=co_debtor.ids)
        alerts = move.with_user(self.clerk)._amili_get_alerts()[move.id]
        self.assertIn("a@posti.example", alerts[f"contact_{co_debtor.id}"]["message"])


@tagged("post_install", "-at_install")
class TestUploadedTo(UploadCase):
    def test_maventa_gets_the_first_address(self):
        customer = self.env["res.partner"].create(
            {
                "name": "Pirkko Posti",
                "country_id": self.finland.id,
                "email": "pirkko@posti.example; pp@toinen.example",
            }
        )
        move = self.to_upload(customer)
        alerts = move._amili_get_upload_alerts()[move.id]
        self.assertNotIn("no_way_to_deliver", alerts)
        self.upload(move)
        sent = self.sandbox.control(f"invoices/{move.maventa_invoice_id}")["upload"]
        self.assertEqual(sent["recipient_email"], "pirkko@posti.example")


@tagged("post_install", "-at_install")
class TestLongLines(DebtorCase):
    def test_more_than_34_characters_warn(self):
        for name in ("name", "street", "street2", "city"):
            with self.subTest(name):
                self.assertFalse(self.alert(self.contact(**{name: "Ä" * 34})))
                alert = self.alert(self.contact(**{name: "Ä" * 35}))
                self.assertEqual(alert["level"], "warning")
                self.assertIn("34 characters", alert["message"])

    def test_nothing_is_cut(self):
        debtor = self.contact(name="Ä" * 60, street="Ö" * 60)
        payer = self.payer(debtor)
        self.assertEqual(payer["name"], "Ä" * 60)
        self.assertIn("Ö" * 60, str(payer["address"]))


@tagged("post_install", "-at_install")
class TestPostalCodes(DebtorCase):
    def test_what_is_meant_is_proposed(self):
        for entered, meant in (
            (("100", "Helsinki"), ("00100", "Helsinki")),
            (("1300", "Vantaa"), ("01300", "Vantaa")),
            (("00 100", "Helsinki"), ("00100", "Helsinki")),
            (("FI-00100", "Helsinki"), ("00100", "Helsinki")),
            (("AX-22100", "Mariehamn"), ("22100", "Mariehamn")),
            (("00100 HELSINKI", False), ("00100", "HELSINKI")),
            (("00100, Helsinki", "Helsinki"), ("00100", "Helsinki")),
            (("Helsinki", "00100"), ("00100", "Helsinki")),
            ((False, "00100 Helsinki"), ("00100", "Helsinki")),
            ((False, "Helsinki 00100"), ("00100", "Helsinki")),
            (("Helsinki", "00100 Helsinki"), ("00100", "Helsinki")),
        ):
            for country in ("fi", "ax"):
                debtor = self.contact(
                    zip=entered[0],
                    city=entered[1],
                    country_id=self.env.ref(f"base.{country}").id,
                )
                with self.subTest(entered=entered, country=country):
                    alert = self.alert(debtor, "debtor")
                    self.assertEqual(alert["level"], "danger")
                    self.assertIn("proposed instead", alert["message"])
                    debtor._amili_correct_address()
                    self.env.flush_all()
                    self.assertEqual((debtor.zip, debtor.city), meant)
                    self.assertFalse(self.alert(debtor, "debtor"))

    def test_what_nobody_can_guess_stops_without_a_proposal(self):
        for entered in (
            ("Helsinki", False),
            ("10", "Helsinki"),
            ("123456", "Helsinki"),
            ("100", "33100 Tampere"),
        ):
            debtor = self.contact(zip=entered[0], city=entered[1])
            with self.subTest(entered):
                alert = self.alert(debtor, "debtor")
                self.assertIn("does not have five digits", alert["message"])
                self.assertNotIn("proposed", alert["message"])
                self.assertFalse(debtor._amili_address_correction())

    def test_what_is_right_is_left_alone(self):
        for country, code, city in (
            ("fi", "00100", "Helsinki"),
            ("fi", " 00100 ", "HELSINKI 10"),
            ("fi", "22100", "Maarianhamina"),
            ("se", "111 22", "Stockholm"),
            ("ee", "100", "Tallinn"),
        ):
            debtor = self.contact(
                zip=code, city=city, country_id=self.env.ref(f"base.{country}").id
            )
            with self.subTest(country=country, code=code):
                self.assertFalse(self.alert(debtor, "debtor"))
                self.assertFalse(debtor._amili_address_correction())

    def test_the_code_once_more_before_the_city_only_warns(self):
        debtor = self.contact(city="00100 Helsinki")
        self.assertFalse(self.alert(debtor, "debtor"))
        self.assertEqual(self.alert(debtor)["level"], "warning")
        debtor._amili_correct_address()
        self.assertEqual(debtor.city, "Helsinki")

    def test_one_click_corrects_all_in_the_window(self):
        debtors = [self.contact(zip=code) for code in ("100", "00 200", "00300")]
        moves = self.env["account.move"].union(*map(self.invoice, debtors))
        for shown in (moves[:1], moves):
            debtors[0].zip = "100"
            wizard = self.wizard(shown, self.editor)
            self.assertIn("00100 Helsinki", wizard.proposed_addresses)
            self.assertNotIn("00300", wizard.proposed_addresses)
            action = wizard.action_correct_addresses()
            self.assertEqual(action["res_id"], wizard.id)
            self.env.invalidate_all()
            self.assertFalse(wizard.proposed_addresses)
            self.assertEqual(wizard.ready_count, len(shown))
        self.assertEqual([d.zip for d in debtors], ["00100", "00200", "00300"])

    def test_who_may_not_write_contacts_gets_no_button(self):
        debtor = self.contact(zip="100")
        wizard = self.wizard(self.invoice(debtor))
        self.assertFalse(wizard.proposed_addresses)
        wizard.action_correct_addresses()
        self.assertEqual(debtor.zip, "100")
        self.assertRaises(
            AccessError, debtor.with_user(self.clerk)._amili_correct_address
        )


@tagged("post_install", "-at_install")
class TestCorrecting(DebtorCase):
    """What is wrong of a debtor is corrected in the window."""

    def open_debtor(self, wizard, user=None):
        """Press what stands beside the first alert; return the form that opens."""
        action = wizard.line_ids.with_user(user or self.editor).action_fix()
        self.assertEqual(action["res_model"], "amili.debtor.wizard")
        self.assertEqual(action["target"], "new")
        model = self.env["amili.debtor.wizard"].with_user(user or self.editor)
        return Form(model.with_context(**action["context"]))

    def test_what_is_missing_is_entered_and_it_goes(self):
        debtor = self.contact(is_company=True, street=False)
        move = self.invoice(debtor)
        wizard = self.wizard(move, self.editor)
        self.assertTrue(wizard.stopped_count)
        with self.open_debtor(wizard) as form:
            form.street = "Uusikatu 2"
            form.company_registry = "2077474-0"
            form.email = "uusi@posti.example"
        action = form.record.action_save()
        self.assertEqual(action["res_id"], wizard.id)
        self.env.invalidate_all()
        self.assertEqual(debtor.street, "Uusikatu 2")
        self.assertEqual(wizard.ready_count, 1)
        wizard.action_transfer()
        self.assertEqual(move.amili_state, "queued")

    def test_the_alert_itself_opens_it(self):
        debtor = self.contact(street=False)
        wizard = self.wizard(self.invoice(debtor), self.editor)
        action = wizard.alerts[f"debtor_{debtor.id}"]["action"]
        self.assertEqual(action["res_model"], "amili.debtor.wizard")
        form = Form(
            self.env["amili.debtor.wizard"]
            .with_user(self.editor)
            .with_context(**action["context"])
        )
        self.assertEqual((form.partner_id, form.transfer_id), (debtor, wizard))
        self.assertIn("the street is missing", form.problem, "nobody has to remember")

    def test_a_co_debtor_is_corrected_as_well(self):
        co_debtor = self.contact(street=False)
        move = self.invoice(amili_co_debtor_partner_ids=co_debtor.ids)
        wizard = self.wizard(move, self.editor)
        with self.open_debtor(wizard) as form:
            form.street = "Uusikatu 2"
        self.assertEqual(co_debtor.street, "Uusikatu 2")

    def test_who_may_not_write_contacts_goes_to_the_record(self):
        debtor = self.contact(street=False)
        wizard = self.wizard(self.invoice(debtor))
        action = wizard.line_ids.action_fix()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("res.partner", debtor.id)
        )
        form = self.env["amili.debtor.wizard"].with_user(self.clerk)
        values = {"partner_id": debtor.id, "transfer_id": wizard.id}
        with self.assertRaises(AccessError):
            form.create({**values, "street": "Katu 3"}).flush_recordset()
        self.assertFalse(debtor.street)

    def test_the_identity_code_is_for_its_group_alone(self):
        self.person.amili_receivables_type = "b2c_rental"
        self.person.sudo().amili_personal_identity_code = False
        wizard = self.wizard(self.invoice(self.person), self.editor)
        [alert] = wizard.alerts.values()
        self.assertIn("a colleague enters who may see", alert["message"])
        form = self.open_debtor(wizard)
        self.assertNotIn("personal_identity_code", form._view["fields"])
        with self.assertRaises(AccessError):
            form.save().personal_identity_code = "131052-308T"
        self.editor.group_ids += self.env.ref("amili_perinta.group_amili_identity")
        self.env.invalidate_all()
        [alert] = wizard.alerts.values()
        self.assertNotIn("colleague", alert["message"])
        with self.open_debtor(wizard) as form:
            form.personal_identity_code = "131052-308T"
        self.env.invalidate_all()
        self.assertEqual(self.person._amili_identity_code(), "131052-308T")

    def test_nothing_is_stored_beside_the_contact(self):
        stored = {
            name
            for name, field in self.env["amili.debtor.wizard"]._fields.items()
            if field.store
        }
        self.assertEqual(stored - MAGIC, {"partner_id", "transfer_id"})


@tagged("post_install", "-at_install")
class TestArchived(DebtorCase):
    """An archived co-debtor still owes: a person decides."""

    def setUp(self):
        super().setUp()
        self.co_debtor = self.contact(name="Yrjö Takaaja")
        self.move = self.invoice(amili_co_debtor_partner_ids=self.co_debtor.ids)
        self.co_debtor.active = False
        self.env.invalidate_all()

    def test_it_is_named_and_sent(self):
        wizard = self.wizard(self.move)
        self.assertEqual(wizard.co_debtor_partner_ids, self.co_debtor)
        alert = wizard.alerts[f"archived_{self.co_debtor.id}"]
        self.assertEqual(alert["level"], "warning")
        self.assertIn("Yrjö Takaaja", alert["message"])
        self.assertIn("Yrjö Takaaja", wizard.debtors)
        wizard.action_transfer()
        self.run_cron("process_queue")
        names = [p["name"] for p in self.sandbox.case(self.move)["request"]["payers"]]
        self.assertEqual(names, ["Esimerkki Oy", "Yrjö Takaaja"])

    def test_it_is_shown_in_the_list_of_many(self):
        wizard = self.wizard(self.move + self.invoice())
        line = wizard.line_ids.filtered(lambda line: line.move_id == self.move)
        self.assertIn("archived", line.problem)
        self.assertEqual(line.co_debtor_partner_ids, self.co_debtor)

    def test_it_can_be_dropped(self):
        with Form(self.wizard(self.move)) as form:
            form.co_debtor_partner_ids.remove(id=self.co_debtor.id)
        wizard = form.record
        self.assertFalse(wizard.alerts)
        wizard.action_transfer()
        self.env.invalidate_all()
        self.assertFalse(
            self.move.with_context(active_test=False).amili_co_debtor_partner_ids
        )

    def test_a_standing_one_is_proposed_as_well(self):
        guarantor = self.contact(name="Tapio Takaaja")
        self.env["amili.co.debtor"].with_user(self.clerk).create(
            {"debtor_id": self.business.id, "partner_id": guarantor.id}
        )
        guarantor.active = False
        self.env.invalidate_all()
        wizard = self.wizard(self.invoice())
        self.assertIn("Tapio Takaaja", wizard.proposed_co_debtors)
        wizard.action_use_standing_co_debtors()
        self.assertEqual(wizard.co_debtor_partner_ids, guarantor)

    def test_an_archived_customer_is_named(self):
        self.person.active = False
        self.assertIn("archived", self.alert(self.person, "archived")["message"])


@tagged("post_install", "-at_install")
class TestKindsOfDebtors(DebtorCase):
    """What is sent of debtors that are neither a plain person nor a plain company."""

    def sent(self, **values):
        debtor = self.contact(**values)
        alert = self.alert(debtor, "debtor")
        self.assertFalse(alert)
        return self.payer(debtor)

    def test_an_estate_of_a_deceased_person(self):
        payer = self.sent(name="Maija Mallin kuolinpesä", street2="c/o Matti Malli")
        self.assertEqual(payer["name"], "Maija Mallin kuolinpesä")
        self.assertFalse({"bid", "ssn"} & set(payer))
        self.assertIn("c/o Matti Malli", str(payer["address"]["streets"]))

    def test_an_estate_kept_as_a_company_is_claimed_as_a_consumer(self):
        """It has no Business ID, and the dead person's code is not its own."""
        debtor = self.contact(
            name="Kuolinpesä Malli", is_company=True, amili_receivables_type="b2c"
        )
        debtor.sudo().amili_personal_identity_code = "131052-308T"
        self.assertFalse(self.alert(debtor, "debtor"))
        payer = self.payer(debtor)
        self.assertFalse({"bid", "ssn"} & set(payer))

    def test_a_housing_company(self):
        payer = self.sent(
            name="Asunto Oy Esimerkkikatu 1",
            is_company=True,
            company_registry="2077474-0",
            street="Isännöitsijätoimisto Malli Oy",
            street2="Esimerkkikatu 1",
        )
        self.assertEqual(payer["bid"], "2077474-0")
        self.assertEqual(
            payer["address"]["streets"],
            ["Isännöitsijätoimisto Malli Oy", "Esimerkkikatu 1"],
        )

    def test_an_association_without_a_business_id(self):
        """As a business it stops; that it is claimed like a consumer is chosen."""
        debtor = self.contact(name="Mallilan Kyläyhdistys ry", is_company=True)
        self.assertIn("Business ID is missing", self.alert(debtor, "debtor")["message"])
        debtor.amili_receivables_type = "b2c"
        self.assertFalse(self.alert(debtor, "debtor"))
        payer = self.payer(debtor)
        self.assertFalse({"bid", "ssn"} & set(payer))

    def test_a_line_care_of_somebody(self):
        payer = self.sent(street="c/o Matti Malli", street2="Katu 1 A 2")
        self.assertEqual(payer["address"]["streets"], ["c/o Matti Malli", "Katu 1 A 2"])

    def test_a_post_office_box(self):
        payer = self.sent(street="PL 123", zip="00101")
        self.assertEqual(payer["address"]["streets"], ["PL 123"])
        self.assertEqual(payer["address"]["zip_code"], "00101")
