import base64
import binascii

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ENVIRONMENTS
from ..maventa.comparison import BREAKS, CONFIRMED, INFO, LOOK, SEVERITIES
from ..maventa.description import MAX_BYTES, UnreadableDescription
from ..models.amili_description_errors import explain_description


class AmiliContractCheck(models.TransientModel):
    """What an administrator sees of where Odoo and Maventa's own words differ.

    The reading and comparing is done by ``res.company``.
    """

    _name = "amili.contract.check"
    _description = "Check of the API Contract"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    environment = fields.Selection(ENVIRONMENTS, compute="_compute_environment")
    source = fields.Selection(
        [("host", "Read it from Maventa now"), ("file", "Use a file that I have")],
        string="Maventa's Description",
        default="host",
        required=True,
    )
    file = fields.Binary(attachment=False)
    file_name = fields.Char()
    told = fields.Text(readonly=True, help="What was read, and what could not be.")
    has_trouble = fields.Boolean(readonly=True)
    summary = fields.Text(readonly=True)
    report = fields.Text(readonly=True, help="The same for those who mend it.")
    line_ids = fields.One2many("amili.contract.check.line", "check_id", readonly=True)
    count_breaks = fields.Integer(readonly=True)
    count_look = fields.Integer(readonly=True)
    count_confirmed = fields.Integer(readonly=True)
    count_info = fields.Integer(readonly=True)

    @api.depends("company_id")
    def _compute_environment(self):
        for check in self:
            check.environment = check.company_id.amili_environment

    def _compute_display_name(self):
        self.display_name = self.env._("API Contract")

    # What people do -------------------------------------------------------------------

    def action_check(self):
        """Read and compare, and show what differs."""
        self.ensure_one()
        company = self.company_id
        if self.source == "file":
            differences, told = company._amili_compare_contract_file(self._content())
        else:
            differences, told = company._amili_compare_contract()
        if not any(description for _api, description, _trouble in told):
            # Nothing to show: what is wrong stands in the window, to try again.
            troubles = dict.fromkeys(trouble for *_rest, trouble in told)
            raise UserError("\n".join(troubles))
        self._keep(differences, told)
        return self._action_result()

    def action_look(self):
        """Open the differences as a list, to filter and export; some of them only."""
        self.ensure_one()
        severity = self.env.context.get("amili_severity")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amili_perinta.amili_contract_check_line_action"
        )
        # All groups are shown, and on a phone the first fills the screen: one that is
        # empty would look as if there were nothing.
        is_grouped = not severity and bool(self.count_breaks)
        context = {"search_default_group_severity": is_grouped}
        if severity in SEVERITIES:
            context[f"search_default_{severity}"] = True
        return {
            **action,
            "domain": [("check_id", "=", self.id)],
            "context": context,
        }

    def action_again(self):
        """Open the first window anew."""
        return self.env["ir.actions.act_window"]._for_xml_id(
            "amili_perinta.amili_contract_check_action"
        )

    # Helpers --------------------------------------------------------------------------

    def _content(self):
        """Return the bytes of the uploaded file."""
        encoded = self.with_context(bin_size=False).file
        if not encoded:
            raise UserError(self.env._("Choose the file first."))
        # Four characters stand for three bytes; the end is cut off after reading.
        if len(encoded) > MAX_BYTES * 4 // 3 + 4:
            raise UserError(
                explain_description(self.env, UnreadableDescription("too_big"))
            )
        try:
            return base64.b64decode(encoded)
        except binascii.Error:
            raise UserError(
                explain_description(self.env, UnreadableDescription("broken"))
            ) from None

    def _keep(self, differences, told):
        ranked = sorted(differences, key=lambda each: SEVERITIES.index(each.severity))
        counts = {
            severity: sum(each.severity == severity for each in ranked)
            for severity in SEVERITIES
        }
        self.line_ids.unlink()
        lines = self.env["amili.contract.check.line"]
        lines.create(
            [
                {"check_id": self.id, "sequence": number, **lines._values(difference)}
                for number, difference in enumerate(ranked)
            ]
        )
        self.write(
            {
                "told": "\n".join(self._told(*each) for each in told),
                "has_trouble": any(trouble for *_rest, trouble in told),
                "summary": self._summary(counts),
                "report": _report(ranked, told),
                **{f"count_{severity}": count for severity, count in counts.items()},
                # It was read: nobody needs it any more.
                "file": False,
            }
        )

    def _told(self, api_word, description, trouble):
        lines = self.env["amili.contract.check.line"]
        name = dict(lines._fields["interface"]._description_selection(self.env))[
            api_word
        ]
        if trouble:
            return self.env._("%(api)s: not compared. %(why)s", api=name, why=trouble)
        return self.env._(
            "%(api)s: compared with %(description)s.",
            api=name,
            description=f"{description.title} {description.edition}".strip()
            or self.env._("a description without a title"),
        )

    def _summary(self, counts):
        """Return the counts in words."""
        parts = []
        if counts[BREAKS]:
            parts.append(
                self.env._("Would be refused or not understood: %s.", counts[BREAKS])
            )
        else:
            parts.append(self.env._("Nothing would be refused."))
        if counts[LOOK]:
            parts.append(self.env._("To look at: %s.", counts[LOOK]))
        if counts[CONFIRMED]:
            parts.append(self.env._("Assumptions confirmed: %s.", counts[CONFIRMED]))
        if counts[INFO]:
            parts.append(self.env._("Good to know: %s.", counts[INFO]))
        return " ".join(parts)

    def _action_result(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("API Contract"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [
                (
                    self.env.ref("amili_perinta.amili_contract_check_view_result").id,
                    "form",
                )
            ],
            "target": "current",
        }


def _report(differences, told):
    """Return the differences as plain text for a report of a bug, in English."""
    lines = [
        f"{api_word}: {description.title} {description.edition}"
        if description
        else f"{api_word}: not compared"
        for api_word, description, _trouble in told
    ]
    lines += [
        " | ".join(
            (
                each.severity,
                each.kind,
                f"{each.method} {each.path}",
                f"{each.place} {each.field}".strip(),
                f"ours: {each.ours or '-'}",
                f"theirs: {each.theirs or '-'}",
            )
        )
        for each in differences
        if each.severity != INFO
    ]
    return "\n".join(lines)
