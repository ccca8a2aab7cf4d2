"""Install with demo data, upgrade, uninstall: each without a new warning."""

from . import paths
from .console import step
from .databases import NO_HTTP

# The screens and records that the addon extends, once it is gone.
STILL_WORKS = """
for model in ("account.move", "res.partner", "res.company", "res.config.settings"):
    env[model].get_views([(False, "list"), (False, "form"), (False, "search")])
    env[model].search([], limit=5).read()
"""
LEFT_OVER = f"""
SELECT 'the column ' || table_name || '.' || column_name
FROM information_schema.columns
WHERE table_schema = 'public'
AND (table_name LIKE 'amili%' OR column_name LIKE 'amili%')
UNION ALL
SELECT 'the record ' || name || ' of ' || model FROM ir_model_data
WHERE module = '{paths.ADDON}'
"""


def check(databases, results):
    """Count each stage of the addon's life as one check."""
    with databases.temporary("demo") as odoo:
        _check_upgrade(databases, odoo, results)
    # A user has no demo data. Odoo could not delete that anyway: it keeps a
    # company whose books are open.
    with databases.temporary("life", installed=True) as odoo:
        _check_uninstall(databases, odoo, results)


def _check_upgrade(databases, odoo, results):
    """Check the installation with demo data, and the upgrade after it."""
    odoo.configure()
    with step("Installing the addon with its demo data"):
        problems = databases.problems(install_with_demo(databases, odoo))
        problems += databases.wrong_state(odoo, "installed")
        results.check("install with demo data", problems)
    with step("Upgrading the addon"):
        command = odoo.run("upgrade", "server", "-u", paths.ADDON, *NO_HTTP)
        problems = databases.problems(command)
        problems += databases.wrong_state(odoo, "installed")
        results.check("upgrade", problems)


def _check_uninstall(databases, odoo, results):
    """Check that the addon goes without a trace, and that Odoo works on."""
    odoo.configure()
    with step("Uninstalling the addon"):
        command = odoo.run("uninstall", "module", "uninstall", paths.ADDON)
        problems = databases.problems(command)
        problems += databases.wrong_state(odoo, "uninstalled")
        left = databases.sql(LEFT_OVER, odoo.database)
        problems += [f"It left {thing} behind." for thing in left]
        command = odoo.run("afterwards", "shell", "--no-http", script=STILL_WORKS)
        problems += databases.problems(command)
        results.check("uninstall", problems)


def install_with_demo(databases, odoo):
    """Install the addon with its demo data, the other addons having none.

    Odoo loads an addon's demo data where all that it depends on is marked to
    have its own (``demo_installable`` in odoo/modules/module_graph.py), and it
    loads demo data only along with the addon itself. So the mark on the addons
    that are already there brings none of theirs, and can go afterwards.
    """
    databases.sql("UPDATE ir_module_module SET demo = true", odoo.database)
    command = odoo.run("install", "server", "-i", paths.ADDON, *NO_HTTP)
    databases.sql(
        f"UPDATE ir_module_module SET demo = (demo AND name = '{paths.ADDON}')",
        odoo.database,
    )
    return command
