"""What stands in the way of a hand-over on the side of those who owe."""

from collections import Counter

import pycountry

from odoo import models

from ...const import IDENTITY_GROUP
from ...maventa.contract import LETTER_LINE_LENGTH, PRODUCTION
from ...maventa.masking import mask_text
from ..invoice.res_partner import emails_in
from .res_partner import (
    has_five_digits,
    is_valid_business_id,
    is_valid_identity_code,
    phones_in,
)


class AccountMove(models.Model):
    _inherit = "account.move"

    def _amili_check_debtors(self, found, terms):
        partner = self.commercial_partner_id
        co_debtors = terms["co_debtors"]
        for debtor in partner + co_debtors:
            self._amili_check_contact_data(found, debtor)
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
            if debtor.country_id and not debtor._amili_is_finnish():
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

    def _amili_check_contact_data(self, found, debtor):
        """Warn of what Amili cannot use as it was entered, or gets only a part of."""
        view = (self.env._("View contact"), debtor)
        remarks = [
            *self._amili_several(
                debtor.email, emails_in(debtor.email), self.env._("e-mail address")
            ),
            *self._amili_several(
                debtor.phone,
                phones_in(debtor.phone, debtor.country_id.code),
                self.env._("telephone number"),
            ),
            *self._amili_long_lines(debtor),
        ]
        if has_five_digits(debtor.zip):
            remarks += self._amili_proposed_place(debtor)
        if remarks:
            found.warn(
                f"contact_{debtor.id}",
                self.env._(
                    "%(debtor)s: %(problems)s.",
                    debtor=debtor.display_name,
                    problems=", ".join(remarks),
                ),
                *view,
            )
        if not debtor.active:
            found.warn(
                f"archived_{debtor.id}",
                self.env._(
                    "%s is archived. If this debtor no longer owes, take them off.",
                    debtor.display_name,
                )
                if debtor != self.commercial_partner_id
                else self.env._(
                    "%s is archived. Make sure that this is still the debtor.",
                    debtor.display_name,
                ),
                *view,
            )

    def _amili_several(self, entered, usable, kind):
        """Return which of several is named to Amili, or that none can be."""
        entered = (entered or "").strip()
        if len(usable) > 1:
            return [
                self.env._(
                    "%(kind)s: several are entered, and Amili gets %(first)s",
                    kind=kind,
                    first=usable[0],
                )
            ]
        if entered and not usable:
            return [
                self.env._(
                    "%(kind)s: “%(entered)s” is not valid, and Amili gets none",
                    entered=mask_text(entered),
                    kind=kind,
                )
            ]
        return []

    def _amili_long_lines(self, debtor):
        names = [
            name
            for name in ("name", "street", "street2", "city")
            if len((debtor[name] or "").strip()) > LETTER_LINE_LENGTH
        ]
        if not names:
            return []
        labels = debtor.fields_get(names, ["string"])
        return [
            self.env._(
                "longer than the %(limit)s characters that a line of a letter may "
                "take: %(names)s",
                limit=LETTER_LINE_LENGTH,
                names=", ".join(labels[name]["string"] for name in names),
            )
        ]

    def _amili_proposed_place(self, debtor):
        place = debtor._amili_corrected_place()
        return [self.env._("proposed instead: %s", place)] if place else []

    def _amili_postal_code_problems(self, debtor):
        entered = (debtor.zip or "").strip()
        if not debtor._amili_is_finnish() or has_five_digits(entered):
            return []
        problems = []
        if entered:
            problems.append(
                self.env._("the postal code “%s” does not have five digits", entered)
            )
        return problems + self._amili_proposed_place(debtor)

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
        return [
            *problems,
            *self._amili_postal_code_problems(debtor),
            *self._amili_identifier_problems(debtor, terms),
        ]

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
            problems += self._amili_contradicting_numbers(debtor)
        code = debtor._amili_identity_code()
        if is_main and receivables_type == "b2c_rental" and not code:
            problems.append(
                self.env._("rent needs the personal identity code")
                if self.env.user.has_group(IDENTITY_GROUP)
                else self.env._(
                    "rent needs the personal identity code, which a colleague enters "
                    "who may see identity codes"
                )
            )
        allow_temporary = self.company_id.sudo().amili_environment != PRODUCTION
        if code and not is_valid_identity_code(code, allow_temporary):
            problems.append(self.env._("the personal identity code is not valid"))
        return problems

    def _amili_contradicting_numbers(self, debtor):
        numbers = debtor._amili_business_ids()
        if len(numbers) < 2:
            return []
        labels = debtor.fields_get(set(numbers.values()), ["string"])
        return [
            self.env._(
                "its Business IDs differ: %s (correct the wrong one; if both are "
                "right, as in a VAT group, enter the one that owes as the Business ID "
                "of the Debtor)",
                ", ".join(
                    f"{number} ({labels[name]['string']})"
                    for number, name in numbers.items()
                ),
            )
        ]

    def _amili_same_identifier(self, debtors):
        """Whether two of these debtors have the same Business ID or identity code.

        Each kind is compared with its own: a guess that is entered as a Business ID is
        not answered. That two codes are equal learns who may see them alone.
        """
        identifiers = [[debtor._amili_business_id() for debtor in debtors]]
        if self.env.user.has_group(IDENTITY_GROUP):
            identifiers.append([debtor._amili_identity_code() for debtor in debtors])
        return any(
            count > 1
            for kind in identifiers
            for count in Counter(filter(None, kind)).values()
        )
