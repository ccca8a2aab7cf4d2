"""Activities: a second matter is not lost, and what is done does not come back at once.

``repeats`` says what is the same matter where people are asked for as long as something
lasts: ``note`` (this very text), ``now`` (this very text too, which tells how it is at
the moment, so that it takes the place of an earlier one), ``summary`` (whatever the
text), or None where each time is a matter of its own.
"""

from datetime import timedelta

from markupsafe import Markup

from odoo import fields
from odoo.tools import html2plaintext
from odoo.tools.misc import clean_context

ACTIVITY_TYPE = "mail.mail_activity_data_warning"
# What a person has marked done does not come back for the same matter before.
QUIET = timedelta(days=7)


def give_activity(record, summary, note, user, today, repeats=None):
    """Ask somebody to do something about a record.

    :param str summary: what to do, in the company's language
    :param str note: why
    :param date today: the company's date, and the deadline
    :param str repeats: see the module
    """
    note = Markup("<p>%s</p>") % (note or "")
    given = record.activity_ids.filtered(lambda a: a.summary == summary)[:1].sudo()
    if given:
        if repeats == "now":
            given.note = note
        elif repeats != "summary" and not _holds(given, note):
            given.note = (given.note or Markup()) + note
        return
    if repeats and any(
        repeats == "summary" or _holds(done, note)
        for done in done_lately(record, summary)
    ):
        return
    # Without an e-mail for each: a bad day may bring hundreds of them.
    record = record.with_env(record.env(context=clean_context(record.env.context)))
    record.with_context(mail_activity_quick_update=True).activity_schedule(
        ACTIVITY_TYPE,
        summary=summary,
        note=note,
        user_id=user.id,
        # Odoo's own default is the day in UTC: overdue from the start in the hours
        # after midnight.
        date_deadline=today,
    )


def done_lately(records, summary):
    """Return the activities of a summary that people have marked done of late."""
    return (
        records.env["mail.activity"]
        .sudo()
        .with_context(active_test=False)
        .search(
            [
                ("res_model", "=", records._name),
                ("res_id", "in", records.ids),
                ("summary", "=", summary),
                ("active", "=", False),
                ("date_done", ">", fields.Date.today() - QUIET),
            ]
        )
    )


def _holds(activity, note):
    return _plain_text(note) in _plain_text(activity.note or "")


def _plain_text(html):
    return " ".join(html2plaintext(html).split())
