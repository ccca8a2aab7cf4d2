"""What the code of this addon derives nobody writes.

``readonly`` binds no call from outside, and a stored computed field can be written like
any other. So one list names what only the code may set, and the ORM's own check of each
written field refuses it to whoever does not act with all rights (``sudo``): in a write,
in an import, in the lines of another record, and in the defaults of a context.
"""

from odoo import api, models

# Of each of Odoo's own models, and of windows: the fields that only the code sets. What
# people enter is every other field of ours.
DERIVED = {
    "account.move": {
        "amili_assignment_count",
        "amili_assignment_id",
        "amili_assignment_ids",
        "amili_banner",
        "amili_can_ask_pause",
        "amili_can_transfer",
        "amili_can_upload",
        "amili_disputed_by_id",
        "amili_history_ids",
        "amili_question_id",
        "amili_question_text",
        "amili_refused",
        "amili_sent_reminder",
        "amili_state",
        "amili_time_barred_on",
        "amili_upload_id",
        "amili_upload_ids",
        "amili_upload_state",
        "amili_upload_text",
        "maventa_company_uuid",
        "maventa_delivered_at",
        "maventa_delivery_channel",
        "maventa_delivery_problem",
        "maventa_delivery_state",
        "maventa_disputed_at",
        "maventa_elsewhere_checked_at",
        "maventa_environment",
        "maventa_follow_at",
        "maventa_followed_since",
        "maventa_handed_over_at",
        "maventa_invoice_status",
        "maventa_invoice_undelivered",
        "maventa_is_same",
        "maventa_lookup_problem",
        "maventa_lookup_user_id",
        "maventa_lookup_wanted",
        "maventa_lookup_wanted_at",
        "maventa_paid_at",
        "maventa_since",
        "maventa_steps_at",
    },
    "res.company": {
        "amili_auto_activity_id",
        "amili_auto_proposed_on",
        "amili_find_problem",
        "amili_find_user_id",
        "amili_find_wanted",
        "amili_found_at",
        "amili_found_count",
        "amili_news_at",
        "amili_news_problem",
        "amili_service_id",
        "amili_service_ids",
        "amili_service_state",
    },
    "res.partner": {
        "amili_assignment_count",
        "amili_currency_id",
        "amili_live_count",
        "amili_open_amount",
        "amili_refused",
    },
    "amili.report.wizard": {"is_done"},
}
# Models of which only the code sets anything at all.
WHOLE = {
    "amili.assignment",
    "amili.assignment.entry",
    "amili.assignment.event",
    "amili.assignment.payer",
    "amili.candidate",
    "amili.credentials",
    "amili.entry.answer",
    "amili.feed",
    "amili.found.case",
    "amili.identity.code",
    "amili.invoice.upload",
    "amili.service",
    "amili.service.secret",
    "amili.turn",
}


class AmiliDerivedMixin(models.AbstractModel):
    """Keeps whoever calls from outside from setting what the code derives."""

    _name = "amili.derived.mixin"
    _description = "Has what only the code of Amili Perintä sets"

    def _amili_is_derived(self, field):
        """Whether only the code of this addon sets a field of this model."""
        if self._name in WHOLE:
            # Not what every record with a chatter has.
            return "amili_perinta" in field._modules
        while field.inherited:
            field = field.related_field
        return field.name in DERIVED.get(field.model_name, ())

    def _has_field_access(self, field, operation):
        # EXTENDS base: the one guard
        if operation == "write" and not self.env.su and self._amili_is_derived(field):
            return False
        return super()._has_field_access(field, operation)

    @api.model
    def default_get(self, fields):
        """Return the defaults; what a user may not set is not set by theirs either.

        Neither by those that a user has entered for everything they make nor by those
        of a context: both would reach what is made with all rights as well.
        """
        closed = {name for name in fields if self._amili_is_closed(name)}
        values = super().default_get([name for name in fields if name not in closed])
        for name in closed:
            default = self._fields[name].default
            if default:
                values[name] = default(self)
        return values

    def _amili_is_closed(self, name):
        """Whether no default of a user reaches a field of this model."""
        field = self._fields.get(name)
        if not field or self._name in WHOLE:
            return bool(field)
        if "amili_perinta" not in field._modules:
            return False
        groups = field.groups
        return self._amili_is_derived(field) or bool(
            groups and not self.env.user.has_groups(groups)
        )


class AmiliTurn(models.Model):
    _name = "amili.turn"
    _inherit = ["amili.turn", "amili.derived.mixin"]
