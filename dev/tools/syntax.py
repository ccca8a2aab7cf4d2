"""Read each XML, YAML and PO file, and each document; say which do not parse.

Run as ``python syntax.py FOLDER`` with the virtual environment's Python.
"""

import sys
from pathlib import Path

import docutils.core
import docutils.utils
import polib
import yaml
from lxml import etree


def parse_rst(path):
    """Read reStructuredText, and take any complaint as an error."""
    docutils.core.publish_doctree(
        path.read_text(),
        source_path=str(path),
        settings_overrides={
            "report_level": docutils.utils.Reporter.SEVERE_LEVEL,
            "halt_level": docutils.utils.Reporter.WARNING_LEVEL,
        },
    )


def parse_yaml(path):
    """Read each document of a YAML file."""
    list(yaml.safe_load_all(path.read_text()))


PARSERS = {
    ".xml": lambda path: etree.parse(str(path)),
    ".svg": lambda path: etree.parse(str(path)),
    ".yaml": parse_yaml,
    ".yml": parse_yaml,
    ".po": lambda path: polib.pofile(str(path), check_for_duplicates=True),
    ".pot": lambda path: polib.pofile(str(path), check_for_duplicates=True),
    ".rst": parse_rst,
}


def main(folder):
    """Parse the files of ``folder``; return 1 if any has an error."""
    status = 0
    for path in sorted(Path(folder).rglob("*")):
        parser = PARSERS.get(path.suffix)
        if parser is None or not path.is_file() or ".git" in path.parts:
            continue
        try:
            parser(path)
        except Exception as error:
            print(f"{path}: {error}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
