"""Calls about invoices at Maventa."""

from . import answers, contract, errors, reading, upload
from .connection import Connection, segment


class InvoiceCalls(Connection):
    """The company's own invoices at Maventa."""

    def find_invoices(self, number):
        """Return the sent invoices that carry exactly this number.

        Source: ``GET /v1/invoices`` (older client).

        :rtype: list[answers.Invoice]
        :raises errors.MaventaError:
        """
        found = self._sent_invoices({contract.FILTER_NUMBER: number})
        return [invoice for invoice in found if invoice.number == number]

    def invoices(self, invoice_ids):
        """Return those of these sent invoices that Maventa has, each once.

        Source: ``GET /v1/invoices`` with ``ids[]`` (older client).

        :param invoice_ids: ids of Maventa, any number of them
        :rtype: list[answers.Invoice]
        :raises errors.MaventaError:
        """
        wanted = list(dict.fromkeys(invoice_ids))
        found = {}
        for start in range(0, len(wanted), contract.MAX_IDS):
            ids = wanted[start : start + contract.MAX_IDS]
            # A filter that Maventa does not know would bring all the invoices.
            asked = {each.lower() for each in ids}
            for invoice in self._sent_invoices({contract.FILTER_IDS: ids}):
                if invoice.id.lower() in asked:
                    found[invoice.id] = invoice
        return list(found.values())

    def invoice(self, invoice_id):
        """Return an invoice.

        Source: ``GET /v1/invoices/{id}`` (older client).

        :rtype: answers.Invoice
        :raises errors.NotFound: where there is none, or no access to it
        :raises errors.MaventaError:
        """
        path = contract.PATH_INVOICE.format(invoice_id=segment(invoice_id))
        response = self._call("GET", self._hosts.ax + path)
        return self._read(answers.read_invoice, response)

    def invoice_actions(self, invoice_id):
        """Return what became of an invoice, step by step, in Maventa's order.

        Source: ``GET /v1/invoices/{id}/actions`` (older client).

        :rtype: tuple[answers.InvoiceAction, ...]
        :raises errors.NotFound: where there is no such invoice, or no access to it
        :raises errors.MaventaError:
        """
        path = contract.PATH_INVOICE_ACTIONS.format(invoice_id=segment(invoice_id))
        response = self._call("GET", self._hosts.ax + path)
        return self._read(
            lambda body: reading.read_list(body, answers.read_invoice_action), response
        )

    def upload_invoice(self, sent):
        """Upload an invoice and return it as Maventa has it.

        A 409 means that Maventa has an invoice of this uuid already: that one is asked
        for and returned.

        Source: ``POST /v1/invoices`` (older client; that a uuid that is taken is
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
                files=upload.build_form(sent),
            )
            return self._read(answers.read_invoice, response, private)
        except errors.Conflict as conflict:
            try:
                return self.invoice(sent.uuid)
            except errors.NotFound:
                raise conflict from None
            except errors.MaventaError as exc:
                raise errors.UnknownOutcome("conflict", status=409) from exc

    def _sent_invoices(self, filters):
        found = []
        page = 1
        while page:
            result = self._list(
                self._hosts.ax + contract.PATH_INVOICES,
                answers.read_invoice,
                page,
                {contract.FILTER_DIRECTION: contract.DIRECTION_SENT, **filters},
            )
            found += result.items
            page = result.next_page
        return found
