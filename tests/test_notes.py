"""A customer who counts up the ids of messages reads none of what the addon notes."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import AmiliCommon


@tagged("post_install", "-at_install")
class TestNotes(AmiliCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.new_user("n_customer", "base.group_portal")
        cls.visitor = cls.new_user("n_visitor", "base.group_public")

    def setUp(self):
        super().setUp()
        self.customer.partner_id.parent_id = self.person
        self.move = self.invoice(self.person)
        self.case = self.activate(self.move).sudo()

    def ours(self):
        """Return the notes on the invoice, its case and the service."""
        service = self.env["amili.service"]._for_company(self.company)
        messages = (
            self.move.message_ids | self.case.message_ids | service.message_ids
        ).sudo()
        return messages.filtered(
            lambda m: "Amili" in (m.body or "") or "Maventa" in (m.body or "")
        )

    def assert_unread(self):
        notes = self.ours()
        self.assertTrue(notes)
        self.env.flush_all()
        for user in (self.customer, self.visitor):
            messages = self.env["mail.message"].with_user(user)
            for note in notes:
                self.env.invalidate_all()
                with self.subTest(user=user.login, note=note.body):
                    with mute_logger("odoo.addons.base.models.ir_rule"):
                        with self.assertRaises(AccessError):
                            messages.browse(note.id).read(["body"])
                    self.assertFalse(messages.search([("id", "=", note.id)]))

    def test_of_a_hand_over(self):
        self.assertTrue(
            self.move.with_user(self.customer).read(["name"]), "it is their invoice"
        )
        self.assert_unread()

    def test_of_what_amili_asks_and_people_have_done(self):
        question = (
            self.env["amili.assignment.event"]
            .sudo()
            .create(
                {
                    "assignment_id": self.case.id,
                    "direction": "inbound",
                    "type": "comment",
                    "text": "Amili kysyy: onko maksettu?",
                    "currency_id": self.euro.id,
                    "date": "2026-10-20",
                }
            )
        )
        self.case._log([(self.case, question._explain())])
        self.case._ask_question(question)
        self.case._ask_sender("Amili Perintä: x", "y")
        self.move.activity_ids.with_user(self.clerk).action_feedback("Tehty")
        done = self.ours().filtered(lambda m: "onko maksettu" in m.body)
        self.assertGreater(len(done), 1, "the note, and that the activity is done")
        self.assert_unread()

    def test_of_a_person_of_the_company_they_are_read_and_not_changed(self):
        for note in self.ours().filtered(lambda m: m.model == "account.move"):
            message = note.sudo(False).with_user(self.clerk)
            self.assertTrue(message.read(["body"]))
            with self.assertRaises(UserError):
                self.move.with_user(self.clerk)._check_can_update_message_content(
                    message
                )

    def test_a_note_that_a_person_writes_can_be_corrected(self):
        move = self.move.with_user(self.clerk)
        message = move.message_post(
            body="Soitettu", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        move._check_can_update_message_content(message.sudo())

    def test_defaults_of_a_context_do_not_reach_a_note(self):
        self.move.with_context(default_subject="väärä", default_parent_id=1)._amili_log(
            {self.move.id: "Amili: x"}
        )
        self.assertFalse(self.ours().sorted("id")[-1].subject)


@tagged("post_install", "-at_install")
class TestNoAnswerToAGuess(AmiliCommon):
    """Whoever may not see identity codes learns none by trying."""

    def codes_in_alerts(self, move, user):
        alerts = move.with_user(user)._amili_get_alerts()[move.id]
        return "same_debtor_twice" in alerts

    def test_a_guess_entered_as_a_business_id_is_not_answered(self):
        guess = self.env["res.partner"].create(
            {
                "name": "Arvaus",
                "is_company": True,
                "company_registry": "131052-308T",
                "street": "X",
                "zip": "1",
                "city": "X",
                "country_id": self.env.ref("base.ee").id,
            }
        )
        move = self.invoice(self.person, amili_co_debtor_partner_ids=guess.ids)
        for user in (self.clerk, self.manager):
            self.assertFalse(self.codes_in_alerts(move, user))

    def test_equal_codes_are_told_to_who_may_see_them(self):
        double = self.env["res.partner"].create({"name": "Maija M."})
        double.sudo().amili_personal_identity_code = "131052-308T"
        move = self.invoice(self.person, amili_co_debtor_partner_ids=double.ids)
        trusted = self.new_user(
            "n_trusted",
            "amili_perinta.group_amili_identity,amili_perinta.group_amili_user",
        )
        self.assertTrue(self.codes_in_alerts(move, trusted))
        self.assertFalse(self.codes_in_alerts(move, self.clerk))

    def test_a_co_debtor_is_seen_by_the_company_alone_that_entered_it(self):
        other = self.setup_other_company(name="Toinen Oy")["company"]
        theirs = self.new_user("n_theirs", "amili_perinta.group_amili_user")
        theirs.write({"company_id": other.id, "company_ids": [(6, 0, other.ids)]})
        lines = self.env["amili.co.debtor"]
        line = lines.with_user(self.clerk).create(
            {"debtor_id": self.business.id, "partner_id": self.person.id}
        )
        self.assertEqual(line.company_id, self.company)
        self.assertFalse(lines.with_user(theirs).search([]))
        shared = self.business.with_user(theirs)
        self.assertFalse(shared.amili_co_debtor_ids)
        move = self.invoice(company=other, known=False)
        self.assertFalse(move.sudo()._amili_standing_co_debtors())
        self.env.invalidate_all()
        self.assertEqual(self.invoice()._amili_standing_co_debtors(), self.person)
