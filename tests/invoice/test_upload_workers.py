"""What only several transactions at once can show of invoices on their way to Maventa.

These tests commit; see test_queue_workers.
"""

import base64
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.invoice import amili_invoice_upload
from ...models.outbox import amili_cron_mixin
from ..common import batches_of
from ..workers_case import WorkersCase

# As much of an invoice as the sandbox reads.
FILE = """<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:\
poacc:billing:3.0</cbc:CustomizationID>
<cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>
<cbc:ID>{move.name}</cbc:ID>
<cbc:IssueDate>{move.invoice_date}</cbc:IssueDate>
<cbc:DueDate>{move.invoice_date_due}</cbc:DueDate>
<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cac:PartyLegalEntity>
<cbc:RegistrationName>Kilpailu Oy</cbc:RegistrationName>
<cbc:CompanyID>003720774740</cbc:CompanyID>
</cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PartyLegalEntity>
<cbc:RegistrationName>Esimerkki Oy</cbc:RegistrationName>
<cbc:CompanyID>003720774740</cbc:CompanyID>
</cac:PartyLegalEntity></cac:Party></cac:AccountingCustomerParty>
<cac:LegalMonetaryTotal>
<cbc:TaxExclusiveAmount currencyID="EUR">100.00</cbc:TaxExclusiveAmount>
<cbc:TaxInclusiveAmount currencyID="EUR">100.00</cbc:TaxInclusiveAmount>
<cbc:PayableAmount currencyID="EUR">100.00</cbc:PayableAmount>
</cac:LegalMonetaryTotal></Invoice>"""


@tagged("post_install", "-at_install")
class TestUploadWorkers(WorkersCase):
    """Workers and people at the same invoices."""

    def setUp(self):
        super().setUp()
        # Before the invoices themselves are removed.
        self.addCleanup(self._remove_uploads)

    def _remove_uploads(self):
        with self.transaction() as env:
            env.cr.execute(
                "UPDATE amili_invoice_upload SET state = 'cancelled'"
                " WHERE company_id = %s",
                [self.company_id],
            )

    def uploads(self, number):
        """Commit invoices on the queue for Maventa; return their ids."""
        ids = self.invoices(number)
        with self.transaction() as env:
            moves = env["account.move"].browse(ids)
            moves.maventa_invoice_id = False
            for move in moves:
                move.ubl_cii_xml_file = base64.b64encode(
                    FILE.format(move=move).encode()
                )
                move.ubl_cii_xml_id.name = "invoice.xml"
            env["amili.invoice.upload"]._queue(
                [(move, True, self.clerk_ids[0]) for move in moves]
            )
        self.sandbox.reset()
        return ids

    def work(self):
        with self.transaction() as env:
            env["amili.invoice.upload"]._cron_process()

    def posts(self):
        return self.sandbox.log("POST", "/v1/invoices")

    def told(self, ids):
        with self.transaction() as env:
            moves = env["account.move"].browse(ids)
            return [(move.amili_upload_state, move.amili_upload_text) for move in moves]

    def assertSentOnce(self, ids):
        told = self.told(ids)
        self.assertEqual({state for state, _text in told}, {"sent"}, told)
        self.assertEqual(len(self.posts()), len(ids))
        self.assertEqual(len(self.sandbox.control("invoices")), len(ids))

    @contextmanager
    def around_the_call(self, before=None, after=None):
        """Do something while an invoice is on its way: before it leaves, or after."""
        call_all = amili_cron_mixin.call_in_groups
        todo = [before, after]

        def call(function, *args, **options):
            items = args[0]
            if items[0][0] is not amili_invoice_upload._send or not any(todo):
                return call_all(function, *args, **options)
            first, last = todo
            todo[:] = [None, None]
            if first:
                first()
            outcomes = list(call_all(function, *args, **options))
            if last:
                last()
            return outcomes

        with patch.object(amili_cron_mixin, "call_in_groups", call):
            yield
        self.assertFalse(any(todo), "it was not done")

    def test_two_workers_never_claim_the_same(self):
        self.uploads(3)
        self.assert_claimed_apart("amili.invoice.upload")

    def test_workers_at_once_send_each_invoice_once(self):
        ids = self.uploads(12)
        with (
            batches_of(self.registry, 2),
            mute_logger("odoo.sql_db"),
        ):
            self.in_threads(
                lambda env: env["amili.invoice.upload"]._cron_process(),
                *[SUPERUSER_ID] * 3,
            )
        self.work()
        self.assertSentOnce(ids)

    def test_the_id_is_on_disk_and_nothing_locked_while_maventa_answers(self):
        ids = self.uploads(1)
        seen = []

        def look():
            with self.transaction() as env:
                env.cr.execute("SET LOCAL lock_timeout = '2s'")
                env.cr.execute(
                    "SELECT u.state, u.uuid FROM amili_invoice_upload u"
                    " JOIN account_move m ON m.id = u.move_id"
                    " WHERE u.move_id IN %s FOR UPDATE",
                    [tuple(ids)],
                )
                seen.extend(env.cr.fetchall())

        with self.around_the_call(before=look):
            self.work()
        [(state, uuid)] = seen
        self.assertEqual(state, "sending")
        [there] = self.sandbox.control("invoices")
        self.assertEqual(there["id"], uuid)

    def test_a_worker_that_was_taken_for_dead_has_sent(self):
        ids = self.uploads(1)

        def take_over():
            self.let_time_pass(ids)
            self.work()

        with self.around_the_call(after=take_over):
            self.work()
        self.assertSentOnce(ids)

    def test_a_worker_that_was_taken_for_dead_sends_after_all(self):
        """Another has asked, waited and sent it; the first one comes back then."""
        ids = self.uploads(1)

        def take_over():
            self.let_time_pass(ids)
            self.work()

        with self.around_the_call(before=take_over):
            self.work()
        self.assertSentOnce(ids)

    def let_time_pass(self, ids):
        with self.transaction() as env:
            past = fields.Datetime.now() - timedelta(hours=1)
            env["account.move"].browse(ids).amili_upload_ids.write(
                {"claimed_at": past, "next_try_at": past}
            )

    def test_reset_to_draft_while_it_is_on_its_way(self):
        ids = self.uploads(1)
        problems = []

        def reset():
            try:
                with self.transaction() as env:
                    env["account.move"].browse(ids).button_draft()
            except ValidationError as exc:
                problems.append(str(exc))

        with self.around_the_call(before=reset):
            self.work()
        self.assertIn("on its way to Maventa", problems[0])
        self.assertSentOnce(ids)

    def test_an_answer_is_recorded_though_somebody_changed_the_invoice(self):
        ids = self.uploads(1)

        def change():
            with self.transaction() as env:
                env["account.move"].browse(ids).narration = "Muutettu"

        with self.around_the_call(after=change):
            self.work()
        self.assertSentOnce(ids)
