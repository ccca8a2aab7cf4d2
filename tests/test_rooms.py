"""A room of models/ extends those before it and is never called by them.

Looked at in the code itself: what each file imports, and which methods and fields that
only later rooms define it uses.
"""

import ast
from pathlib import Path

from odoo.tests import BaseCase, tagged

MODELS = Path(__file__).resolve().parents[1] / "models"
ROOMS = (
    "outbox",
    "connection",
    "invoice",
    "handover",
    "case",
    "automation",
    "adoption",
    "neighbours",
)
MAX_LINES = 700


def files():
    """Yield each file of a room with the room's number."""
    for number, room in enumerate(ROOMS):
        for path in sorted((MODELS / room).glob("*.py")):
            if path.name != "__init__.py":
                yield number, path


def definitions(tree):
    """Return the names of the methods and fields of the models in a file."""
    return {
        name
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        for item in node.body
        for name in (
            [item.name]
            if isinstance(item, ast.FunctionDef)
            else [t.id for t in getattr(item, "targets", ()) if isinstance(t, ast.Name)]
        )
    }


def parts_of_models(tree):
    """Yield the model of each class in a file, with the names of its methods."""
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        said = {
            item.targets[0].id: item.value.value
            for item in node.body
            if isinstance(item, ast.Assign)
            and isinstance(item.targets[0], ast.Name)
            and item.targets[0].id in ("_name", "_inherit")
            and isinstance(item.value, ast.Constant)
        }
        if said:
            methods = {i.name for i in node.body if isinstance(i, ast.FunctionDef)}
            yield said.get("_name") or said["_inherit"], methods


def imports(tree, room):
    """Yield the number of each room that a file imports from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            parts = (node.module or "").split(".")
            if node.level == 2 and parts[0] in ROOMS:
                yield ROOMS.index(parts[0])
            elif node.level == 1:
                yield room


def reached(edges, start):
    """Return what can be reached by the edges of a graph from a place in it."""
    seen, waiting = set(), [start]
    while waiting:
        new = edges.get(waiting.pop(), set()) - seen
        seen |= new
        waiting += new
    return seen


@tagged("post_install", "-at_install")
class TestRooms(BaseCase):
    def setUp(self):
        super().setUp()
        self.files = [(n, path, ast.parse(path.read_text())) for n, path in files()]
        # The first room that defines a name owns it.
        self.owner = {}
        for number, _path, tree in self.files:
            for name in definitions(tree):
                self.owner.setdefault(name, number)

    def test_all_files_are_in_a_room(self):
        self.assertEqual([p.name for p in MODELS.glob("*.py")], ["__init__.py"])

    def test_no_room_imports_one_that_extends_it(self):
        for number, path, tree in self.files:
            with self.subTest(path.name, room=ROOMS[number]):
                later = [ROOMS[n] for n in imports(tree, number) if n > number]
                self.assertFalse(later)

    def test_no_room_uses_what_only_a_later_one_defines(self):
        for number, path, tree in self.files:
            used = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
            with self.subTest(path.name, room=ROOMS[number]):
                later = {
                    f"{name} of {ROOMS[self.owner[name]]}"
                    for name in used
                    if name.lstrip("_").startswith(("amili", "maventa"))
                    or name.startswith("_")
                    if self.owner.get(name, number) > number
                }
                self.assertFalse(later)

    def test_no_room_names_the_action_of_another(self):
        for number, path, tree in self.files:
            if ROOMS[number] != "outbox":
                continue
            texts = {
                node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
            names = {"process_queue", "poll_transfers", "sync_events", "uploads"}
            self.assertFalse(texts & names, path.name)

    def test_no_two_files_of_a_model_call_each_other(self):
        """Within a room; also not by a chain of others."""
        order = {}
        for number, path, tree in self.files:
            init = ast.parse(path.with_name("__init__.py").read_text())
            names = [node.names[0].name for node in init.body]
            # A file that only others import is loaded before them.
            place = names.index(path.stem) if path.stem in names else -1
            order.setdefault(number, []).append((place, path.stem, tree))
        models_of, parts = {}, {}
        for number, files_of_room in order.items():
            for _place, stem, tree in sorted(files_of_room, key=lambda file: file[:2]):
                for model, names in parts_of_models(tree):
                    parts.setdefault((number, model), []).append((stem, names, tree))
                    for name in names:
                        models_of.setdefault(name, set()).add(model)
        for (number, model), files_of_model in parts.items():
            # The first file that defines a name owns it; super() calls it from above.
            owner, calls = {}, {}
            for stem, names, _tree in files_of_model:
                for name in names:
                    owner.setdefault(name, stem)
            for stem, names, tree in files_of_model:
                used = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
                calls[stem] = {
                    owner[name]
                    for name in used - names
                    # What several models have may be called on another one.
                    if name in owner and models_of[name] == {model}
                }
            for stem in calls:
                with self.subTest(room=ROOMS[number], model=model, file=stem):
                    self.assertNotIn(stem, reached(calls, stem))

    def test_no_two_files_import_each_other(self):
        """Also not by a chain of others."""
        of_file = {}
        for number, path, tree in self.files:
            here = f"{ROOMS[number]}.{path.stem}"
            of_file[here] = set()
            for node in ast.walk(tree):
                if not isinstance(node, ast.ImportFrom) or not node.level:
                    continue
                module = node.module or ""
                if node.level == 1 and module:
                    of_file[here].add(f"{ROOMS[number]}.{module}")
                elif node.level == 2:
                    of_file[here].add(module)

        for name in of_file:
            self.assertNotIn(name, reached(of_file, name), name)

    def test_no_file_is_long(self):
        for _number, path, _tree in self.files:
            with self.subTest(path.name):
                self.assertLessEqual(
                    len(path.read_text().splitlines()), MAX_LINES, path.name
                )
