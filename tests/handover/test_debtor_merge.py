"""Merging contacts loses nothing of what is known of debtors."""

from odoo import Command
from odoo.tests import new_test_user, tagged

from ..common import QueueCase

CODE, OTHER_CODE = "131052-308T", "010594Y9032"


@tagged("post_install", "-at_install")
class TestMerge(QueueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Of accounting they may nothing.
        cls.merger = new_test_user(
            cls.env,
            login="amili_merger",
            groups="base.group_user,base.group_partner_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def contact(self, name="Sini Sopu", code=False, **values):
        contact = self.env["res.partner"].create(
            {
                "name": name,
                "email": "sini@sopu.example",
                "street": "Katu 1",
                "zip": "00100",
                "city": "Helsinki",
                "country_id": self.finland.id,
                **values,
            }
        )
        contact.sudo().amili_personal_identity_code = code
        return contact

    def merge(self, sources, target, user=None):
        every = sources + target
        self.env.flush_all()
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(
            user or self.merger
        )
        wizard.with_context(active_model="res.partner", active_ids=every.ids).create(
            {"dst_partner_id": target.id, "partner_ids": [Command.set(every.ids)]}
        ).action_merge()
        self.env.invalidate_all()
        self.assertFalse(sources.exists())

    def co_debtor(self, debtor, partner, **values):
        return (
            self.env["amili.co.debtor"]
            .with_user(self.clerk)
            .create(
                {
                    "debtor_id": debtor.id,
                    "partner_id": partner.id,
                    "basis": "guarantee",
                    "date_from": "2026-01-01",
                    **values,
                }
            )
        )

    def test_blocked_stays_blocked(self):
        for source_reason, target_reason, expected in (
            ("Maksusopimus", None, "Maksusopimus"),
            (None, "Riita", "Riita"),
            ("Maksusopimus", "Riita", "Riita; Maksusopimus"),
            ("Riita", "Riita", "Riita"),
        ):
            source, target = (
                self.contact(
                    amili_collection_block=bool(reason),
                    amili_collection_block_reason=reason,
                )
                for reason in (source_reason, target_reason)
            )
            move = self.invoice(source)
            self.merge(source, target)
            with self.subTest(source=source_reason, target=target_reason):
                self.assertEqual(move.partner_id, target)
                self.assertTrue(target.amili_collection_block)
                self.assertEqual(target.amili_collection_block_reason, expected)
                alert = move._amili_get_alerts()[move.id]["customer_blocked"]
                self.assertIn(expected, alert["message"])

    def test_what_nobody_blocked_is_free(self):
        target = self.contact()
        self.merge(self.contact(), target)
        self.assertFalse(target.amili_collection_block)

    def test_a_chosen_type_stays_and_the_stricter_one_wins(self):
        for source, target, expected in (
            ("b2c_rental", "b2c", "b2c_rental"),
            ("b2c", "b2c_rental", "b2c_rental"),
            ("b2b", "b2c", "b2b"),
            ("b2b", "b2c_rental", "b2c_rental"),
            ("b2c", "b2c", "b2c"),
        ):
            contact = self.contact(amili_receivables_type=target)
            self.merge(self.contact(amili_receivables_type=source), contact)
            with self.subTest(source=source, target=target):
                self.assertEqual(contact.amili_receivables_type, expected)

    def test_a_chosen_type_stays_where_the_contact_becomes_a_company(self):
        target = self.contact(amili_receivables_type="b2c_rental")
        self.merge(self.contact(is_company=True), target)
        self.assertTrue(target.is_company)
        self.assertEqual(target.amili_receivables_type, "b2c_rental")
        plain = self.contact()
        self.merge(self.contact(is_company=True), plain)
        self.assertEqual(plain.amili_receivables_type, "b2b")

    def test_the_identity_code_comes_along(self):
        for source, target in ((CODE, False), (False, CODE), (CODE, "131052-308t ")):
            contact = self.contact(code=target)
            self.merge(self.contact(code=source), contact)
            with self.subTest(source=bool(source), target=bool(target)):
                self.assertEqual(contact._amili_identity_code(), CODE)
                self.assertFalse(contact.amili_collection_block)

    def test_different_identity_codes_block(self):
        """Nobody is pursued under the code of somebody else."""
        for sources in ([CODE], [CODE, False], [False, CODE]):
            contact = self.contact(code=OTHER_CODE, amili_collection_block_reason="")
            sources = [self.contact(code=code) for code in sources]
            self.merge(self.env["res.partner"].union(*sources), contact)
            self.assertEqual(contact._amili_identity_code(), OTHER_CODE)
            self.assertTrue(contact.amili_collection_block)
            reason = contact.amili_collection_block_reason
            self.assertIn("different identity codes", reason)
            self.assertNotIn(CODE, reason)
            self.assertNotIn(OTHER_CODE, reason)

    def test_co_debtors_come_along_in_both_directions(self):
        target, source = self.contact(), self.contact()
        guarantor, customer = self.contact("Yrjö Takaaja"), self.contact("Asiakas B")
        self.co_debtor(source, guarantor)
        self.co_debtor(customer, source)
        self.merge(source, target)
        self.assertEqual(target.amili_co_debtor_ids.partner_id, guarantor)
        self.assertEqual(customer.amili_co_debtor_ids.partner_id, target)

    def test_one_who_stands_twice_takes_nobody_else_along(self):
        one, same = self.contact("Yrjö Takaaja"), self.contact("Yrjö Takaaja")
        first, other = self.contact("Asiakas A"), self.contact("Asiakas B")
        for debtor, who in ((first, one), (first, same), (other, same)):
            self.co_debtor(debtor, who)
        self.merge(same, one)
        self.assertEqual(len(first.amili_co_debtor_ids), 1)
        self.assertEqual(first.amili_co_debtor_ids.partner_id, one)
        self.assertEqual(other.amili_co_debtor_ids.partner_id, one)

    def test_customers_with_the_same_co_debtor(self):
        guarantor, target, source = (
            self.contact("Takaaja"),
            *(self.contact() for _each in range(2)),
        )
        self.co_debtor(target, guarantor, date_to=False)
        self.co_debtor(source, guarantor, date_to="2026-06-30")
        self.co_debtor(source, guarantor, date_from="2026-07-01")
        self.co_debtor(source, target, date_from=False)
        self.merge(source, target)
        lines = target.amili_co_debtor_ids.sorted("date_from")
        self.assertEqual(lines.partner_id, guarantor)
        self.assertEqual([str(line.date_to) for line in lines], ["2026-06-30", "False"])

    def test_of_two_ends_of_a_liability_the_earlier_counts(self):
        for ends in (("2026-06-30", "2026-12-31"), ("2026-12-31", "2026-06-30")):
            guarantor = self.contact("Takaaja")
            target, source = self.contact(), self.contact()
            for debtor, end in zip((target, source), ends, strict=True):
                self.co_debtor(debtor, guarantor, date_to=end)
            self.merge(source, target)
            with self.subTest(ends=ends):
                self.assertEqual(str(target.amili_co_debtor_ids.date_to), "2026-06-30")

    def test_co_debtors_of_an_invoice_come_along(self):
        one, same = self.contact("Yrjö Takaaja"), self.contact("Yrjö Takaaja")
        only_same = self.invoice(amili_co_debtor_partner_ids=same.ids)
        both = self.invoice(amili_co_debtor_partner_ids=(one + same).ids)
        self.merge(same, one)
        self.assertEqual((only_same + both).amili_co_debtor_partner_ids, one)
        self.assertEqual(both.amili_co_debtor_partner_ids, one)
