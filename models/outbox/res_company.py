"""What the outbox has to know of a company; the connection says it."""

from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _amili_lang(self):
        """Return the language of what is written for people of the company."""
        return self.partner_id.lang or self.env.lang

    def _amili_account(self):
        """Return the environment and the Maventa company that this works with.

        :rtype: tuple[str, str]
        """
        raise NotImplementedError

    def _amili_client(self, **options):
        """Return a connection to Maventa with this company's own credentials.

        :raises errors.AccessProblem: there can be none
        """
        raise NotImplementedError
