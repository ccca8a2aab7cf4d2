"""Sentences for why there is no description of Maventa's API to compare with."""

from ..maventa.description import MAX_BYTES, MAX_YAML_BYTES

MEGABYTE = 1_000_000


def explain_description(env, error):
    """Return a translated sentence for an ``UnreadableDescription``, or whatever else
    went wrong: first the trouble, then what to do.
    """
    detail = getattr(error, "detail", "")
    sentences = {
        "broke_off": env._("The connection broke off. Try again."),
        "broken": env._(
            "The file has a mistake near line %(detail)s and cannot be read. Save it "
            "anew.",
            detail=detail or "?",
        ),
        "certificate": env._(
            "The connection is not secure: the host's certificate was not accepted. "
            "Nothing was read."
        ),
        "connect": env._(
            "The host cannot be reached. Check the network, or get the file from "
            "Maventa and upload it."
        ),
        "cut_off": env._(
            "The file ends in the middle: it was not read or saved whole. Try again."
        ),
        "empty": env._("The file is empty."),
        "encoding": env._("The file is not in UTF-8. Save it as UTF-8 or get it anew."),
        "html": env._(
            "This is a web page and not a description of an API: it may be the page "
            "to log in. Save the description itself, as JSON."
        ),
        "no_paths": env._("The description names no address at all."),
        "other": env._(
            "This is no description of an API: it must be Swagger 2.0 or OpenAPI 3."
        ),
        "redirect": env._(
            "The host sends to another address, which was not followed. Save the "
            "description from there and upload the file."
        ),
        "status": env._(
            "The host has no description at this address (HTTP %(detail)s). Get the "
            "file from Maventa and upload it.",
            detail=detail,
        ),
        "timeout": env._("The host did not answer in time. Try again later."),
        "too_big": env._(
            "The file is larger than %(size)s MB.", size=MAX_BYTES // MEGABYTE
        ),
        "too_deep": env._(
            "The file is nested too deeply to be a description of an API."
        ),
        "version": env._(
            "The description is of version %(detail)s. Only Swagger 2.0 and OpenAPI 3 "
            "can be read.",
            detail=detail,
        ),
        "yaml_missing": env._(
            "This is YAML, or nothing that is known, and YAML cannot be read here. "
            "Save the description as JSON."
        ),
        "yaml_too_big": env._(
            "YAML can be read up to %(size)s MB. Save the description as JSON.",
            size=MAX_YAML_BYTES // MEGABYTE,
        ),
    }
    return sentences.get(error.reason, sentences["broke_off"])
