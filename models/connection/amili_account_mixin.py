from psycopg2.errors import UniqueViolation

from odoo import api, models
from odoo.exceptions import ConcurrencyError


class AmiliAccountMixin(models.AbstractModel):
    """A row of its own for each company, environment and Maventa company.

    Who comes back to an environment finds what was there. A model that takes this has
    the fields ``company_id``, ``environment`` and ``maventa_company_uuid``.
    """

    _name = "amili.account.mixin"
    _description = "One for Each Maventa Company"

    @api.model
    def _for_company(self, company):
        """Return the row of the Maventa company that a company works with, or none."""
        return self.sudo().search(
            [(name, "=", value) for name, value in _company_key(company).items()],
            limit=1,
        )

    @api.model
    def _get_or_create(self, company):
        """Return the row of the Maventa company that a company works with.

        :raises ConcurrencyError: somebody else has just made it, which only another
            transaction sees: Odoo answers the click by that
        """
        found = self._for_company(company)
        if found:
            return found
        try:
            with self.env.cr.savepoint():
                return self.sudo().create(_company_key(company))
        except UniqueViolation as exc:
            raise ConcurrencyError(f"{self._name} of {company.id}") from exc


def _company_key(company):
    environment, uuid = company._amili_account()
    return {
        "company_id": company.id,
        "environment": environment,
        "maventa_company_uuid": uuid,
    }
