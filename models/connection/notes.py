"""Notes for people of the company, of which a customer in the portal reads none.

Who counts up ids reads a logged line of a document that is theirs to read: Odoo refuses
that for comments alone, and only its searches leave out the rest. So what the addon
writes into a chatter is an internal comment.
"""

from odoo import models
from odoo.exceptions import UserError
from odoo.tools.misc import clean_context

# The models in whose chatter the addon writes.
NOTED = ("account.move", "amili.assignment", "amili.found.case", "amili.service")


def write_notes(records, bodies):
    """Write a note into the chatter of each record, without a mail to anybody.

    :param dict bodies: by id of the record, what to write
    """
    # The defaults of whoever calls are not those of a note.
    env = records.env(context=clean_context(records.env.context))
    records = records.with_env(env)
    return records._message_log_batch(bodies=bodies, message_type="comment")


def check_are_no_notes(messages):
    """Refuse to change notes: Odoo lets the author of a comment correct it.

    :raises UserError:
    """
    for message in messages:
        if message.is_internal and message.message_type == "comment":
            raise UserError(
                message.env._("What Odoo noted of itself cannot be changed.")
            )


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        # EXTENDS mail: the note that it is done repeats what was asked of a person
        ours = self.filtered(lambda a: a.automated and a.res_model in NOTED)
        messages, following = super(MailActivity, self - ours)._action_done(
            feedback, attachment_ids
        )
        notes, after = super(MailActivity, ours)._action_done(feedback, attachment_ids)
        notes.sudo().write({"message_type": "comment", "is_internal": True})
        return messages + notes, following + after
