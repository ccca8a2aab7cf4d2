from odoo import api, fields, models

from ..maventa import comparison, operations

APIS = [(operations.AX, "AX API"), (operations.RECEIVABLES, "Receivables API")]
SEVERITIES = [
    (comparison.BREAKS, "Would break"),
    (comparison.LOOK, "To look at"),
    (comparison.CONFIRMED, "Confirmed"),
    (comparison.INFO, "Good to know"),
]
PLACES = [
    (comparison.PATH, "Address"),
    (operations.QUERY, "Query"),
    (operations.FORM, "Form"),
    (operations.BODY, "Body"),
    (operations.ANSWER, "Answer"),
]
KINDS = [
    (comparison.PATH_MISSING, "No such address"),
    (comparison.METHOD_MISSING, "No such method"),
    (comparison.PATH_ELSEWHERE, "Another address"),
    (comparison.SCOPE, "Rights"),
    (comparison.MEDIA, "Content type"),
    (comparison.NOT_TOLD, "Not described"),
    (comparison.MISSING, "Missing at Maventa"),
    (comparison.REQUIRED, "Required by Maventa"),
    (comparison.VALUE_MISSING, "Word missing at Maventa"),
    (comparison.VALUE_UNKNOWN, "Word unknown to Odoo"),
    (comparison.TYPE, "Another type"),
    (comparison.UNKNOWN, "Unknown to Odoo"),
    (comparison.NAME_CONFIRMED, "Name confirmed"),
    (comparison.VALUE_CONFIRMED, "Word confirmed"),
]


class AmiliContractCheckLine(models.TransientModel):
    """One thing that differs between Odoo's calls and Maventa's description."""

    _name = "amili.contract.check.line"
    _description = "Difference of the API Contract"
    _order = "check_id, sequence, id"
    _rec_name = "operation"

    check_id = fields.Many2one(
        "amili.contract.check", required=True, readonly=True, ondelete="cascade"
    )
    sequence = fields.Integer(readonly=True)
    # All of them are shown as groups, in this order, even where there is none.
    severity = fields.Selection(
        SEVERITIES, string="Result", required=True, readonly=True, group_expand=True
    )
    kind = fields.Selection(KINDS, string="Difference", required=True, readonly=True)
    interface = fields.Selection(APIS, string="API", required=True, readonly=True)
    operation = fields.Char(string="What Odoo Does", required=True, readonly=True)
    path = fields.Char(string="Call", required=True, readonly=True)
    place = fields.Selection(PLACES, required=True, readonly=True)
    field = fields.Char(readonly=True)
    ours = fields.Text(string="Odoo", readonly=True)
    theirs = fields.Text(string="Maventa", readonly=True)
    meaning = fields.Text(string="What It Means", readonly=True)

    @api.model
    def _values(self, difference):
        """Return the values of a line for a ``maventa.comparison.Difference``."""
        return {
            "severity": difference.severity,
            "kind": difference.kind,
            "interface": difference.api,
            "operation": self._operations()[difference.operation],
            "path": f"{difference.method} {difference.path}",
            "place": difference.place,
            "field": difference.field,
            "ours": difference.ours,
            "theirs": difference.theirs,
            "meaning": self._meaning(difference),
        }

    @api.model
    def _operations(self):
        """Return what each call does, in plain words."""
        return {
            "token": self.env._("Log in"),
            "current": self.env._("Test the connection"),
            "service": self.env._("Ask how far the service is"),
            "activate_service": self.env._("Activate the service"),
            "subscriptions": self.env._("List the webhooks"),
            "unsubscribe": self.env._("Remove a webhook"),
            "invoices": self.env._("Look up invoices"),
            "upload_invoice": self.env._("Send an invoice to Maventa"),
            "invoice": self.env._("Read an invoice"),
            "invoice_actions": self.env._("Follow the delivery of an invoice"),
            "transfer": self.env._("Hand over an invoice"),
            "transfer_status": self.env._("Ask how a hand-over went"),
            "cases": self.env._("List the cases"),
            "case": self.env._("Read a case"),
            "case_events": self.env._("Read the events of a case"),
            "add_event": self.env._("Report to Amili"),
            "mark_seen": self.env._("Mark an event as seen"),
            "events": self.env._("Read what Amili did"),
        }

    @api.model
    def _meaning(self, difference):
        """Return what a difference means for the company."""
        is_read = difference.place == operations.ANSWER
        return (self._meaning_of_read if is_read else self._meaning_of_sent)(
            difference
        ) or self._meaning_of_any(difference)

    def _meaning_of_sent(self, difference):
        return {
            comparison.MISSING: self._with_hint(
                difference,
                self.env._(
                    "Maventa may refuse the call, or pass over what Odoo sends under "
                    "this name."
                )
                if difference.severity == comparison.BREAKS
                else self.env._(
                    "Maventa may pass over this filter; more may come than was asked "
                    "for."
                ),
            ),
            comparison.REQUIRED: self.env._(
                "Maventa refuses the call without it, and Odoo sends it only where it "
                "is known."
            )
            if difference.ours
            else self.env._(
                "Maventa refuses the call without it, and Odoo never sends it."
            ),
            comparison.VALUE_MISSING: self.env._(
                "Maventa refuses these words. One of theirs may be the right one."
            ),
            comparison.VALUE_UNKNOWN: self.env._("Maventa would take these as well."),
            comparison.TYPE: self.env._("Maventa may refuse a value of this type."),
            comparison.UNKNOWN: self.env._("Maventa would take this as well."),
            comparison.NOT_TOLD: self.env._(
                "The description does not say what Maventa takes here: nothing could "
                "be compared."
            ),
        }.get(difference.kind)

    def _meaning_of_read(self, difference):
        return {
            comparison.MISSING: self._with_hint(
                difference,
                self.env._("Odoo cannot understand the answer without it.")
                if difference.severity == comparison.BREAKS
                else self.env._("It stays empty in Odoo."),
            ),
            comparison.VALUE_MISSING: self.env._(
                "Odoo waits for words that never come. One of theirs may be the right "
                "one."
            ),
            comparison.VALUE_UNKNOWN: self.env._(
                "Odoo shows these words as they come and concludes nothing from them."
            ),
            comparison.TYPE: self.env._("Odoo cannot read a value of this type."),
            comparison.UNKNOWN: self.env._(
                "Maventa tells this, and Odoo does not use it."
            ),
            comparison.NOT_TOLD: self.env._(
                "The description does not say what the answer holds: nothing could be "
                "compared."
            ),
        }.get(difference.kind)

    def _with_hint(self, difference, sentence):
        """Add that what they have beside it may be the same under another name."""
        if not difference.theirs:
            return sentence
        hint = self.env._("What they have beside it may be its right name.")
        return f"{sentence} {hint}"

    def _meaning_of_any(self, difference):
        return {
            comparison.PATH_MISSING: self.env._(
                "The call fails: Maventa has no such address. One that is like it may "
                "be the right one."
            ),
            comparison.METHOD_MISSING: self.env._(
                "The call fails: the address is there and takes other methods only."
            ),
            comparison.PATH_ELSEWHERE: self.env._(
                "According to the description, the address begins with this."
            ),
            comparison.SCOPE: self.env._(
                "The call needs rights that Odoo does not ask for."
            ),
            comparison.MEDIA: self.env._(
                "Odoo sends it in one way, and the description names others only."
            ),
            comparison.NAME_CONFIRMED: self.env._(
                "Odoo assumed this name, and it is right."
            ),
            comparison.VALUE_CONFIRMED: self.env._(
                "Odoo assumed these words, and they are right."
            ),
        }[difference.kind]
