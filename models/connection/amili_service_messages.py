"""What people are told of the collection service: sentences, notes, tasks."""

from datetime import timedelta

from markupsafe import Markup

from odoo import fields, models

from ...const import SYSTEM_GROUP, UNDER_WAY_STATES
from .notes import write_notes

ACTIVITY_TYPE = "mail.mail_activity_data_warning"
NOTIFICATION_TYPE = {
    "active": "success",
    "pending": "info",
    "refused": "danger",
    "rejected": "danger",
    "disabled": "danger",
}
# How often a person is asked about what goes on waiting.
REMIND_AFTER = timedelta(days=7)


class AmiliService(models.Model):
    _inherit = "amili.service"

    # Sentences ------------------------------------------------------------------------

    def _explain(self):
        """Return where the service stands and what comes next."""
        self.ensure_one()
        company = self.company_id.name
        problem = self.error_message or ""
        reason = self.env._("Maventa says: “%s”.", self.reason) if self.reason else ""
        match self.state:
            case "none":
                text = self.env._(
                    "Amili Perintä has not been started for %(company)s. %(problem)s",
                    company=company,
                    problem=problem,
                )
            case "queued" if problem:
                text = self.env._("Not requested yet. %s", problem)
            case "queued" | "sending":
                text = self.env._("The request goes to Maventa within a minute.")
            case "unknown":
                text = self.env._(
                    "It is not known yet whether Maventa got the request. %s Odoo asks "
                    "again by itself.",
                    problem,
                )
            case "refused":
                text = self._explain_refused()
            case "pending":
                text = self._explain_pending()
            case "active":
                text = self.env._(
                    "Amili Perintä is active for %(company)s: invoices can be handed "
                    "over. %(party)s",
                    company=company,
                    party=self._explain_party(),
                )
            case "rejected":
                text = self.env._(
                    "Amili did not approve %(company)s. %(reason)s Ask Visma Amili "
                    "what is missing, then start anew.",
                    company=company,
                    reason=reason,
                )
            case "disabled" if self.deed == "end":
                text = self.env._(
                    "Amili Perintä has been ended for %(company)s at the request of "
                    "%(user)s: no invoice goes out. Ask Amili what becomes of the "
                    "cases that it has.",
                    company=company,
                    user=self.user_id.name,
                )
            case "disabled":
                text = self.env._(
                    "Amili Perintä is off for %(company)s: no invoice goes out. "
                    "%(reason)s Activate it, or ask Maventa why it was ended.",
                    company=company,
                    reason=reason,
                )
            case _other:
                text = self.env._(
                    "Maventa gives a status that is not known here: %s. No invoice "
                    "goes out until the service is active. Ask Maventa what it means.",
                    self.word,
                )
        sentences = [text]
        if self.is_other_service:
            sentences = [self._explain_other()]
        if problem and self.state in ("pending", "active"):
            sentences.append(
                self.env._("Maventa could not be asked just now. %s", problem)
            )
        return " ".join(" ".join(sentences).split())

    def _explain_other(self):
        """Return what is wrong with a service that is not Amili Perintä."""
        return self.env._(
            "Maventa says that %(company)s has asked for another service than Amili "
            "Perintä (%(word)s). If that is Amili Kassavirta, all invoices of the "
            "company go to Amili. Nothing is handed over from here. Ask Maventa to "
            "change it to Amili Perintä (express), or end the service.",
            company=self.company_id.name,
            word=self.service_type,
        )

    def _explain_party(self):
        """Return to whose account the debtors pay, and what follows from it."""
        match self.accountable_party:
            case "vfsfi":
                return self.env._(
                    "The letters show Amili's account: the debtors pay to Amili, and "
                    "Amili pays out to you."
                )
            case "company":
                return self.env._(
                    "The letters show your own account: the debtors pay to you, and "
                    "each payment has to be matched here, so that Amili hears of it."
                )
            case _unknown:
                return self.env._(
                    "Maventa does not say to whose account the debtors pay: ask Amili."
                )

    def _explain_refused(self):
        match self.deed:
            case "change":
                return self.env._(
                    "Maventa did not change to whose account the debtors pay. %s",
                    self.reason or "",
                )
            case "end":
                return self.env._(
                    "Maventa did not end the service. %s", self.reason or ""
                )
            case _activate:
                return self.env._(
                    "Maventa did not accept the request. %s", self.reason or ""
                )

    def _explain_pending(self):
        company = self.company_id.name
        if self.activation_url:
            return self.env._(
                "Next step: somebody who may sign for %s opens the identification "
                "and signs the agreement with Visma Amili. After that it takes 1 to 2 "
                "business days. Odoo notices by itself.",
                company,
            )
        if self.mailed_to:
            return self.env._(
                "The link for identification was mailed. Next step: somebody who may "
                "sign for %s opens it and signs the agreement with Visma Amili. After "
                "that it takes 1 to 2 business days. Odoo notices by itself.",
                company,
            )
        return self.env._(
            "Maventa has the request. The link for identification appears here as "
            "soon as Maventa gives it."
        )

    # What follows from a change -------------------------------------------------------

    def _get_states(self):
        # A link that appears is news as well, and so is who gets the payments.
        return {
            service.id: (
                service.state,
                bool(service.activation_url),
                service.accountable_party,
            )
            for service in self
        }

    def _notify_changes(self, before):
        # EXTENDS amili.outbox.mixin
        for service in self:
            state_before, *_others = before[service.id]
            if service._get_states()[service.id] != before[service.id]:
                service = service.with_context(lang=service.company_id._amili_lang())
                # Each attempt would be a line of its own.
                if not {service.state, state_before} <= set(UNDER_WAY_STATES):
                    service._log_state()
                service._notify_starter()
                if (
                    service.state != state_before
                    and service.state not in UNDER_WAY_STATES
                ):
                    if state_before != "refused" or service.deed == "activate":
                        service._end_tasks()
                    service._ask_about_change(state_before)
                if service.state == "active":
                    service._retry_queued(service.company_id)
            service._remind()

    def _log_state(self):
        write_notes(self, {self.id: Markup("<p>%s</p>") % self._explain()})

    def _note_case_host(self, host):
        """Keep where Maventa says that cases are, and ask an administrator about it.

        :param str host: not the one that is asked, and never called
        """
        self.ensure_one()
        if self.case_host == host:
            return
        self.case_host = host
        text = self.env._(
            "Maventa says that cases are at %s, and Odoo asks for them elsewhere. "
            "Nothing is sent there. If news of cases do not come, tell whoever "
            "maintains this app the address.",
            host,
        )
        write_notes(self, {self.id: Markup("<p>%s</p>") % text})
        self._give_task(self.env._("Amili Perintä: cases are at another address"), text)

    def _notify_starter(self):
        """Show who started it what became of it, if their browser is open."""
        user = self.user_id
        kind = NOTIFICATION_TYPE.get(self.state)
        if self.state == "queued" and self.error_message and self.attempt_count == 1:
            kind = "warning"
        if user and kind:
            user._bus_send(
                "amili_perinta/told",
                {
                    "type": kind,
                    "title": "Amili Perintä",
                    "message": self.with_context(lang=user.lang)._explain(),
                    "res_model": self._name,
                    "res_ids": self.ids,
                },
            )

    def _is_done(self, told):
        """Whether what was asked for has come about.

        :param told: what tells of the service: an answer, or the record itself
        """
        match self.deed:
            case "change":
                wanted = (self.request or {}).get("accountable_party")
                return told.accountable_party == wanted
            case "end":
                return told.state in ("none", "disabled")
            case _activate:
                return told.state in ("pending", "active")

    def _ask_about_change(self, state_before):
        """Give a task where a change needs a person."""
        was_under_way = state_before in UNDER_WAY_STATES
        was_active = state_before == "active" or (
            self.deed == "change" and was_under_way
        )
        is_active = self.state == "active"
        # Maventa may have no other word for a company that Amili did not take.
        was_turned_down = state_before == "pending" and self.state in (
            "none",
            "disabled",
        )
        if self.state in ("refused", "rejected") or (
            was_turned_down and self.deed == "activate"
        ):
            self._give_task(
                self.env._("Amili Perintä: the activation failed")
                if self.deed == "activate"
                else self.env._("Amili Perintä: Maventa refused a request"),
                self._explain(),
            )
        elif was_under_way and self.deed == "end" and not self._is_done(self):
            self._give_task(
                self.env._("Amili Perintä: not ended, ask Maventa"), self._explain()
            )
        elif was_under_way and is_active and not self._is_done(self):
            self._give_task(
                self.env._(
                    "Amili Perintä: not changed to whose account the debtors pay, ask "
                    "Maventa"
                ),
                self._explain(),
            )
        elif was_active and not is_active:
            self._give_task(
                self.env._("Amili Perintä: the service is not active any more"),
                self._explain(),
            )

    def _remind(self):
        """Ask a person where the activation has not gone on for long."""
        self.ensure_one()
        for deadline in self._overdue():
            self._ask_about_wait(deadline, 1)

    def _ask_about_wait(self, deadline, count):
        # EXTENDS amili.deadline.mixin: once a week, and never two at once
        now = fields.Datetime.now()
        is_quiet = self.reminded_at and now < self.reminded_at + REMIND_AFTER
        if is_quiet or self._open_tasks():
            return
        note = self._explain()
        if deadline.advice:
            note = f"{note} {self.env._(deadline.advice)}"
        self._give_task(self.env._(deadline.matter), note)
        self.reminded_at = now

    def _open_tasks(self):
        return self.activity_ids.filtered("automated")

    def _end_tasks(self):
        """Take back the tasks of what is over; the chatter tells how it ended."""
        self._open_tasks().unlink()

    def _give_task(self, summary, note):
        """Give who started it a task, or who stands in for them."""
        self.with_context(mail_activity_quick_update=True).activity_schedule(
            ACTIVITY_TYPE,
            summary=summary,
            note=Markup("<p>%s</p>") % note,
            user_id=self._responsible().id,
            date_deadline=self.company_id._amili_today(),
        )

    def _responsible(self):
        """Return who has to act: who started it while they may, or a stand-in."""
        self.ensure_one()
        user = self.user_id
        is_here = user.active and self.company_id in user.company_ids
        if is_here and user.has_group(SYSTEM_GROUP):
            return user
        return self.company_id._amili_responsible(user)
