"""What Maventa refused stands directly below the field that it is about."""

from lxml.builder import E

from odoo import api, fields, models


class AmiliRefusedMixin(models.AbstractModel):
    """Shows below the fields of its form what Maventa refused of them last time.

    A model names the fields in ``_amili_refusable`` and tells of each record what was
    refused in ``_amili_refused_texts``.
    """

    _name = "amili.refused.mixin"
    _description = "Shows What Maventa Refused"
    _amili_refusable = ()

    amili_refused = fields.Json(
        string="Refused by Maventa", compute="_compute_amili_refused"
    )

    def _compute_amili_refused(self):
        for record in self:
            texts = {}
            # Several invoices may have been refused for the same.
            for name, text in dict.fromkeys(record._amili_refused_texts()):
                if name in record._amili_refusable:
                    texts[name] = "\n".join(filter(None, [texts.get(name), text]))
            record.amili_refused = texts or False

    def _amili_refused_texts(self):
        """Return pairs of a field's name and what Maventa said of it, as a sentence."""
        return []

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form":
            for name in self._amili_refusable:
                # What stands in a list within the form is another record's.
                path = f"//field[@name='{name}'][not(ancestor::field)]"
                for node in arch.xpath(path)[:1]:
                    groups = node.get("groups") or self._fields[name].groups
                    _line_of(node).addnext(_shown_below(name, groups))
        return arch, view


def _shown_below(name, groups):
    return E.field(
        # Nobody sees it who does not see the field.
        **({"groups": groups} if groups else {}),
        name="amili_refused",
        widget="amili_refused",
        options=f"{{'of': '{name}'}}",
        nolabel="1",
        colspan="2",
        invisible=f"not amili_refused or '{name}' not in amili_refused",
    )


def _line_of(node):
    """Return the outermost of what stands in one line, or one address, with a field."""
    parent = node.getparent()
    while _is_line(parent):
        node, parent = parent, parent.getparent()
    return node


def _is_line(node):
    classes = node.get("class", "").split()
    is_row = "d-flex" in classes and "flex-column" not in classes
    return node.tag in ("h1", "h2") or is_row or "o_address_format" in classes
