from odoo import fields, models

from ...const import IDENTITY_GROUP
from ...maventa.payload import Address, Payer
from ..connection.vault import door


class AmiliAssignmentPayer(models.Model):
    """Who was named to Amili, as they were at the moment of confirming."""

    _name = "amili.assignment.payer"
    _description = "Debtor of an Amili Assignment"
    _inherit = ["amili.derived.mixin", "amili.doors.mixin"]
    # The main debtor stands first.
    _order = "assignment_id, role desc, id"

    assignment_id = fields.Many2one(
        "amili.assignment", required=True, index=True, ondelete="cascade", readonly=True
    )
    role = fields.Selection(
        [("main_debtor", "Main debtor"), ("co_debtor", "Co-debtor")],
        required=True,
        readonly=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    name = fields.Char(required=True, readonly=True)
    business_id = fields.Char(string="Business ID", readonly=True)
    personal_identity_code = door(
        fields.Char,
        "personal_identity_code",
        "amili.identity.code",
        "text",
        groups=IDENTITY_GROUP,
        help="Erased when the assignment ends.",
    )
    street = fields.Char(readonly=True)
    street2 = fields.Char(readonly=True)
    zip = fields.Char(string="Postal Code", readonly=True)
    city = fields.Char(readonly=True)
    country_code = fields.Char(string="Country", readonly=True)
    email = fields.Char(string="E-mail", readonly=True)
    phone = fields.Char(readonly=True)

    def _is_as_named(self, name):
        """Whether the contact still has what was told of it.

        :param str name: of a field here; what is empty or erased by now counts as such
        """
        self.ensure_one()
        if not (name and self[name] and self.partner_id):
            return True
        now = self.partner_id._amili_payer_values(
            self.role, self.assignment_id.receivables_type
        )
        return now[name] == self[name]


def build_payer(values):
    """Return the :class:`Payer` of the values of an ``amili.assignment.payer``."""
    streets = (values["street"], values["street2"])
    return Payer(
        role=values["role"],
        name=values["name"],
        address=Address(
            streets=tuple(street for street in streets if street),
            zip_code=values["zip"],
            city=values["city"],
            country=values["country_code"],
        ),
        business_id=values["business_id"] or "",
        personal_identity_code=values["personal_identity_code"] or "",
        email=values["email"] or "",
        phone=values["phone"] or "",
    )
