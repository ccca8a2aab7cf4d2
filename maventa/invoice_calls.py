"""Calls about invoices at Maventa."""

from . import answers, contract, errors, reading, upload
from .connection import Connection, segment


class InvoiceCalls(Connection):
    """The company's own invoices at Maventa."""

    def find_invoices(self, number):
        """Return the sent invoices that carry exactly this number.

        Source: ``GET /v1/invoices`` (described).

        :rtype: list[answers.Invoice]
        :raises errors.UnknownOutcome: also where Maventa passed the number over and
            the first of all its invoices tell nothing of this one
        :raises errors.MaventaError:
        """
        filters = {
            contract.FILTER_DIRECTION: contract.DIRECTION_SENT,
            contract.FILTER_NUMBER: number,
        }
        url = self._hosts.ax + contract.PATH_INVOICES
        found = {}
        page = 1
        while page:
            result = self._list(url, answers.read_invoice, page, filters)
            new = {
                invoice.id: invoice
                for invoice in result.items
                if invoice.number == number and invoice.id not in found
            }
            found |= new
            # A page without any is where the asked ones end, or the whole list is not
            # what was asked for: there is no point in reading all of it.
            page = result.next_page if new else None
        if not found and result.next_page:
            raise errors.UnknownOutcome("bad_answer")
        return list(found.values())

    def invoice(self, invoice_id):
        """Return an invoice.

        Source: ``GET /v1/invoices/{id}`` (described).

        :rtype: answers.Invoice
        :raises errors.NotFound: where there is none, or no access to it
        :raises errors.MaventaError:
        """
        path = contract.PATH_INVOICE.format(invoice_id=segment(invoice_id))
        response = self._call("GET", self._hosts.ax + path)
        return self._read(answers.read_invoice, response)

    def invoice_actions(self, invoice_id):
        """Return what became of an invoice, step by step, each step once.

        Source: ``GET /v1/invoices/{id}/actions`` (described: what is of type INFO, as a
        hand-over may be, comes only where it is asked for). It takes one request, of
        the time of one call; where Maventa makes nothing of several types at once,
        three.

        :rtype: tuple[answers.InvoiceAction, ...]
        :raises errors.NotFound: where there is no such invoice, or no access to it
        :raises errors.MaventaError:
        """
        ends_at = self._get_end()
        try:
            steps = self._steps(invoice_id, ends_at, ",".join(contract.ACTION_TYPES))
        except errors.NotFound:
            raise
        except errors.Refused:
            steps = ()
        if not steps:
            # Each invoice has come to Maventa at least: the types were not understood.
            steps = (
                *self._steps(invoice_id, ends_at),
                *self._steps(invoice_id, ends_at, contract.ACTION_INFO),
            )
        return tuple(dict.fromkeys(steps))

    def _steps(self, invoice_id, ends_at, types=None):
        path = contract.PATH_INVOICE_ACTIONS.format(invoice_id=segment(invoice_id))
        response = self._call(
            "GET",
            self._hosts.ax + path,
            ends_at=ends_at,
            params=types and {contract.FILTER_ACTION_TYPE: types},
        )
        return self._read(
            lambda body: reading.read_list(body, answers.read_invoice_action), response
        )

    def upload_invoice(self, sent):
        """Upload an invoice and return it as Maventa has it.

        A 409 means that Maventa has an invoice of this uuid already: that one is asked
        for and returned.

        Source: ``POST /v1/invoices`` (described; that a uuid that is taken is
        answered with 409 is ASSUMED).

        :param upload.Upload sent: the invoice
        :rtype: answers.Invoice
        :raises errors.NotSent: it may be sent again later
        :raises errors.Refused: it must be corrected first; ``details`` say what
        :raises errors.UnknownOutcome: it may have been taken: ask :meth:`invoice`
            before all else
        """
        private = [sent.email]
        try:
            response = self._call(
                "POST",
                self._hosts.ax + contract.PATH_INVOICES,
                private,
                scopes=contract.SCOPES_OF_UPLOAD,
                files=upload.build_form(sent),
            )
            return self._read(answers.read_invoice, response)
        except errors.Conflict as conflict:
            try:
                return self.invoice(sent.uuid)
            except errors.NotFound:
                raise conflict from None
            except errors.MaventaError as exc:
                raise errors.UnknownOutcome("conflict", status=409) from exc
