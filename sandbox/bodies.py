"""Reads the body of a request, strictly: JSON, a form, or a form with files."""

import json
from decimal import Decimal

from .problems import invalid_request
from .schemas import path_of

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def _number(text):
    value = Decimal(text)
    # An exponent without bounds would let a few bytes fill the memory.
    if abs(value.adjusted()) > 100:
        raise ValueError("number out of range")
    return value


def _no_constant(_text):
    raise ValueError("NaN and Infinity are not JSON")


def _object(pairs):
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return result


def read_json(raw):
    """Parse a JSON body, strictly, with exact numbers.

    :param bytes raw: UTF-8.
    :returns: the value; fractions are ``Decimal``.
    :raises Problem: 400 when it is not JSON, or has a key twice.
    """
    try:
        text = raw.decode()
        value = json.loads(
            text,
            parse_float=_number,
            parse_constant=_no_constant,
            object_pairs_hook=_object,
        )
        if "\\ud" in text.lower():
            # Half a surrogate pair cannot be written out again.
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except (ValueError, RecursionError, ArithmeticError):
        raise invalid_request("The body is not valid JSON.") from None
    return value


def read_form(request):
    """Read a form.

    :returns: the fields, and complaints.
    """
    # The body was read as a whole before, so request.form reads the cached bytes.
    repeated = [name for name, texts in request.form.lists() if len(texts) > 1]
    lines = [f"{path_of([name])} is there more than once" for name in repeated]
    return request.form.to_dict(), lines


def read_multipart(request, lists, files):
    """Read a form with files.

    :param lists: names of fields that may be there more than once.
    :param files: names of fields that are files.
    :returns: the fields, the files as ``{"filename", "content"}``, and complaints.
    """
    fields, found, lines = {}, {}, []
    for name, texts in request.form.lists():
        if name in files:
            lines.append(f"{path_of([name])} has no file name")
        elif len(texts) > 1 and name not in lists:
            lines.append(f"{path_of([name])} is there more than once")
        else:
            fields[name] = texts if name in lists else texts[0]
    for name, parts in request.files.lists():
        if name not in files:
            lines.append(f"{path_of([name])} must not be a file")
        elif len(parts) > 1:
            lines.append(f"{path_of([name])} is there more than once")
        else:
            [part] = parts
            found[name] = {"filename": part.filename, "content": part.read()}
    return fields, found, lines
