"""Who owes, and what of them is missing or wrong: a part of the checks."""

from collections import Counter

import pycountry

from odoo import models

from ..maventa.contract import PRODUCTION
from .res_partner import (
    FINNISH_COUNTRY_CODES,
    is_valid_business_id,
    is_valid_identity_code,
)


class AccountMove(models.Model):
    _inherit = "account.move"

    def _amili_check_debtors(self, found, terms):
        partner = self.commercial_partner_id
        co_debtors = terms["co_debtors"]
        for debtor in partner + co_debtors:
            debtor_found = self._amili_debtor_problems(debtor, terms)
            if debtor_found:
                found.stop(
                    f"debtor_{debtor.id}",
                    self.env._(
                        "%(debtor)s: %(problems)s.",
                        debtor=debtor.display_name,
                        problems=", ".join(debtor_found),
                    ),
                    self.env._("View contact"),
                    debtor,
                )
            if (
                debtor.country_id
                and debtor.country_id.code not in FINNISH_COUNTRY_CODES
            ):
                found.warn(
                    f"foreign_{debtor.id}",
                    self.env._(
                        "%(debtor)s lives or is registered in %(country)s: ask Amili "
                        "how it collects there.",
                        debtor=debtor.display_name,
                        country=debtor.country_id.name,
                    ),
                )
        if partner in co_debtors:
            found.stop(
                "same_debtor_twice",
                self.env._("The same debtor is named twice: remove one of them."),
                self.env._("View invoice"),
                self,
            )
        elif self._amili_same_identifier(partner + co_debtors):
            found.stop(
                "same_debtor_twice",
                self.env._(
                    "Two debtors have the same Business ID or identity code: are they "
                    "one and the same?"
                ),
                self.env._("View contacts"),
                partner + co_debtors,
            )

    def _amili_debtor_problems(self, debtor, terms):
        """Return what is missing or wrong in a contact, as words for a list."""
        labels = {
            "name": self.env._("the name is missing"),
            "street": self.env._("the street is missing"),
            "zip": self.env._("the postal code is missing"),
            "city": self.env._("the city is missing"),
            "country_id": self.env._("the country is missing"),
        }
        problems = [
            label
            for name, label in labels.items()
            if not (
                debtor[name].strip() if isinstance(debtor[name], str) else debtor[name]
            )
        ]
        code = debtor.country_id.code
        if debtor.country_id and not (code and pycountry.countries.get(alpha_2=code)):
            problems.append(self.env._("the country is not in ISO 3166"))
        return problems + self._amili_identifier_problems(debtor, terms)

    def _amili_identifier_problems(self, debtor, terms):
        receivables_type = terms["receivables_type"] or ""
        is_main = debtor == self.commercial_partner_id
        problems = []
        number = debtor._amili_business_id()
        needs_number = debtor.is_company
        if is_main:
            needs_number = receivables_type.startswith("b2b")
        if debtor._amili_is_finnish():
            if needs_number and not number:
                problems.append(self.env._("the Business ID is missing"))
            elif number and not is_valid_business_id(number):
                problems.append(self.env._("the Business ID is not valid"))
        code = debtor._amili_identity_code()
        if is_main and receivables_type == "b2c_rental" and not code:
            problems.append(self.env._("rent needs the personal identity code"))
        allow_temporary = self.company_id.amili_environment != PRODUCTION
        if code and not is_valid_identity_code(code, allow_temporary):
            problems.append(self.env._("the personal identity code is not valid"))
        return problems

    def _amili_same_identifier(self, debtors):
        numbers = Counter(
            number
            for debtor in debtors
            for number in (debtor._amili_business_id(), debtor._amili_identity_code())
            if number
        )
        return any(count > 1 for count in numbers.values())
