"""Which methods of Odoo the addon overrides, and with which parameters Odoo has them.

``golden/overrides.txt`` lists them, each where Odoo defines it. A newer Odoo that
changed one is noticed here, by name, before anything breaks in use.
"""

import inspect
from pathlib import Path

from odoo.tests import TransactionCase, tagged

OURS = "odoo.addons.amili_perinta."
LIST = Path(__file__).parent / "golden" / "overrides.txt"


@tagged("post_install", "-at_install")
class TestOverrides(TransactionCase):
    def test_odoo_has_them_as_they_are_written_down(self):
        written = set(LIST.read_text().splitlines())
        today = {f"{name}{theirs}" for name, _ours, theirs in self.overrides()}
        lines = [f"- {line}" for line in written - today]
        lines += [f"+ {line}" for line in today - written]
        if lines:
            # One that has changed stands with its old line above its new one.
            lines.sort(key=lambda line: (line[2:].partition("(")[0], line[0] == "+"))
            self.fail(
                "Look at what the addon does there, then correct "
                "golden/overrides.txt:\n" + "\n".join(lines)
            )

    def test_the_addon_takes_the_same_parameters(self):
        for name, ours, theirs in self.overrides():
            with self.subTest(name):
                self.assertEqual(parameters(ours), parameters(theirs))

    def overrides(self):
        """Yield where Odoo defines each method, the addon's signature and Odoo's."""
        known = self.odoo_modules()
        for model in self.env.registry.values():
            classes = model.mro()
            for number, definition in enumerate(classes):
                if not definition.__module__.startswith(OURS):
                    continue
                for name, function in vars(definition).items():
                    if not inspect.isfunction(function) or name.startswith("__"):
                        continue
                    for other in classes[number + 1 :]:
                        if name in vars(other) and is_of(other.__module__, known):
                            place = f"{other.__module__}.{other.__name__}.{name}"
                            yield place, bare(function), bare(vars(other)[name])
                            break

    def odoo_modules(self):
        """Return the names of the addons that this one depends on, near and far."""
        names, new = set(), {"amili_perinta"}
        while new:
            names |= new
            modules = self.env["ir.module.module"].search([("name", "in", list(new))])
            new = set(modules.dependencies_id.mapped("name")) - names
        return names - {"amili_perinta"}


def is_of(module, addons):
    """Whether Python's ``module`` is Odoo itself or one of the ``addons``."""
    parts = module.split(".")
    return parts[1] != "addons" or parts[2] in addons


def bare(function):
    """The signature of a function, without types."""
    signature = inspect.signature(function)
    return signature.replace(
        parameters=[
            parameter.replace(annotation=parameter.empty)
            for parameter in signature.parameters.values()
        ],
        return_annotation=signature.empty,
    )


def parameters(signature):
    """The kinds of the parameters, and the names of those that can be left out.

    What must be given is given in its place: Odoo itself names it now so, now so.
    """
    return [
        (p.kind, p.default is not p.empty and p.name)
        for p in signature.parameters.values()
    ]
