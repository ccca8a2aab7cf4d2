"""Fields for what people type, in which no identity code is kept.

A reason or a summary is read by more people than may see such codes, and stands in
chatters, letters and alerts. So the code is masked before anything is stored.
"""

from odoo import fields

from ...maventa.masking import mask_text


class _Masked:
    """What is written to the field is masked, whatever way it comes."""

    def convert_to_cache(self, value, record, validate=True):
        # EXTENDS the field: what is assigned or written
        value = super().convert_to_cache(value, record, validate)
        return mask_text(value) if value else value

    def convert_to_column(self, value, record, values=None, validate=True):
        # EXTENDS the field: what a new record has is stored as it was given
        value = super().convert_to_column(value, record, values, validate)
        return mask_text(value) if isinstance(value, str) else value


class MaskedChar(_Masked, fields.Char):
    """A line that people type, without identity codes."""


class MaskedText(_Masked, fields.Text):
    """A text that people type, without identity codes."""
