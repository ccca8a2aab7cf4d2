"""Everything that Maventa is asked and told for one company.

This module: hand-overs and the cases at Amili. What is about the company itself is in
:mod:`.company_calls`, what is about invoices in :mod:`.invoice_calls`.
"""

from dataclasses import replace
from datetime import timezone
from urllib.parse import urlsplit

from . import answers, contract, errors, payload, reading, responses
from .company_calls import CompanyCalls
from .connection import segment
from .invoice_calls import InvoiceCalls
from .paths import values_at


class MaventaClient(CompanyCalls, InvoiceCalls):
    """Calls Maventa for one company. Safe to be used by several threads at once.

    For its parameters see :class:`.connection.Connection`.
    """

    # Reading -----------------------------------------------------------------------

    def transfer_status(self, invoice_id, ends_at=None):
        """Return how the hand-over of an invoice went.

        Source: ``GET /v2/invoices/{id}/assignment`` (documented).

        :param float ends_at: as of :meth:`_call`
        :rtype: answers.TransferStatus
        :raises errors.NotFound: where there is none, or no access to it
        :raises errors.MaventaError:
        """
        path = contract.PATH_TRANSFER_STATUS.format(invoice_id=segment(invoice_id))
        response = self._call("GET", self._hosts.ax + path, ends_at=ends_at)
        return self._read(
            lambda body: answers.read_transfer_status(body, self._case_host), response
        )

    def case(self, assignment_id):
        """Return a case with its events.

        Source: ``GET /v1/assignments/{id}`` of the Receivables API (documented).

        :rtype: answers.Case
        :raises errors.MaventaError:
        """
        path = contract.PATH_ASSIGNMENT.format(assignment_id=segment(assignment_id))
        response = self._call("GET", self._hosts.receivables + path)
        return self._read(answers.read_case, response)

    def cases(self, page):
        """Return a page of all cases, without their events.

        Source: ``GET /v1/assignments`` of the Receivables API (documented).

        :rtype: answers.Page
        :raises errors.MaventaError:
        """
        url = self._hosts.receivables + contract.PATH_ASSIGNMENTS
        return self._list(url, answers.read_case, page)

    def events(self, page, created_from):
        """Return a page of the events of all cases since a moment.

        Source: ``GET /v1/events`` of the Receivables API (documented; its filter and
        its paging are ASSUMED).

        :param datetime created_from: aware; None asks for all
        :rtype: answers.Page
        :raises errors.MaventaError:
        """
        filters = {}
        if created_from:
            moment = created_from.astimezone(timezone.utc)
            filters[contract.FILTER_CREATED_FROM] = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
        url = self._hosts.receivables + contract.PATH_EVENTS
        return self._list(url, answers.read_event, page, filters)

    def case_events(self, assignment_id):
        """Return all events of a case, each once; what is missing is not at Maventa.

        Source: ``GET /v1/assignments/{id}/events`` of the Receivables API (documented;
        its paging is ASSUMED).

        :rtype: tuple[answers.Event, ...]
        :raises errors.UnknownOutcome: also where fewer came than Maventa says it has
        :raises errors.MaventaError:
        """
        path = contract.PATH_ASSIGNMENT_EVENTS.format(
            assignment_id=segment(assignment_id)
        )
        found = {}
        page, total = 1, None
        while page:
            result = self._list(
                self._hosts.receivables + path,
                lambda event: answers.read_event(event, assignment_id),
                page,
                read_list=reading.read_whole_list,
            )
            new = {event.id: event for event in result.items if event.id not in found}
            found |= new
            total = result.total if total is None else total
            # A list that begins anew for ever would never end.
            page = result.next_page if new else None
        if len(found) < (total or 0):
            raise errors.UnknownOutcome("bad_answer")
        return tuple(found.values())

    # Writing -----------------------------------------------------------------------

    def transfer(self, invoice_id, body):
        """Hand an invoice over and return what Maventa makes of it.

        Source: ``POST /v2/invoices/{id}/assignment/amili`` (documented; that it
        answers 202 without a body is described for v1, and that it may answer with the
        object of the GET is ASSUMED).

        Any good answer means that Maventa has taken it: where it tells no status, that
        is ``pending`` and has to be asked for.

        A 409 means that Maventa has a hand-over of this invoice already, and so may a
        403, of which only the words for people tell why: it is asked for and returned.

        :param dict body: from :func:`payload.build_body`
        :rtype: answers.TransferStatus
        :raises errors.NotSent: it may be sent again later
        :raises errors.Refused: it must be corrected first; ``Forbidden`` where this
            invoice may not be handed over
        :raises errors.UnknownOutcome: it may have been taken: ask before all else
        """
        path = contract.PATH_TRANSFER.format(invoice_id=segment(invoice_id))
        private = payload.personal_values(body)
        ends_at = self._get_end()
        try:
            response = self._post(
                self._hosts.ax + path, body, private, contract.SCOPES_OF_TRANSFER
            )
            return answers.read_accepted_transfer(
                responses.parse_json(response), self._case_host, private
            )
        except (errors.Conflict, errors.Forbidden) as refusal:
            try:
                status = self.transfer_status(invoice_id, ends_at)
            except errors.MaventaError as exc:
                if not isinstance(refusal, errors.Conflict) or isinstance(
                    exc, errors.NotFound
                ):
                    raise refusal from None
                raise errors.UnknownOutcome("conflict", status=409) from exc
            if status.meaning == "error":
                # What came of an earlier one says nothing of why this one may not go.
                raise refusal from None
            return replace(status, is_conflict=True)

    def add_event(self, assignment_id, body):
        """Report what happened at the company and return the event as Maventa has it.

        Source: ``POST /v1/assignments/{id}/events`` of the Receivables API
        (documented; that it answers with the event is ASSUMED).

        :param dict body: from :func:`report.build_report`
        :rtype: answers.Event
        :raises errors.NotSent: it may be sent again later
        :raises errors.Conflict: the case takes no such event (any more)
        :raises errors.Refused: it must be corrected first
        :raises errors.UnknownOutcome: it may have been taken: ask
            :meth:`case_events` before all else
        """
        path = contract.PATH_ASSIGNMENT_EVENTS.format(
            assignment_id=segment(assignment_id)
        )
        # What a person wrote may hold anything.
        private = values_at(body, contract.EVENT_PATHS["text"])
        response = self._post(
            self._hosts.receivables + path, body, private, contract.SCOPES_OF_CASES
        )
        return self._read(
            lambda made: answers.read_added_event(made, assignment_id, body), response
        )

    def mark_seen(self, assignment_id, event_id):
        """Tell Amili that a person of the company saw an event. Twice does no harm.

        Source: ``POST /v1/assignments/{id}/events/{id}/seen`` of the Receivables API
        (documented; its answer is not, and is not read).

        :raises errors.MaventaError:
        """
        path = contract.PATH_EVENT_SEEN.format(
            assignment_id=segment(assignment_id), event_id=segment(event_id)
        )
        self._call(
            "POST", self._hosts.receivables + path, scopes=contract.SCOPES_OF_CASES
        )

    @property
    def _case_host(self):
        return urlsplit(self._hosts.receivables).hostname
