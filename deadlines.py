"""How long each state of each thing that waits may last, and what comes then.

The one table of that: a scheduled action goes through it and asks people, banners show
what has lasted too long, and a test walks it. A line is added where a state is.
"""

from datetime import timedelta
from typing import NamedTuple

from odoo.tools.translate import LazyGettext, LazyTranslate

from .const import DECIDED_STATES

_lt = LazyTranslate(__name__)


class Deadline(NamedTuple):
    """One state, or one case of it, that waits."""

    # Which records are in it.
    domain: tuple
    # How long that is nothing to speak of.
    normal: timedelta
    # What a person is asked to do, and what the banner says as well.
    matter: LazyGettext | str = ""
    advice: LazyGettext | str = ""
    # Who is asked: "sender" (who handed over, asked, uploaded or started it, else who
    # is responsible for the company) or "adopter" (who decides on cases made
    # elsewhere).
    asked: str = "sender"
    # By which methods of the model a person ends the wait, or has it looked into.
    exits: tuple = ()
    # Where it ends by itself: the method that ends it and says so. Nobody is asked.
    by_itself: str = ""
    # The field that tells since when it waits.
    since: str = "waiting_since"


def _in(*states):
    return (("state", "in", states),)


_ACTIVE = ("state", "=", "active")
_OF_ACTIVE = ("assignment_id.state", "=", "active")
_OUTBOUND = ("direction", "=", "outbound")
# Of these people are also asked before a deadline: it is the same matter.
HAND_OVERS_WAIT = _lt("Amili Perintä: invoices wait on the queue")
UPLOADS_WAIT = _lt("Maventa: invoices wait on the queue")
HAS_IT_ARRIVED = _lt("Maventa: look whether the invoice has arrived")
HAS_IT_BEEN_TAKEN = _lt("Amili Perintä: ask Amili whether a hand-over arrived")
WAS_AMILI_TOLD = _lt("Amili Perintä: ask Amili whether a report arrived")
ADOPT_CASES = _lt("Amili Perintä: adopt cases made elsewhere")
_ASK_AMILI = _lt("Amili Perintä: not confirmed for days, ask Amili")
_ANSWER_MATTER = _lt("Amili Perintä: Maventa has not answered, ask Maventa")

DEADLINES = {
    "amili.assignment": (
        Deadline(
            domain=_in("queued", "sending"),
            normal=timedelta(days=2),
            matter=HAND_OVERS_WAIT,
            advice=_lt(
                "It has not been sent for days. See to what the invoice says is in the "
                "way, or open the assignment and take it off the queue."
            ),
            exits=("action_cancel", "action_check_now"),
        ),
        Deadline(
            domain=_in("unknown", "pending"),
            normal=timedelta(days=2),
            matter=_ASK_AMILI,
            advice=_lt(
                "The hand-over was made but Amili has not confirmed it for days. Ask "
                "Amili. If it has no such case, a manager ends it in the assignment."
            ),
            exits=("action_check_now", "action_end_here"),
        ),
        Deadline(
            domain=(_ACTIVE, ("remote_id", "=", False)),
            normal=timedelta(days=2),
            matter=_lt("Amili Perintä: a case without an ID, ask Amili"),
            advice=_lt(
                "Amili has accepted the case and has not told its ID for days, so it "
                "cannot be followed. Ask Amili; a manager has it searched for, or ends "
                "it in the assignment."
            ),
            exits=("action_search_case", "action_end_here"),
        ),
        Deadline(
            domain=(_ACTIVE, ("denied_since", "!=", False)),
            since="denied_since",
            normal=timedelta(days=2),
            matter=_lt("Amili Perintä: Amili does not know a case any more"),
            advice=_lt(
                "Amili has not known this case for days. Ask Amili what became of it; "
                "a manager has it searched for, or ends it in the assignment."
            ),
            exits=("action_search_case", "action_end_here"),
        ),
        Deadline(
            domain=(
                _ACTIVE,
                ("remote_id", "!=", False),
                ("denied_since", "=", False),
                ("case_read_at", "=", False),
            ),
            normal=timedelta(days=2),
            matter=_lt("Amili Perintä: a case cannot be read"),
            advice=_lt(
                "The case has not been read from Amili for days. See to what is in the "
                "way; a case in an account that the company has left is ended in the "
                "assignment by a manager."
            ),
            exits=("action_check_now", "action_end_here"),
        ),
        Deadline(
            # Each is read whole once a week.
            domain=(_ACTIVE, ("denied_since", "=", False)),
            since="case_read_at",
            normal=timedelta(days=14),
            matter=_lt("Amili Perintä: a case cannot be read"),
            advice=_lt(
                "The case has not been read from Amili for two weeks. See to what is "
                "in the way; a case in an account that the company has left is ended "
                "in the assignment by a manager."
            ),
            exits=("action_check_now", "action_end_here"),
        ),
    ),
    "amili.assignment.event": (
        Deadline(
            domain=(*_in("queued", "sending"), _OUTBOUND),
            normal=timedelta(days=2),
            matter=_lt("Amili Perintä: Amili has not been told for days"),
            advice=_lt(
                "Something has waited for days to be told to Amili. Tell Amili in "
                "another way and choose Amili Knows It in the events of the "
                "assignment, or see to what is in the way."
            ),
            exits=("action_is_known",),
        ),
        Deadline(
            domain=_in("unknown"),
            normal=timedelta(days=2),
            matter=WAS_AMILI_TOLD,
            advice=_lt(
                "It has not been known for days whether Amili was told. Ask Amili; if "
                "it knows, choose Amili Knows It in the events of the assignment."
            ),
            exits=("action_is_known",),
        ),
        Deadline(
            domain=(*_in("failed"), ("type", "!=", "seen"), _OF_ACTIVE),
            normal=timedelta(days=7),
            matter=_lt("Amili Perintä: a report was refused, tell Amili"),
            advice=_lt(
                "Amili refused a report a week ago, and nobody has sent it again. Send "
                "it again, or tell Amili in another way and choose Amili Knows It in "
                "the events of the assignment."
            ),
            exits=("action_retry", "action_is_known"),
        ),
        Deadline(
            domain=(
                *_in("done"),
                _OUTBOUND,
                ("type", "=", "withdraw"),
                ("is_lapsed", "=", False),
                _OF_ACTIVE,
            ),
            normal=timedelta(days=14),
            by_itself="_lapse",
        ),
        Deadline(
            domain=(("is_question", "=", True), _OF_ACTIVE),
            since="create_date",
            normal=timedelta(days=7),
            matter=_lt("Amili Perintä: answer a question"),
            advice=_lt(
                "Amili asked something a week ago, and nobody has answered. Reply, or "
                "mark the question as seen."
            ),
            exits=("action_reply", "action_mark_seen"),
        ),
    ),
    "amili.invoice.upload": (
        Deadline(
            domain=_in("queued", "sending"),
            normal=timedelta(days=2),
            matter=UPLOADS_WAIT,
            advice=_lt(
                "It has not been sent for days. See to what is in the way, or cancel "
                "the sending."
            ),
            exits=("action_give_up",),
        ),
        Deadline(
            domain=_in("unknown"),
            normal=timedelta(days=2),
            matter=HAS_IT_ARRIVED,
            advice=_lt(
                "It has not been known for days whether the invoice has arrived. Look "
                "at Maventa; if it is not there, a manager cancels the sending."
            ),
            exits=("action_give_up",),
        ),
    ),
    "amili.service": (
        Deadline(
            domain=_in("queued", "sending", "unknown"),
            normal=timedelta(days=2),
            matter=_ANSWER_MATTER,
            exits=("action_test_connection",),
        ),
        Deadline(
            domain=(*_in("pending"), ("is_signing", "=", False)),
            normal=timedelta(days=2),
            matter=_ANSWER_MATTER,
            exits=("action_test_connection", "action_activate"),
        ),
        Deadline(
            domain=(*_in("pending"), ("is_signing", "=", True)),
            normal=timedelta(days=7),
            matter=_lt("Amili Perintä: the identification is not finished"),
            advice=_lt(
                "If it has been signed already, ask Visma Amili what it waits for."
            ),
            exits=("action_open_identification", "action_mail_instead"),
        ),
        Deadline(
            domain=_in("other"),
            normal=timedelta(days=2),
            matter=_ANSWER_MATTER,
            exits=("action_test_connection", "action_activate"),
        ),
    ),
    "amili.found.case": (
        Deadline(
            domain=(
                ("state", "not in", DECIDED_STATES),
                ("is_closed", "=", False),
            ),
            since="create_date",
            normal=timedelta(days=14),
            matter=ADOPT_CASES,
            advice=_lt(
                "Cases made elsewhere have waited for two weeks. Adopt or ignore them "
                "under Amili Perintä > Cases Made Elsewhere."
            ),
            asked="adopter",
            exits=("action_confirm", "action_ignore"),
        ),
    ),
}
