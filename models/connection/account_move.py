"""What every room needs of an invoice: rights, log lines, activities, its form."""

from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import UserError

from ...const import USER_GROUP
from .activities import give_activity
from .notes import check_are_no_notes, write_notes


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "amili.derived.mixin"]

    @api.model
    def _amili_log(self, lines):
        """Write a line into the chatter of each invoice, without a mail to anybody.

        :param dict lines: by invoice id, the text in the company's language
        """
        write_notes(
            self.browse(lines),
            {id_: Markup("<p>%s</p>") % text for id_, text in lines.items()},
        )

    def _check_can_update_message_content(self, messages):
        # EXTENDS mail
        check_are_no_notes(messages)
        return super()._check_can_update_message_content(messages)

    def _amili_give_task(self, summary, note, user, repeats=None):
        """Give somebody a task on this invoice.

        :param str summary: what to do, in the company's language
        :param str note: why; joined to that of an open task with the same summary
        :param str repeats: what is the same matter, see :mod:`.activities`
        """
        self.ensure_one()
        today = self.company_id._amili_today()
        give_activity(self, summary, note, user, today, repeats)

    def _amili_open(self):
        """Return the action that opens this invoice, as an invoice."""
        self.ensure_one()
        return {
            **self._get_records_action(),
            "views": [(self.env.ref("account.view_move_form").id, "form")],
        }

    def _amili_end_activity(self, *summaries):
        """Take activities of :meth:`_amili_give_task` off these: they are settled."""
        self.activity_ids.filtered(lambda a: a.summary in summaries).unlink()

    def _amili_check_user(self):
        if not self.env.user.has_group(USER_GROUP):
            raise UserError(
                self.env._(
                    "You may not hand invoices over. Ask your administrator for the "
                    "right “Amili Perintä: User”."
                )
            )

    def _amili_check_credentials(self, found):
        """Stop where nobody can ask Maventa; return whether somebody can."""
        company = self.company_id
        if company._amili_has_credentials():
            return True
        found.stop(
            "credentials_missing",
            self.env._(
                "%(company)s has no credentials for Maventa. An administrator "
                "enters them in Settings > Invoicing > Amili Perintä.",
                company=company.name,
            ),
        )
        return False
