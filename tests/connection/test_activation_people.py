import logging

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..activation_case import IBAN, ActivationCase


@tagged("post_install", "-at_install")
class TestWhoActivates(ActivationCase):
    """Administrators alone start it; two of them do not start it twice."""

    def test_two_administrators(self):
        first, second = self.activation(), self.activation()
        first.action_activate()
        with self.assertRaisesRegex(UserError, "just been requested"):
            second.action_activate()
        self.follow()
        self.assertEqual(len(self.puts()), 1)

    def test_active_is_not_started(self):
        self.set_service("ACTIVE")
        self.follow()
        with self.assertRaisesRegex(UserError, "active already"):
            self.activation()

    def test_others_cannot(self):
        service = self.pending()
        portal = self.env["res.users"].create(
            {
                "name": "Portal",
                "login": "amili_portal_activation",
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        for user in (self.clerk, self.manager, self.outsider, portal):
            with self.subTest(user=user.login):
                own = service.with_user(user)
                for call in (
                    own.action_activate,
                    own.action_mail_instead,
                    own.action_open_identification,
                    own.action_test_connection,
                    self.company.with_user(user).action_amili_activate,
                ):
                    with self.assertRaises(UserError):
                        call()
                with self.assertRaises(AccessError):
                    self.env["amili.activation.wizard"].with_user(user).create({})
                for name in (
                    "activation_url",
                    "request",
                    "maventa_company_uuid",
                    "mailed_to",
                ):
                    with self.assertRaises(AccessError):
                        own.read([name])
                with self.assertRaises(AccessError):
                    own.write({"state": "active"})
        with self.assertRaises(AccessError):
            service.with_user(portal).read(["state"])

    def test_accountants_see_how_far_it_is(self):
        service = self.pending().with_user(self.clerk)
        self.assertEqual(service.state, "pending")
        self.assertIn("Next step", service.banner)
        self.assertNotIn("kyc", service.banner)
        self.assertNotIn("kyc", " ".join(service.message_ids.mapped("body")))

    def test_clerk_learns_whom_to_ask(self):
        self.pending()
        wizard = self.wizard(self.invoice())
        [message] = [
            a["message"] for a in wizard.alerts.values() if "Amili" in a["message"]
        ]
        self.assertIn(self.administrator.name, message)
        self.assertIn("under way since", message)

    def test_another_company_is_not_touched(self):
        other = self.env["res.company"].create({"name": "Toinen Oy"})
        self.connect(other, client_id="22222222-2222-4222-8222-222222222222")
        stranger = new_test_user(
            self.env,
            "amili_stranger",
            "base.group_system",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        service = self.pending()
        self.assertEqual(other.amili_service_state, "none")
        with self.assertRaises(AccessError):
            service.with_user(stranger).read(["state"])
        with self.assertRaises(AccessError):
            service.with_user(stranger).action_activate()

    def test_task_goes_to_a_stand_in(self):
        self.pending()
        self.company.amili_responsible_user_id = self.clerk
        self.administrator.active = False
        self.follow(days=8)
        self.assertEqual(self.service.activity_ids.user_id, self.clerk)

    def test_starter_is_told(self):
        told = []
        self.patch(
            type(self.env["res.users"]),
            "_bus_send",
            lambda user, kind, message, **_kw: told.append((user, kind, message)),
        )
        self.pending()
        self.set_service("ACTIVE")
        self.follow(minutes=5)
        told = [(u, m["message"]) for u, k, m in told if k == "amili_perinta/told"]
        self.assertEqual([user for user, _text in told], [self.administrator] * 2)
        self.assertIn("Next step", told[0][1])
        self.assertIn("is active", told[1][1])


@tagged("post_install", "-at_install")
class TestActivationWizard(ActivationCase):
    """What has to be right before Maventa is asked."""

    def test_what_is_proposed(self):
        wizard = self.activation()
        self.assertTrue(wizard.is_ready, wizard.alerts)
        self.assertEqual(wizard.bank_account_id, self.bank)
        self.assertEqual(wizard.bic, "NDEAFIHH")
        self.assertEqual(wizard.contact_email, "maija@firma.example")
        self.assertEqual(wizard.customer_service_email, "asiakas@firma.example")
        self.assertIn("Yhtiökatu 1", wizard.billing_address)

    def test_what_is_missing_is_named(self):
        for name, value, word in (
            ("bank_account_id", False, "bank account"),
            ("bic", "NOPE", "BIC"),
            ("bank_name", " ", "name of the bank"),
            ("accountable_party", False, "whose account"),
            ("contact_person", " ", "contact person"),
            ("contact_email", "maija", "contact person"),
            ("contact_phone", "12", "phone"),
            ("customer_service_email", False, "customer service"),
            ("customer_service_phone", "12", "customer service"),
            ("link_by", "mail", "who signs"),
        ):
            with self.subTest(name):
                wizard = self.activation()
                wizard[name] = value
                self.assertFalse(wizard.is_ready)
                with self.assertRaisesRegex(UserError, word):
                    wizard.action_activate()
        self.assertNotIn(self.service.state, ("queued", "sending"))

    def test_account_that_is_no_iban(self):
        wizard = self.activation()
        for number in ("123456-785", IBAN[:-1] + "6", IBAN + "00"):
            self.bank.acc_number = number
            wizard.invalidate_recordset()
            self.assertIn("iban", wizard.alerts, number)

    def test_account_of_somebody_else(self):
        """By RPC any account could be named: the money goes to the company alone."""
        theirs = self.bank.copy({"partner_id": self.business.id})
        wizard = self.activation(bank_account_id=theirs.id)
        with self.assertRaisesRegex(UserError, "Choose the bank account"):
            wizard.action_activate()

    def test_incomplete_address_leads_to_the_contact(self):
        self.company.partner_id.city = False
        wizard = self.activation()
        alert = wizard.alerts["address"]
        self.assertEqual(alert["action"]["res_id"], self.company.partner_id.id)

    def test_form(self):
        action = self.company.with_user(self.administrator).action_amili_activate()
        wizards = self.env["amili.activation.wizard"].with_user(self.administrator)
        with Form(wizards.with_context(**action["context"])) as form:
            form.accountable_party = "company"
            form.link_by = "mail"
            form.authorization_email = "johtaja@firma.example"
        self.assertTrue(form.save().is_ready)

    def test_what_was_confirmed_is_what_is_sent(self):
        self.start()
        self.company.partner_id.street = "Toinen katu 2"
        self.follow()
        address = self.at_maventa()["service_request"]["billing_address"]
        self.assertEqual(address["streets"], ["Yhtiökatu 1"])

    def test_nothing_personal_is_written_down(self):
        # By number: Odoo gives the name INFO to a level of its own.
        with self.assertLogs("odoo.addons.amili_perinta", logging.INFO) as logs:
            service = self.pending(contact_person="Salla Salainen")
        text = " ".join([*logs.output, *service.message_ids.mapped("body")])
        for secret in ("Salla", IBAN, "kyc", "maija@", "Yhtiökatu"):
            self.assertNotIn(secret, text)
