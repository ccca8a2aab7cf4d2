"""Wizards for activation, uploads, adopting: of whom, with what."""

import itertools

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .connected_case import ConnectedCase


@tagged("post_install", "-at_install")
class TestWizards(ConnectedCase):
    """A wizard is made by whoever may, with what is their own."""

    def test_who_may_make_them(self):
        may = {
            "amili.activation.wizard": {self.administrator},
            "amili.adoption.wizard": {self.manager},
            "amili.upload.wizard": {self.clerk, self.manager},
        }
        people = (
            self.portal,
            self.public,
            self.employee,
            self.reader,
            self.outsider,
            self.accountant,
            self.clerk,
            self.manager,
            self.administrator,
        )
        for (model, names), user in itertools.product(may.items(), people):
            wizards = self.env[model].with_user(user)
            with self.subTest(user=user.login, model=model):
                self.env.invalidate_all()
                if user in names:
                    self.assertTrue(wizards.create({}))
                else:
                    self.assert_refused(lambda w=wizards: w.create({}))

    def test_of_others_are_closed(self):
        pairs = (
            ("amili.activation.wizard", self.administrator, "base.group_system"),
            (
                "amili.adoption.wizard",
                self.manager,
                "amili_perinta.group_amili_manager",
            ),
            ("amili.upload.wizard", self.clerk, "amili_perinta.group_amili_user"),
        )
        for number, (model, user, group) in enumerate(pairs):
            wizard = self.env[model].with_user(user).create({})
            second = self.new_user(f"g_second{number}", group)
            own = wizard.with_user(second)
            self.env.flush_all()
            for act in (
                lambda w=own: w.read(["create_date"]),
                lambda w=own: w.write({"create_uid": w.env.uid}),
            ):
                with self.subTest(model=model):
                    self.env.invalidate_all()
                    self.assert_refused(act)

    def test_upload_wizard_takes_no_invoice_of_another_company(self):
        theirs = self.invoice(company=self.other, known=False)
        lines = self.env["amili.upload.wizard"].with_user(self.clerk)
        line = Command.create({"move_id": theirs.id, "delivery": "deliver"})
        self.assert_refused(lambda: lines.create({"line_ids": [line]}))
        context = {"active_model": "account.move", "active_ids": theirs.ids}
        self.assert_refused(lambda: lines.with_context(**context).create({}))
        self.assert_refused(
            lambda: lines.with_context(**context).default_get(["line_ids"])
        )
        both = {**context, "active_ids": (self.move + theirs).ids}
        self.assert_refused(lambda: lines.with_context(**both).create({}))
        self.assert_refused(
            (self.move + theirs).with_user(self.clerk).action_amili_upload
        )

    def test_upload_line_tells_nothing_of_an_invoice_of_another_company(self):
        theirs = self.invoice(company=self.other, known=False, amount=777.0)
        lines = self.env["amili.upload.wizard.line"].with_user(self.clerk)
        names = ("move_id", "partner_id", "amount_total", "is_move_sent", "problem")
        spec = {name: {} for name in names} | {
            "move_id": {"fields": {"display_name": {}}}
        }
        self.env.invalidate_all()
        self.assert_refused(
            lambda: lines.onchange({"move_id": theirs.id}, ["move_id"], spec)
        )

    def test_adoption_wizard_takes_no_case_of_another_company(self):
        wizards = self.env["amili.adoption.wizard"].with_user(self.their_manager)
        case = self.mine["amili.found.case"]
        self.assert_refused(
            lambda: wizards.create({"case_ids": [Command.set(case.ids)]})
        )
        self.assert_refused(
            lambda: wizards.with_context(default_case_ids=case.ids).create({})
        )
        own = wizards.create({})
        self.assert_refused(lambda: own.write({"case_ids": [Command.link(case.id)]}))
        # What the form asks while it is being filled in.
        names = ("case_ids", "number", "total_amount", "business_id", "summary")
        spec = {name: {} for name in names}
        self.env.invalidate_all()
        try:
            answer = wizards.onchange({"case_ids": [[4, case.id]]}, ["case_ids"], spec)
        except AccessError:
            return
        self.assertNotIn("SALAINEN", str(answer))
        self.assertNotIn("777", str(answer))

    def test_adoption_wizard_shows_no_invoice_that_its_user_cannot_see(self):
        theirs = self.invoice(company=self.other, known=False)
        wizard = self.env["amili.adoption.wizard"].with_user(self.manager).create({})
        wizard.move_id = theirs.id
        self.env.flush_all()
        for name in ("move_total", "move_date", "partner_id", "move_business_id"):
            self.env.invalidate_all()
            with self.subTest(field=name):
                self.assert_refused(lambda n=name: wizard.read([n]))

    def test_activation_wizard_is_of_ones_own_company(self):
        """Nor does it tell what was entered for another company before."""
        wizards = self.env["amili.activation.wizard"].with_user(
            self.their_administrator
        )
        tricked = wizards.with_context(default_company_id=self.company.id)
        self.mine["amili.service"].request = {"contact_person": "Salainen Sihteeri"}
        self.env.flush_all()
        self.env.invalidate_all()
        try:
            told = tricked.default_get(list(wizards._fields))
        except AccessError:
            told = {}
        self.assertNotIn("Salainen", str(told))
        self.assert_refused(lambda: tricked.create({}))
        self.assert_refused(lambda: wizards.create({"company_id": self.company.id}))
        own = wizards.create({})
        with self.assertRaises(UserError):
            own.write({"company_id": self.company.id})
            own.flush_recordset()
            own.action_activate()

    def test_lines_cannot_be_put_into_the_wizard_of_another(self):
        wizard = self.env["amili.upload.wizard"].with_user(self.clerk).create({})
        second = self.new_user("g_line", "amili_perinta.group_amili_user")
        lines = self.env["amili.upload.wizard.line"].with_user(second)
        lines.create({"wizard_id": wizard.id, "move_id": self.move.id})
        self.env.invalidate_all()
        # The owner does not send what somebody else has put there.
        with self.assertRaises(UserError):
            wizard.action_upload()
