"""Nothing waits for ever: what has lasted too long is a person's."""

from odoo import api, fields, models
from odoo.fields import Domain

from ...deadlines import DEADLINES
from .amili_cron_mixin import companies_with

# What so many have in common is asked once, for the oldest of them.
ASKED_ONE_BY_ONE = 5


class AmiliDeadlineMixin(models.AbstractModel):
    """Something that waits; :data:`deadlines.DEADLINES` says how long that is normal.

    A model that takes this has a ``company_id``, and asks a person in
    :meth:`_ask_sender`, or where it asks otherwise in :meth:`_ask_about_wait`.
    """

    _name = "amili.deadline.mixin"
    _description = "Does Not Wait for Ever"
    _inherit = ["amili.cron.mixin"]

    waiting_since = fields.Datetime(
        default=fields.Datetime.now,
        copy=False,
        readonly=True,
        help="Since when it is in its state. What goes to Maventa waits from the "
        "moment when it came on the queue, however often it was tried.",
    )

    @api.model
    def _cron_deadlines(self):
        """Ask people about what has waited for longer than is normal."""
        companies = self.env["res.company"].union(
            *(companies_with(m, m._overdue_domain()) for m in self._waiting_models())
        )
        self._for_each_company(
            "deadlines", companies, self._meet_all_deadlines, in_rounds=True
        )

    @api.model
    def _waiting_models(self):
        names = self.env.registry.descendants(["amili.deadline.mixin"], "_inherit")
        return [self.env[n] for n in sorted(names) if not self.env[n]._abstract]

    @api.model
    def _meet_all_deadlines(self, company):
        """Ask people about what of a company has waited too long; all in one turn."""
        for model in self._waiting_models():
            model._meet_deadlines(company)
        return 0

    @api.model
    def _overdue_domain(self, deadline=None):
        """Return the domain of what is over a deadline; of any where none is given."""
        deadlines = [deadline] if deadline else DEADLINES[self._name]
        now = fields.Datetime.now()
        return Domain.OR(
            Domain(list(each.domain)) & Domain(each.since, "<=", now - each.normal)
            for each in deadlines
        )

    @api.model
    def _meet_deadlines(self, company):
        for deadline in DEADLINES[self._name]:
            overdue = self.search(
                Domain("company_id", "=", company.id) & self._overdue_domain(deadline),
                order="id",
            ).with_env(company.env)
            if overdue:
                self._write_alone(
                    lambda o=overdue, d=deadline: o._meet_deadline(d), overdue
                )

    def _meet_deadline(self, deadline):
        """Ask people about these, or end what ends by itself."""
        overdue = self.filtered_domain(self._overdue_domain(deadline))
        if deadline.by_itself:
            getattr(overdue, deadline.by_itself)()
            return
        asked = overdue if len(overdue) <= ASKED_ONE_BY_ONE else overdue[:1]
        for record in asked:
            record._ask_about_wait(deadline, len(overdue) if len(asked) == 1 else 1)

    def _overdue(self):
        """Return the deadlines that this is over.

        :rtype: list[deadlines.Deadline]
        """
        self.ensure_one()
        return [
            deadline
            for deadline in DEADLINES[self._name]
            if self.filtered_domain(self._overdue_domain(deadline))
        ]

    def _begin_wait(self):
        """Let these wait anew from now on."""
        self.waiting_since = fields.Datetime.now()

    def _explain_waits(self):
        """Return what the banner says of what has lasted too long."""
        return list(
            dict.fromkeys(self.env._(d.advice) for d in self._overdue() if d.advice)
        )

    def _explain_wait(self, deadline, count):
        """Return why a person is asked; for the oldest of many, of how many."""
        advice = self.env._(deadline.advice)
        if count < 2:
            return advice
        return " ".join([advice, self.env._("So many wait: %s.", count)])

    def _ask_about_wait(self, deadline, count):
        """Ask a person about this.

        :param deadlines.Deadline deadline: that it is over
        :param int count: how many are over it, of which this is the oldest
        """
        self._ask_sender(
            self.env._(deadline.matter), self._explain_wait(deadline, count), "summary"
        )

    def _ask_sender(self, summary, note=None, repeats=None):
        """Give each sender of these an activity.

        :param str summary: what to do, in the company's language
        :param str note: why
        :param str repeats: what is the same matter: ``summary``, ``note``, or None
        """
        raise NotImplementedError
