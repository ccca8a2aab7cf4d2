"""Write the table of what is assumed of the wire into docs/wire.rst, from the marks.

python3 dev/tools/assumptions.py
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BEGIN, END = ".. What is assumed: begin", ".. What is assumed: end"
WIDTH = 88


def rows(contract):
    """Yield each constant of the contract that holds something assumed, and what."""
    for constant, value in vars(contract).items():
        if constant.isupper():
            found = [text for text in _texts(value) if text]
            if found:
                yield constant, found


def _texts(value, label=""):
    if getattr(value, "mark", "") == "ASSUMED":
        yield f"{label}``{value}``"
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, f"{key} " if key != inner else "")
    elif isinstance(value, tuple):
        for inner in value:
            yield from _texts(inner)
    elif hasattr(value, "receivables"):
        yield from _texts(value.receivables, f"{label}")


def table(contract):
    """Return the table as reStructuredText."""
    lines = [
        ".. list-table::",
        "   :header-rows: 1",
        "   :widths: 30 70",
        "",
        "   * - In ``maventa/contract.py``",
        "     - What is assumed",
    ]
    for constant, texts in rows(contract):
        lines.append(f"   * - ``{constant}``")
        line = "     -"
        for index, text in enumerate(texts):
            word = text + ("," if index < len(texts) - 1 else "")
            if len(line) + 1 + len(word) > WIDTH:
                lines.append(line)
                line = "      "
            line += f" {word}"
        lines.append(line)
    return "\n".join(lines)


def updated(text, contract):
    """Return the text of docs/wire.rst with the table of today.

    :raises ValueError: where its place is not marked
    """
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError("docs/wire.rst does not say where the table is")
    return f"{before}{begin}\n\n{table(contract)}\n\n{end}{after}"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    from maventa import contract as today

    path = ROOT / "docs" / "wire.rst"
    path.write_text(updated(path.read_text(), today))
