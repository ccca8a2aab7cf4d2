"""How far the work is that a person has confirmed: 37 of 120.

Nothing is counted along: what is left, and how much there was, the database knows, so
that a browser that is opened later, or after a restart, shows the same.
"""

from odoo import api, models
from odoo.fields import Domain

PROGRESS = "amili_perinta/progress"
_PENDING = "amili_perinta.progress"


class AmiliProgressMixin(models.AbstractModel):
    """Work of which a person sees how far it is, as each unit is committed.

    All that they have confirmed since the oldest of what is left is one work.
    """

    _name = "amili.progress.mixin"
    _description = "Shows How Far It Is"

    # The work in the browser's own word; empty where nobody is shown any.
    _progress_work = ""
    # Whose work it is, and since when.
    _progress_user = "user_id"
    _progress_since = "create_date"
    # What is left: what is held up waits for something else, and its sender is told.
    _progress_waits = [
        ("state", "in", ("queued", "sending")),
        ("error_message", "in", (False, "")),
    ]
    # What is written where one is done.
    _progress_fields = {"state", "error_message"}

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if any(values.get(self._progress_user) for values in vals_list):
            records._show_progress()
        return records

    def write(self, vals):
        result = super().write(vals)
        if self._progress_fields & vals.keys():
            self._show_progress()
        return result

    def _show_progress(self):
        """Let those whose work these are see how far it is, with the next commit."""
        if not self._progress_work:
            return
        callbacks = self.env.cr.precommit
        for user, records in self.sudo().grouped(self._progress_user).items():
            if not user:
                continue
            if _PENDING not in callbacks.data:
                callbacks.data[_PENDING] = {}
                callbacks.add(self.env["amili.progress.mixin"].sudo()._send_progress)
            pending = callbacks.data[_PENDING]
            since = min(records.mapped(self._progress_since))
            key = (self._name, user.id)
            pending[key] = min(since, pending.get(key, since))

    @api.model
    def _send_progress(self):
        for (model, user_id), since in self.env.cr.precommit.data.pop(_PENDING).items():
            user = self.env["res.users"].browse(user_id)
            progress = self.env[model]._get_progress(user, since)
            # Of a single one the next notification tells all there is to tell.
            if progress["total"] > 1:
                user._bus_send(PROGRESS, progress)

    @api.model
    def _get_progress(self, user, since=None):
        """Return how far the work of a user is: counts, and nothing else.

        :param datetime since: when that began of which nothing is left
        :return: ``work``, ``done`` and ``total``; both are 0 where nothing is known
        """
        records = self.sudo()
        mine = Domain(self._progress_user, "=", user.id)
        [[oldest, left]] = records._read_group(
            mine & Domain(self._progress_waits),
            [],
            [f"{self._progress_since}:min", "__count"],
        )
        since = oldest or since
        begun = Domain(self._progress_since, ">=", since)
        total = since and records.search_count(mine & begun) or 0
        return {"work": self._progress_work, "done": total - left, "total": total}

    @api.model
    def _get_all_progress(self, user):
        """Return what a browser shows from the start: the works that are not done."""
        names = self.env.registry.descendants(["amili.progress.mixin"], "_inherit")
        models_ = [self.env[name] for name in sorted(names)]
        found = [m._get_progress(user) for m in models_ if m._progress_work]
        return [progress for progress in found if progress["total"] > 1]
