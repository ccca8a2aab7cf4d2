"""Merge an exported template into the files of a folder with translations.

Run as ``python merge_texts.py EXPORTED.pot FOLDER`` with the virtual environment's
Python.
"""

import sys
from pathlib import Path

import polib


def merge(exported, folder):
    """Write the template and each language's file, and say what is not translated.

    A file whose texts are the same stays as it is: the exporter's dates are no news.
    """
    template = polib.pofile(str(exported))
    target = folder / exported.name
    if not target.exists() or polib.pofile(str(target)) != template:
        template.save(str(target))
    for path in sorted(folder.glob("*.po")):
        language = polib.pofile(str(path))
        language.merge(template)
        # A text that is gone is gone: version control remembers it.
        for entry in language.obsolete_entries():
            language.remove(entry)
        language.sort(key=lambda entry: entry.msgid)
        language.save(str(path))
        missing = language.untranslated_entries() + language.fuzzy_entries()
        print(f"{path.name}: {len(template)} texts, {len(missing)} not translated")
        for entry in missing:
            print(f"   {entry.msgid!r}")


if __name__ == "__main__":
    merge(Path(sys.argv[1]), Path(sys.argv[2]))
