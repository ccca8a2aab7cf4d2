"""Which invoices may be meant for Amili, and how each of them stands.

The list of candidates shows it, the automation obeys it.
"""

from odoo import api, models
from odoo.fields import Domain

# In alphabetical order, so that the database sorts what is ready first.
LEVELS = [("ready", "Ready"), ("review", "Check First"), ("stopped", "Stopped")]
READY, REVIEW, STOPPED = (level for level, _label in LEVELS)
# What is shown to mend a problem, by the model that its alert opens.
REMEDIES = [
    ("look_up", "Look up the Maventa ID"),
    ("invoice", "Open the invoice"),
    ("contact", "Open the customer"),
]
OPEN_PAYMENT_STATES = ("not_paid", "partial", "blocked")


class AccountMove(models.Model):
    _inherit = "account.move"

    @api.model
    def _amili_overdue_domain(self, companies):
        """Return the domain of the customer invoices of companies that are overdue,
        if only in an instalment, open, and not at Amili already.
        """
        past_due = Domain.OR(
            Domain("company_id", "=", company.id)
            & _past_due_domain(company._amili_today())
            for company in companies
        )
        return past_due & Domain(
            [
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("payment_state", "in", OPEN_PAYMENT_STATES),
                ("amili_assignment_id", "=", False),
            ]
        )

    def _amili_appraise(self, terms):
        """Return whether each invoice is ready for Amili; if not, why not.

        :param dict terms: as from ``_amili_default_terms``
        :return: by invoice id: ``level`` (one of ``LEVELS``), ``problem`` (the alerts
            in words, what stops first) and ``remedy`` (one of ``REMEDIES`` or False)
        :rtype: dict[int, dict]
        """
        alerts = self._amili_get_alerts(terms)
        appraisals = {}
        for move in self:
            found = sorted(
                alerts[move.id].items(), key=lambda item: item[1]["level"] != "danger"
            )
            messages = [alert["message"] for _code, alert in found]
            remedy = _fix(found)
            left_out = move._amili_standing_co_debtors() - terms[move.id]["co_debtors"]
            if left_out:
                # Whether they are named is a choice that only a person makes.
                messages.append(
                    self.env._(
                        "Liable as well, but not named: %s",
                        ", ".join(left_out.mapped("display_name")),
                    )
                )
                remedy = remedy or "invoice"
            is_stopped = bool(found) and found[0][1]["level"] == "danger"
            appraisals[move.id] = {
                "level": STOPPED if is_stopped else REVIEW if messages else READY,
                "problem": "\n".join(messages),
                "remedy": remedy,
            }
        return appraisals


def _past_due_domain(today):
    # The due date of an invoice is that of its last instalment.
    instalment = [
        ("display_type", "=", "payment_term"),
        ("reconciled", "=", False),
        ("date_maturity", "<", today),
    ]
    return Domain("invoice_date_due", "<", today) | (
        Domain("invoice_date_due", ">=", today) & Domain("line_ids", "any", instalment)
    )


def _fix(found):
    """Return what mends the first of these alerts that can be mended."""
    for code, alert in found:
        if code == "no_maventa_id":
            return "look_up"
        if "action" in alert:
            model = alert["action"]["res_model"]
            return "contact" if model == "res.partner" else "invoice"
    return False
