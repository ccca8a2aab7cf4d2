"""Uploads: time against a bare thread pool, and queries."""

import dataclasses
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from odoo.addons.amili_perinta.maventa.parallel import WIDTH
from odoo.addons.amili_perinta.maventa.upload import build_form

from . import data
from .sending import LATENCY, bare_session

UPLOADS = 200
PDF_SIZE = 100_000  # bytes, as a page with a logo has
SENDER = {
    "company_registry": "2077474-0",
    "peppol_eas": "0216",
    "peppol_endpoint": "003720774740",
}


def prepare(env, sandbox):
    """Put invoices with their files on the queue; Maventa knows none of them."""
    data.control(sandbox, "reset", {})
    data.connect(env, sandbox)
    env.company.partner_id.write(SENDER)
    moves = data.invoices(env, UPLOADS)
    add_files(env, moves)
    env["amili.invoice.upload"]._queue([(move, True, env.uid) for move in moves])
    env.cr.commit()
    delay = {"kind": "delay", "seconds": LATENCY, "times": None, "path": "/v1/invoices"}
    data.control(sandbox, "faults", delay)


def add_files(env, moves):
    """Make the file of each invoice, as large as with a PDF inside."""
    builder = env["account.edi.xml.ubl_bis3"]
    # Printing is Odoo's own, and takes longer than all that is measured.
    padding = b"<!--" + b"." * PDF_SIZE + b"-->"
    env["ir.attachment"].create(
        [
            {
                "name": builder._export_invoice_filename(move),
                "raw": builder._export_invoice(move)[0] + padding,
                "mimetype": "application/xml",
                "res_model": move._name,
                "res_id": move.id,
                "res_field": "ubl_cii_xml_file",
            }
            for move in moves
        ]
    )
    moves.invalidate_recordset(["ubl_cii_xml_id", "ubl_cii_xml_file"])


def main(env, sandbox):
    """Send them as the scheduled action does, then the same by bare threads."""
    uploads = env["amili.invoice.upload"].search([])
    sent = [(upload.move_id.name, upload._wire()) for upload in uploads]
    env.invalidate_all()
    before = env.cr.sql_log_count
    started = time.perf_counter()
    uploads._cron_process()
    data.report(
        uploads_seconds=time.perf_counter() - started,
        uploads_queries=(env.cr.sql_log_count - before) / UPLOADS,
    )
    lost = uploads.filtered(lambda upload: upload.state != "sent")
    assert not lost, set(lost.mapped("error_message"))
    data.report(uploads_bare_seconds=bare_threads(sandbox, sent))


def bare_threads(sandbox, sent):
    """Return the seconds that a bare pool takes to look for the same and post them.

    :param sent: pairs of the invoice's number and an ``Upload``
    """
    session = bare_session(sandbox)
    url = f"{sandbox}/v1/invoices"

    def post(item):
        number, upload = item
        query = {"direction": "SENT", "number": number, "per_page": 100}
        session.get(url, params=query, timeout=30).raise_for_status()
        another = dataclasses.replace(upload, uuid=str(uuid.uuid4()))
        form = build_form(another)
        return session.post(url, files=form, timeout=30).status_code

    started = time.perf_counter()
    with ThreadPoolExecutor(WIDTH) as pool:
        answers = set(pool.map(post, sent))
    seconds = time.perf_counter() - started
    assert answers == {201}, answers
    return seconds
