"""A debtor moves, or changes names, while Amili has the case: a person tells Amili."""

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..common import QueueCase

TASK = "a debtor has changed"


@tagged("post_install", "-at_install")
class TestChanges(QueueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.salesperson = cls.new_user(
            "salesperson", "base.group_user,base.group_partner_manager"
        )

    def setUp(self):
        super().setUp()
        self.move = self.invoice(
            self.person, amili_co_debtor_partner_ids=self.business.ids
        )
        self.case = self.activate(self.move).with_user(self.clerk)

    def change(self, partner, **values):
        partner.with_user(self.salesperson).write(values)
        self.env.invalidate_all()

    def asked(self):
        return [s for s in self.tasks(self.move).mapped("summary") if TASK in s]

    def messages(self):
        events = self.case.event_ids.filtered(lambda e: e.direction == "outbound")
        return events.filtered(lambda e: e.type == "comment").mapped("text")

    def test_each_that_a_letter_needs_is_offered(self):
        for partner in (self.person, self.business):
            for values in (
                {"street": "Uusikatu 9"},
                {"street2": "c/o Muu"},
                {"zip": "00200", "city": "Espoo"},
                {"name": "Uusi Nimi"},
                {"country_id": self.env.ref("base.se").id},
                {"email": "uusi@posti.example"},
                {"phone": "+358 40 7654321"},
            ):
                before = {n: partner[n] for n in values}
                with self.subTest(partner=partner.name, **values):
                    self.change(partner, **values)
                    self.assertEqual(len(self.asked()), 1)
                    name = next(iter(values))
                    if isinstance(partner[name], str) and name != "phone":
                        self.assertIn(partner[name], self.case.contact_change)
                    self.assertTrue(self.case.contact_change)
                self.change(
                    partner,
                    **{
                        n: v if isinstance(v, str) else v and v.id
                        for n, v in before.items()
                    },
                )
                self.assertFalse(self.case.contact_change)
                self.assertFalse(self.asked(), "it is as Amili knows it again")

    def test_nothing_is_sent_of_itself(self):
        self.change(self.person, street="Uusikatu 9")
        self.assertFalse(self.messages())

    def test_what_amili_need_not_know_asks_nobody(self):
        self.change(self.person, comment="Soita iltapäivällä", ref="123")
        self.assertFalse(self.case.contact_change)
        self.assertFalse(self.asked())

    def test_a_clerk_tells_it_with_one_click(self):
        self.change(self.person, street="Uusikatu 9")
        action = self.case.action_tell_change()
        model = self.env[action["res_model"]].with_user(self.clerk)
        window = Form(model.with_context(**action["context"])).save()
        self.assertIn("Uusikatu 9", window.text)
        window.action_confirm()
        self.env.invalidate_all()
        [text] = self.messages()
        self.assertIn("Uusikatu 9", text)
        self.assertFalse(self.case.contact_change)
        self.assertFalse(self.asked())

    def test_the_next_move_is_offered_anew(self):
        self.change(self.person, street="Uusikatu 9")
        self.case.action_settle_change()
        self.assertFalse(self.case.contact_change)
        self.assertFalse(self.asked())
        self.assertFalse(self.messages())
        self.change(self.person, street="Vielä uudempi katu 1")
        self.assertIn("Vielä uudempi", self.case.contact_change)
        self.assertEqual(len(self.asked()), 1)

    def test_the_identity_code_is_no_part_of_it(self):
        self.change(self.person, street="Uusikatu 9")
        self.assertNotIn("131052", self.case.contact_change)
        self.assertNotIn("131052", str(self.case.sudo().payer_ids.mapped("settled_as")))

    def test_who_does_not_hand_over_tells_nothing(self):
        self.change(self.person, street="Uusikatu 9")
        case = self.case.with_user(self.outsider)
        self.assertRaises(AccessError, case.action_tell_change)
        self.assertRaises(AccessError, case.action_settle_change)

    def test_an_ended_case_asks_nobody(self):
        self.sandbox.amili(self.move, "close", result="credit_loss")
        self.run_cron("sync_events")
        self.change(self.person, street="Uusikatu 9")
        self.assertFalse(self.case.contact_change)
        self.assertFalse(self.asked())
