"""Everything that a run of Odoo needs, made ready on the first run."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from . import odoo, odoo_source, paths, postgres, venv
from .console import SetupError


@dataclass(frozen=True)
class Environment:
    """What :func:`prepare` made ready."""

    python: Path
    source: Path
    source_version: str
    addons: Path
    data: Path
    variables: dict


@contextlib.contextmanager
def prepare():
    """Fetch and start what is missing, and yield the :class:`Environment`."""
    if not (paths.REPOSITORY / "__manifest__.py").is_file():
        raise SetupError(f"{paths.REPOSITORY} holds no addon: no __manifest__.py")
    source = odoo_source.locate()
    python = venv.python()
    data = paths.cache() / "data"
    data.mkdir(exist_ok=True)
    with postgres.server() as address:
        # Odoo would take settings of its own from ODOO_... variables.
        variables = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("ODOO_")
        }
        variables.update(address, PYTHONPATH=str(source))
        variables.pop("PYTHONDONTWRITEBYTECODE", None)
        yield Environment(
            python=python,
            source=source,
            source_version=odoo_source.version(source),
            addons=odoo.addons_folder(),
            data=data,
            variables=variables,
        )
