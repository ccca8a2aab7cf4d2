"""The form of an uploaded invoice: a frozen dataclass in, form fields out.

Source of the names: :mod:`.contract`.
"""

from dataclasses import dataclass, field

from . import contract


@dataclass(frozen=True)
class Upload:
    """An invoice, as Peppol BIS Billing 3.0 with its picture inside, or as Finvoice.

    ``format`` says which of the two: ``peppol`` or ``finvoice``. ``uuid`` is chosen by
    the sender and becomes the invoice's id at Maventa: by it an invoice whose answer
    was lost is found again. Where ``deliver`` is not set, Maventa only keeps the
    invoice. ``email`` is where Maventa mails it if it goes by e-mail; ``language`` is
    that of what Maventa writes, as ISO 639-1, e.g. ``fi``.
    """

    uuid: str
    filename: str
    content: bytes = field(repr=False)
    deliver: bool
    email: str = field(repr=False)
    language: str
    format: str = "peppol"


def build_form(upload):
    """Return the form fields of ``POST /v1/invoices``, as ``requests`` takes files.

    A language that Maventa does not write is left out.

    :param Upload upload: the invoice
    :rtype: list
    :raises ValueError: where the uuid, the name of the file or the content is missing
    """
    if not (upload.uuid and upload.filename and upload.content):
        raise ValueError("an invoice without uuid, file name or content")
    fields = [
        (contract.UPLOAD_FORMAT, contract.UPLOAD_FORMATS[upload.format]),
        (contract.UPLOAD_UUID, upload.uuid),
    ]
    if not upload.deliver:
        fields.append((contract.UPLOAD_PREVENT_ROUTING, "true"))
    if upload.email:
        fields.append((contract.UPLOAD_EMAIL, upload.email))
    language = contract.LANGUAGES.get(upload.language.lower())
    if language:
        fields.append((contract.UPLOAD_LANGUAGE, language))
    file = (upload.filename, upload.content, "application/xml")
    return [(contract.UPLOAD_FILE, file), *((n, (None, v)) for n, v in fields)]
