from odoo import api, fields, models
from odoo.exceptions import UserError

from ...const import ACCOUNTABLE_PARTIES, SERVICE_DEEDS

DEEDS = [deed for deed in SERVICE_DEEDS if deed[0] != "activate"]


class AmiliServiceWizard(models.TransientModel):
    """What an administrator confirms before an active service is changed or ended.

    Makes no remote call: it puts the request on its way.
    """

    _name = "amili.service.wizard"
    _description = "Change or End Amili Perintä"

    service_id = fields.Many2one(
        "amili.service", required=True, readonly=True, ondelete="cascade"
    )
    deed = fields.Selection(DEEDS, required=True, readonly=True)
    accountable_party = fields.Selection(
        ACCOUNTABLE_PARTIES,
        string="Debtors Pay To",
        compute="_compute_accountable_party",
        store=True,
        readonly=False,
        help="Whose account number the letters to the debtors show.",
    )
    warning = fields.Text(compute="_compute_warning")
    is_sure = fields.Boolean(string="Yes, end the service for this company")

    @api.depends("service_id")
    def _compute_accountable_party(self):
        for wizard in self:
            wizard.accountable_party = wizard.service_id.accountable_party

    @api.depends("service_id")
    def _compute_warning(self):
        for wizard in self:
            company = wizard.service_id.company_id
            wizard.warning = wizard.deed == "end" and " ".join(
                filter(
                    None,
                    [
                        self.env._(
                            "Maventa is asked to end Amili Perintä for %s. After that "
                            "no invoice can be handed over, and to begin again "
                            "somebody has to sign a new agreement.",
                            company.name,
                        ),
                        company._amili_explain_end(),
                    ],
                )
            )

    def action_confirm(self):
        """Put the request on its way and show where it stands.

        :raises UserError: it changes nothing, nobody said yes, or another request is on
            its way
        """
        self.ensure_one()
        service = self.service_id
        service._check_is_administrator()
        service._check_is_current()
        if self.deed == "end":
            if not self.is_sure:
                raise UserError(
                    self.env._("Tick that you are sure: this ends the service.")
                )
            request = {}
        else:
            if self.accountable_party in (False, service.accountable_party):
                raise UserError(
                    self.env._("Choose the other account: this is as it is now.")
                )
            request = {"accountable_party": self.accountable_party}
        service.sudo()._start(self.deed, request)
        return service._get_records_action(name=self.env._("Amili Perintä"))
