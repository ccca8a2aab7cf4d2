"""What the desk opens on: the figures of the day, each a door to what it counts."""

from odoo import api, models
from odoo.fields import Domain


class AmiliDesk(models.AbstractModel):
    """The figures of the desk, of the companies that are chosen.

    A figure counts what its action lists: both have the same domain. Whoever reads may
    read the records themselves, for all is asked with their own rights.
    """

    _name = "amili.desk"
    _description = "The Desk of Amili Perintä"

    @api.model
    def get_figures(self, look=False):
        """Return the figures of the user.

        :param bool look: what is as of the last look is looked at anew
        :rtype: dict
        :return: ``can_look``, ``currency_id`` of all amounts, and ``sections``: dicts
            with a ``title`` and ``figures``, which are dicts of ``name``, ``label``,
            ``count``, ``amount`` (None where it has none), ``is_urgent`` and ``action``
        """
        self.env["amili.assignment"].check_access("read")
        sections = [
            {"title": self.env._("To Do"), "figures": self._get_to_do()},
            {"title": self.env._("At Amili"), "figures": self._get_stages()},
            {"title": self.env._("Money"), "figures": self._get_money()},
        ]
        return {
            "can_look": False,
            # Only EUR is handed over.
            "currency_id": self.env.ref("base.EUR").id,
            "sections": sections,
        }

    @api.model
    def _get_to_do(self):
        """Return the figures of what waits for a person."""
        return [
            self._make_figure(
                "questions",
                self.env._("Questions to answer"),
                "amili_assignment_event_action_questions",
                Domain("is_question", "=", True),
                is_urgent=True,
            ),
            self._make_figure(
                "books_differ",
                self.env._("Amili and the books differ"),
                "amili_assignment_action",
                Domain("books_differ", "=", True),
                is_urgent=True,
            ),
        ]

    @api.model
    def _get_stages(self):
        """Return the figures of the cases at Amili: all, and how far they are."""
        active = Domain("state", "=", "active")
        stages = self.env["amili.assignment"]._fields["collection_stage"]
        labels = dict(stages._description_selection(self.env))
        groups = self.env["amili.assignment"]._read_group(
            active, ["collection_stage"], ["__count", "open_amount:sum"]
        )
        of_stage = {stage: (count, amount) for stage, count, amount in groups}
        found = [stage for stage in (*labels, False) if stage in of_stage]
        action = self._get_action("amili_assignment_action")
        return [
            self._describe_figure(
                "active",
                self.env._("All cases at Amili"),
                action,
                active,
                sum(count for count, _amount in of_stage.values()),
                sum(amount for _count, amount in of_stage.values()),
            ),
            *(
                self._describe_figure(
                    f"stage_{stage or 'none'}",
                    labels.get(stage) or self.env._("No stage yet"),
                    action,
                    active & Domain("collection_stage", "=", stage),
                    *of_stage[stage],
                )
                for stage in found
            ),
        ]

    @api.model
    def _get_money(self):
        """Return the figures of what came in."""
        return [
            self._make_figure(
                "collected",
                self.env._("Collected this month"),
                "amili_assignment_event_action_collected",
                # What a case counts as collected by Amili.
                Domain(
                    [
                        ("type", "=", "paid"),
                        ("direction", "=", "inbound"),
                        ("state", "=", "done"),
                        ("is_doubtful", "=", False),
                        ("date", ">=", "=1d"),
                    ]
                ),
                "amount",
            )
        ]

    @api.model
    def _make_figure(
        self, name, label, action, domain, amount=None, /, *, is_urgent=False
    ):
        """Count what an action would list in a domain, and return the figure.

        :param str action: the xml id of a window action of this addon
        :param str amount: the field of which the sum is shown
        """
        action = self._get_action(action)
        aggregates = ["__count", *([f"{amount}:sum"] if amount else [])]
        model = self.env[action["res_model"]]
        [[count, *sums]] = model._read_group(domain, [], aggregates)
        return self._describe_figure(
            name, label, action, domain, count, *sums, is_urgent=is_urgent
        )

    @api.model
    def _describe_figure(
        self, name, label, action, domain, count, amount=None, *, is_urgent=False
    ):
        return {
            "name": name,
            "label": label,
            "count": count,
            "amount": amount,
            "is_urgent": is_urgent and bool(count),
            "action": {**action, "name": label, "domain": list(domain), "context": {}},
        }

    @api.model
    def _get_action(self, name):
        return self.env["ir.actions.act_window"]._for_xml_id(f"amili_perinta.{name}")
