from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from ..checks_case import CONTACT, INVOICE, TODAY, ChecksCommon


@tagged("post_install", "-at_install")
class TestStops(ChecksCommon):
    """Each fault alone stops with its own words; a clean invoice has none."""

    def test_clean_invoices_have_no_alert(self):
        self.assert_alerts(self.invoice(), {})
        self.assert_alerts(self.invoice(self.person), {})
        self.assert_alerts(self.consumer(), {}, collection_type="collection")
        self.person.amili_receivables_type = "b2c_rental"
        self.assert_alerts(self.invoice(self.person), {})
        self.business.amili_receivables_type = "b2b_rental"
        self.assert_alerts(self.invoice(), {})

    def test_only_posted_customer_invoices(self):
        draft = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.business.id}
        )
        bill = self.invoice(move_type="in_invoice")
        refund = self.invoice(move_type="out_refund")
        entry = self.env["account.move"].create({"move_type": "entry"})
        cancelled = self.invoice()
        cancelled.button_cancel()
        for move in (draft, bill, refund, entry, cancelled):
            with self.subTest(move=move.move_type, state=move.state):
                self.assert_one(move, "not_posted_invoice", "danger")

    def test_nothing_open(self):
        move = self.invoice()
        self.pay(move, move.amount_residual)
        self.assert_one(move, "nothing_open", "danger")

    def test_part_payment_leaves_something_open(self):
        move = self.invoice()
        self.pay(move, 1239.99)
        self.assert_alerts(move, {})
        self.assertEqual(move._amili_default_terms()[move.id]["capital_amount"], 0.01)

    def test_currency_other_than_the_euro(self):
        krona = self.env.ref("base.SEK")
        krona.active = True
        move = self.invoice(currency_id=krona.id)
        alert = self.assert_one(move, "currency", "danger")
        self.assertIn("SEK", alert["message"])

    def test_already_live(self):
        move = self.invoice()
        self.hand_over(move)
        self.assert_one(move, "already_live", "danger", "amili.assignment")

    def test_on_the_queue_is_no_hindrance_to_the_queue(self):
        move = self.invoice()
        self.hand_over(move)
        self.assertFalse(move._amili_get_alerts(queued=True)[move.id])

    def test_no_maventa_id(self):
        self.assert_one(self.invoice(known=False), "no_maventa_id", "danger", INVOICE)

    def test_credentials_missing(self):
        move = self.invoice()
        for name in ("client_id", "client_secret", "vendor_api_key"):
            self.connect(self.company, **{name: False})
            with self.subTest(missing=name):
                alert = self.assert_one(move, "credentials_missing", "danger")
                self.assertIn(self.company.name, alert["message"])

    def test_service_not_active(self):
        move = self.invoice()
        self.know_service("disabled")
        self.assert_one(move, "service_inactive", "danger")
        self.know_service()
        self.assert_alerts(move, {})

    def test_customer_blocked(self):
        move = self.invoice()
        self.business.amili_collection_block = True
        self.assert_one(move, "customer_blocked", "danger", CONTACT)
        self.business.amili_collection_block_reason = "payment plan until March"
        alert = self.assert_one(move, "customer_blocked", "danger", CONTACT)
        self.assertIn("payment plan until March", alert["message"])

    def test_customer_blocked_stops_invoices_to_its_contacts(self):
        contact = self.env["res.partner"].create(
            {"name": "Pekka Perustyö", "parent_id": self.business.id}
        )
        self.business.amili_collection_block = True
        self.assert_one(self.invoice(contact), "customer_blocked", "danger", CONTACT)

    def test_invoice_blocked(self):
        move = self.invoice()
        move.no_followup = True
        self.assert_one(move, "invoice_blocked", "danger", INVOICE)
        move.no_followup = False
        move.payment_state = "blocked"
        self.assert_one(move, "invoice_blocked", "danger", INVOICE)

    def test_summary_missing(self):
        for summary in ("", False):
            self.assert_one(
                self.invoice(), "no_summary", "danger", assignment_summary=summary
            )

    def test_summary_that_the_invoice_does_not_fill(self):
        self.company.amili_summary_template = "{origin}"
        self.assert_one(self.invoice(), "no_summary", "danger")

    def test_reminder_in_future(self):
        tomorrow = TODAY + timedelta(1)
        self.assert_one(
            self.invoice(amili_reminder_date=tomorrow),
            "reminder_in_future",
            "danger",
            INVOICE,
        )
        self.assert_alerts(self.invoice(amili_reminder_date=TODAY), {})

    def test_reminder_fee_negative(self):
        self.assert_one(
            self.invoice(), "reminder_fee_negative", "danger", reminder_amount=-0.01
        )


@tagged("post_install", "-at_install")
class TestDueDate(ChecksCommon):
    def due(self, days_ago, partner=None, **values):
        due = TODAY - timedelta(days_ago)
        date = min(due, TODAY) - timedelta(14)
        return self.invoice(partner, invoice_date=date, invoice_date_due=due, **values)

    def test_due_today_is_not_overdue(self):
        self.assert_one(self.due(-1), "not_due", "danger")
        self.assert_one(self.due(0), "not_due", "danger")
        self.assert_alerts(self.due(1), {})

    def test_minimum_days_of_companies_and_consumers(self):
        self.company.write({"amili_min_days_b2b": 10, "amili_min_days_b2c": 20})
        for partner, first in ((self.business, 10), (self.person, 20)):
            with self.subTest(partner=partner.name):
                alert = self.assert_one(
                    self.due(first - 1, partner), "not_due", "danger"
                )
                self.assertIn("10/21/2026", alert["message"], "says from when on")
                self.assert_alerts(self.due(first, partner), {})

    def test_last_instalment_decides(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Two instalments",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (10, 30)
                ],
            }
        )
        for ago, is_due in ((30, False), (31, True)):
            move = self.invoice(
                invoice_date=TODAY - timedelta(ago),
                invoice_date_due=False,
                invoice_payment_term_id=term.id,
            )
            with self.subTest(ago=ago):
                if is_due:
                    self.assert_alerts(move, {})
                else:
                    self.assert_one(move, "not_due", "danger")

    def test_day_changes_at_midnight_of_the_company(self):
        move = self.due(0)
        with freeze_time("2026-10-20 20:59:00"):
            self.assert_one(move, "not_due", "danger")
        # Helsinki is three hours ahead in October.
        with freeze_time("2026-10-20 23:30:00"):
            self.assert_alerts(move, {})
            self.clerk.tz = "America/New_York"
            self.assert_alerts(move, {})
            self.company.partner_id.tz = "Europe/London"
            self.assert_alerts(move, {})
            self.company.partner_id.tz = "Atlantic/Azores"
            self.assert_one(move, "not_due", "danger")


@tagged("post_install", "-at_install")
class TestDebtors(ChecksCommon):
    """Each debtor must be found by post, and be one that a register knows."""

    def assert_stopped(self, move, words, **terms):
        alert = self.assert_one(move, "debtor_*", "danger", CONTACT, **terms)
        self.assertIn(words, alert["message"])
        return alert

    def test_address_must_be_whole(self):
        for name, words in (
            ("street", "street is missing"),
            ("zip", "postal code is missing"),
            ("city", "city is missing"),
            ("country_id", "country is missing"),
        ):
            for value in (False, "  ") if name != "country_id" else (False,):
                customer = self.contact(**{name: value})
                with self.subTest(field=name, value=value):
                    alert = self.assert_stopped(self.invoice(customer), words)
                    self.assertEqual(alert["action"]["res_id"], customer.id)

    def test_name_must_be_there(self):
        customer = self.contact()
        move = self.invoice(customer)
        customer.name = " "
        found = self.alerts(move)[f"debtor_{customer.id}"]
        self.assertIn("name is missing", found["message"])

    def test_all_that_is_missing_is_said_at_once(self):
        move = self.invoice(self.contact(street=False, city=False, zip=False))
        alert = self.assert_stopped(move, "street")
        self.assertIn("postal code", alert["message"])
        self.assertIn("city", alert["message"])

    def test_country_that_iso_does_not_know(self):
        kosovo = self.env["res.country"].search([("code", "=", "XK")])
        self.assertTrue(kosovo)
        move = self.invoice(self.contact(country_id=kosovo.id))
        alerts = self.assert_alerts(
            move, {"debtor_*": "danger", "foreign_*": "warning"}
        )
        self.assertIn("ISO 3166", alerts["debtor_*"]["message"])

    def test_finnish_company_needs_a_valid_business_id(self):
        for number, words in (
            (False, "Business ID is missing"),
            ("2077474-1", "Business ID is not valid"),
            ("abc", "Business ID is not valid"),
        ):
            for kind in ("b2b", "b2b_rental"):
                customer = self.contact(
                    company_registry=number, amili_receivables_type=kind
                )
                with self.subTest(number=number, kind=kind):
                    self.assert_stopped(self.invoice(customer), words)

    def test_business_id_may_be_written_in_several_ways(self):
        for values in (
            {"company_registry": "01120389"},
            {"company_registry": " 0112038-9 "},
            {"company_registry": False, "vat": "FI01120389"},
            {"company_registry": "kirjoitusvirhe", "vat": "FI01120389"},
        ):
            with self.subTest(**values):
                customer = self.contact(**values)
                self.assert_alerts(self.invoice(customer), {})
                self.assertEqual(customer._amili_business_id(), "0112038-9")

    def test_foreign_company_needs_no_business_id_but_warns(self):
        for number in (False, "556703-7485"):
            customer = self.contact(
                country_id=self.env.ref("base.se").id, company_registry=number
            )
            with self.subTest(number=number):
                self.assert_one(self.invoice(customer), "foreign_*", "warning")

    def test_aland_is_finland(self):
        aland = self.env.ref("base.ax").id
        self.assert_alerts(self.invoice(self.contact(country_id=aland)), {})
        without = self.contact(country_id=aland, company_registry=False)
        self.assert_stopped(self.invoice(without), "Business ID is missing")

    def test_rent_of_a_consumer_needs_the_identity_code(self):
        tenant = self.person.copy({"name": "Ville Vuokralainen"})
        tenant.amili_receivables_type = "b2c_rental"
        move = self.invoice(tenant)
        self.assert_stopped(move, "personal identity code")
        self.assert_alerts(move, {}, receivables_type="b2c")
        for code in ("010594Y9032", "010594y9032 ", "020594X903P", "010516B903X"):
            tenant.sudo().amili_personal_identity_code = code
            with self.subTest(code=code):
                self.assert_alerts(move, {})

    def test_wrong_check_character_of_an_identity_code_stops(self):
        move = self.invoice(self.person)
        for code in ("131052-308U", "131052-308", "nonsense"):
            self.person.sudo().amili_personal_identity_code = code
            with self.subTest(code=code):
                alert = self.assert_stopped(move, "not valid")
                self.assertNotIn(code, str(alert), "a code is shown to nobody")

    def test_temporary_identity_codes_are_for_tests_alone(self):
        self.person.sudo().amili_personal_identity_code = "010594Y9032"
        move = self.invoice(self.person)
        self.assert_alerts(move, {})
        self.company.amili_environment = "production"
        move.sudo().maventa_environment = "production"
        self.assert_stopped(move, "not valid")

    def test_person_as_company_warns(self):
        self.person.company_registry = "1234567-1"
        self.assert_one(
            self.invoice(self.person),
            "unlikely_type",
            "warning",
            CONTACT,
            receivables_type="b2b",
        )

    def test_person_as_company_without_business_id_stops(self):
        self.assert_alerts(
            self.invoice(self.person),
            {"unlikely_type": "warning", "debtor_*": "danger"},
            receivables_type="b2b",
        )

    def test_company_as_consumer_warns(self):
        self.assert_one(
            self.invoice(), "unlikely_type", "warning", CONTACT, receivables_type="b2c"
        )

    def test_emptied_type_follows_from_the_contact(self):
        for partner, kind in ((self.business, "b2b"), (self.person, "b2c")):
            partner.amili_receivables_type = False
            move = self.invoice(partner)
            terms = move._amili_default_terms()[move.id]
            self.assertEqual(terms["receivables_type"], kind)

    def test_private_trader_with_a_business_id_is_fine_as_consumer(self):
        self.person.company_registry = "1234567-1"
        self.assert_alerts(self.invoice(self.person), {})


@tagged("post_install", "-at_install")
class TestCoDebtors(ChecksCommon):
    def with_co_debtors(self, *partners, customer=None):
        return self.invoice(
            customer, amili_co_debtor_partner_ids=[p.id for p in partners]
        )

    def test_whole_co_debtors_are_fine(self):
        self.assert_alerts(self.with_co_debtors(self.person, self.contact()), {})

    def test_faults_of_a_co_debtor_stop(self):
        person = self.person.copy({"name": "Matti Malli", "street": False})
        company = self.contact(company_registry=False)
        for co_debtor, words in ((person, "street"), (company, "Business ID")):
            found = self.assert_one(
                self.with_co_debtors(co_debtor), "debtor_*", "danger", CONTACT
            )
            self.assertIn(words, found["message"])
            self.assertEqual(found["action"]["res_id"], co_debtor.id)

    def test_rent_needs_no_identity_code_of_a_co_debtor(self):
        person = self.person.copy({"name": "Matti Malli"})
        self.person.amili_receivables_type = "b2c_rental"
        self.assert_alerts(self.with_co_debtors(person, customer=self.person), {})

    def test_contact_of_the_debtor_may_owe_as_well(self):
        """Who signs for the own company does not owe under its Business ID."""
        contact = self.env["res.partner"].create(
            {"name": "Pekka Perustyö", "parent_id": self.business.id}
        )
        self.assertEqual(contact.company_registry, "2077474-0")
        self.assert_alerts(self.with_co_debtors(contact), {})

    def test_debtor_is_not_the_own_co_debtor(self):
        self.assert_one(
            self.with_co_debtors(self.business), "same_debtor_twice", "danger", INVOICE
        )

    def test_same_debtor_under_two_contacts_stops(self):
        twin = self.contact(company_registry=False, vat="FI20774740")
        move = self.with_co_debtors(twin, customer=self.business)
        self.assert_one(move, "same_debtor_twice", "danger", CONTACT)

    def test_that_two_codes_are_equal_learns_who_may_see_them(self):
        double = self.person.copy({"name": "M. Malli"})
        double.sudo().amili_personal_identity_code = "131052-308t"
        clerk = self.clerk
        seer = self.new_user(
            "seer", "amili_perinta.group_amili_user,amili_perinta.group_amili_identity"
        )
        for customer, co_debtors in (
            (self.person, [double]),
            (self.business, [self.person, double]),
        ):
            with self.subTest(co_debtors=[p.name for p in co_debtors]):
                move = self.with_co_debtors(*co_debtors, customer=customer)
                self.clerk = clerk
                self.assert_alerts(move, {})
                self.clerk = seer
                alert = self.assert_one(move, "same_debtor_twice", "danger", CONTACT)
                self.assertNotIn("131052", str(alert))


@tagged("post_install", "-at_install")
class TestWarnings(ChecksCommon):
    def closed(self, result):
        """Return an invoice whose case Amili has closed."""
        move = self.invoice()
        self.activate(move)
        self.sandbox.amili(move, "close", result=result)
        self.run_cron("sync_events")
        return move

    def test_a_case_that_ended_before(self):
        for result in ("credit_loss", "withdrawn"):
            move = self.closed(result)
            self.assert_one(move, "earlier_case", "warning", INVOICE)

    def test_what_amili_has_collected_waits_for_its_payout(self):
        move = self.closed("paid")
        self.assert_one(move, "collected", "danger", "amili.assignment")

    def test_open_credits_of_the_customer(self):
        move = self.invoice()
        other = self.invoice(self.contact())
        self.invoice(amount=10, known=False, move_type="out_refund")
        self.assert_one(move, "open_credits", "warning", INVOICE)
        self.assert_alerts(other, {})

    def test_unmatched_payment_of_the_customer(self):
        move = self.invoice()
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_id": self.business.id,
                "amount": 100.0,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        self.assertTrue(payment.move_id, "the payment must be in the books")
        self.assert_one(move, "open_credits", "warning", INVOICE)

    def test_matched_credit_does_not_warn(self):
        move = self.invoice()
        self.pay(move, 100.0)
        self.assert_alerts(move, {})

    def test_not_delivered_according_to_maventa(self):
        move = self.invoice()
        move.sudo().write(
            {"maventa_invoice_status": "ERROR", "maventa_invoice_undelivered": True}
        )
        alert = self.assert_one(move, "not_delivered", "warning", INVOICE)
        self.assertIn("ERROR", alert["message"])

    def test_many_faults_are_all_told(self):
        move = self.invoice(
            self.contact(street=False), known=False, amili_reminder_amount=13.0
        )
        self.company.amili_client_id = False
        self.assert_alerts(
            move,
            {
                "credentials_missing": "danger",
                "no_maventa_id": "danger",
                "debtor_*": "danger",
                "reminder_fee_high": "warning",
            },
        )
