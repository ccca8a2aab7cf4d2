"""Queries of the list of invoices and of their form, with and without the addon."""

from lxml import etree

from . import data

SHOWN = 80


def main(env, label):
    """Measure one side of (e): ``label`` is ``with`` or ``without``."""
    moves = env["account.move"].search([("ref", "=", "bench screens")], limit=SHOWN)
    if not moves:
        moves = data.invoices(env, SHOWN)
        moves.ref = "bench screens"
        env.cr.commit()
    user = env.ref("base.user_admin")
    model = (
        env["account.move"]
        .with_user(user)
        .with_context(default_move_type="out_invoice")
    )
    views = model.get_views(
        [
            (env.ref("account.view_out_invoice_tree").id, "list"),
            (env.ref("account.view_move_form").id, "form"),
        ]
    )["views"]
    arch = {kind: etree.fromstring(view["arch"]) for kind, view in views.items()}
    listed = specification(model, arch["list"])
    shown = specification(model, arch["form"])
    data.report(
        **{
            f"list_queries_{label}": queries(
                env,
                lambda: model.web_search_read(
                    [("id", "in", moves.ids)], listed, limit=SHOWN
                ),
            ),
            f"form_queries_{label}": queries(
                env, lambda: model.browse(moves[0].id).web_read(shown)
            ),
        }
    )


def queries(env, read):
    """Return the queries of a read, the second time: caches of the server are warm."""
    read()
    env.invalidate_all()
    before = env.cr.sql_log_count
    read()
    return env.cr.sql_log_count - before


def specification(model, node):
    """Return what the web client asks for, from the fields of a view."""
    wanted = {}
    for field in node.iterfind(".//field"):
        if next(field.iterancestors("field"), None) is not _owner(field, node):
            continue
        name = field.get("name")
        definition = model._fields.get(name)
        if definition is None:
            continue
        wanted[name] = {}
        if definition.type in ("one2many", "many2many"):
            lists = field.findall("./list") + field.findall("./kanban")
            comodel = model.env[definition.comodel_name]
            wanted[name] = {
                "fields": specification(comodel, lists[0]) if lists else {"id": {}},
                "limit": 40,
            }
        elif definition.type == "many2one":
            wanted[name] = {"fields": {"display_name": {}}}
    return wanted


def _owner(field, node):
    """Return the field whose subview ``node`` is, or None for the view itself."""
    return next(node.iterancestors("field"), None)
