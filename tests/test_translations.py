import io
import re
from collections import Counter

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_path
from odoo.tools.translate import trans_export

from . import foundation

ADDON = "amili_perinta"
LANGUAGES = ("fi", "sv")
# What a translation must keep as it is: %s, %(name)s, {name} and markup.
PLACEHOLDER = re.compile(r"%\(\w+\)s|%s|\{\w+\}|<[^>]*>")
# What a tag tells people is translated like any text.
TAG_TEXT = re.compile(r'(title|aria-label)="[^"]*"')
FIELD = re.compile(rf"model:ir\.model\.fields,\w+:{ADDON}\.field_(\w+?)__(\w+)")
# Names that are the same in all languages.
FILE_FORMATS = {"finvoice", "peppol"}
EXTENDED_MODELS = {"account_move", "res_company", "res_config_settings", "res_partner"}


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    """Every text of the addon is in the template and in each language.

    After a change of texts ``dev/export_texts`` brings the files in step.
    """

    @classmethod
    def setUpClass(cls):
        foundation.remove()
        super().setUpClass()

    def test_template_is_in_step(self):
        exported = io.BytesIO()
        trans_export(None, [ADDON], exported, "po", self.env)
        self.assertEqual(
            self.own_texts(polib.pofile(exported.getvalue().decode())),
            self.own_texts(self.i18n_file(f"{ADDON}.pot")),
        )

    def test_languages_are_complete(self):
        template = self.texts(self.i18n_file(f"{ADDON}.pot"))
        for language in LANGUAGES:
            with self.subTest(language):
                translations = self.i18n_file(f"{language}.po")
                self.assertEqual(self.texts(translations), template)
                self.assertFalse([e.msgid for e in translations.fuzzy_entries()])
                self.assertFalse([e.msgid for e in translations.untranslated_entries()])

    def test_languages_keep_placeholders(self):
        for language in LANGUAGES:
            for entry in self.i18n_file(f"{language}.po"):
                with self.subTest(language, text=entry.msgid):
                    self.assertEqual(
                        self.placeholders(entry.msgstr),
                        self.placeholders(entry.msgid),
                    )

    def test_people_read_their_language(self):
        for code, state, button in (
            ("fi_FI", "Jonossa", "Peru lähetys"),
            ("sv_SE", "I kö", "Avbryt sändningen"),
        ):
            with self.subTest(code):
                self.env["res.lang"]._activate_lang(code)
                self.env["ir.module.module"]._load_module_terms([ADDON], [code])
                assignments = self.env["amili.assignment"].with_context(lang=code)
                states = dict(
                    assignments._fields["state"]._description_selection(assignments.env)
                )
                self.assertEqual(states["queued"], state)
                self.assertIn(button, assignments.get_view(view_type="form")["arch"])
                self.assertNotEqual(
                    assignments._stage_label("reminder_sent"), "Reminder sent"
                )

    def test_people_choose_in_their_language(self):
        """Also where a field takes over the choices of another one."""
        for code in ("fi_FI", "sv_SE"):
            self.env["res.lang"]._activate_lang(code)
            self.env["ir.module.module"]._load_module_terms([ADDON], [code])
            env = self.env(context={"lang": code})
            for field in self.own_selections():
                with self.subTest(code, field=f"{field}"):
                    english = dict(field._description_selection(self.env))
                    theirs = dict(field._description_selection(env))
                    same = {key for key in theirs if theirs[key] == english[key]}
                    self.assertLessEqual(same, FILE_FORMATS)

    def own_selections(self):
        """Return the fields of this addon that let people choose."""
        for record in self.env["ir.model.fields"].search([("ttype", "=", "selection")]):
            is_own = record.name.startswith(("amili_", "maventa_")) or (
                record.model.startswith("amili.")
                and not record.name.startswith("activity_")
            )
            if is_own and ADDON in record.modules.split(", "):
                yield self.env[record.model]._fields[record.name]

    def placeholders(self, text):
        """Return what a translation must keep, and how often each stands there."""
        return Counter(PLACEHOLDER.findall(TAG_TEXT.sub(r"\1", text)))

    def i18n_file(self, name):
        """Return a file of the folder ``i18n``."""
        return polib.pofile(file_path(f"{ADDON}/i18n/{name}"))

    def texts(self, file):
        """Return each text with its places; in code they may move about."""
        return {
            (entry.msgid, "code" if place.startswith("code:") else place)
            for entry in file
            for place, _line in entry.occurrences
        }

    def own_texts(self, file):
        """Return those texts that do not depend on what else is installed."""
        return {(text, place) for text, place in self.texts(file) if self.is_own(place)}

    def is_own(self, place):
        """Whether a place is this addon's, and not that of an inherited field."""
        field = FIELD.fullmatch(place)
        if not field:
            return True
        model, name = field.groups()
        if model.startswith("amili_"):
            return not any(
                name in self.env[mixin]._fields
                for mixin in ("mail.thread", "mail.activity.mixin")
            )
        return model in EXTENDED_MODELS and name.startswith(("amili_", "maventa_"))
