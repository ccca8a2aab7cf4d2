from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from itertools import count
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import HttpCase, new_test_user
from odoo.tests.common import _super_send

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.base.tests.common import BaseCommon

from ..const import SANDBOX_URL_PARAMETER
from ..maventa import connection
from ..maventa.client import MaventaClient
from ..models.connection import res_company
from . import foundation
from .sandbox_process import DEFAULT_COMPANY, Sandbox

NOW = "2026-10-20 09:00:00"
# The keys of a second company that the sandbox knows.
OTHER = {
    "client_id": "22222222-2222-4222-8222-222222222222",
    "client_secret": "other-secret",
    "vendor_api_key": "other-vendor",
}
UUIDS = (f"00000000-0000-4000-8000-{number:012}" for number in count(1))


@contextmanager
def batches_of(registry, size):
    """Let no more than so many of anything be claimed at once."""
    with ExitStack() as stack:
        for name in registry.descendants(["amili.outbox.mixin"], "_inherit"):
            stack.enter_context(
                patch.object(registry[name], "_outbox_batch_size", size)
            )
        yield


class AmiliCommon(AccountTestInvoicingCommon):
    """A Finnish company with the credentials of the sandbox, and people around it.

    The clerk has the least rights that a hand-over needs; ``outsider`` invoices but
    may not hand over. The clock stands still, here and in the sandbox.
    """

    # A browser needs a clock that runs.
    clock_stands_still = True
    # Else Maventa has just told what became of an invoice when it is made.
    asks_before_sending = False

    @classmethod
    def setUpClass(cls):
        laid = foundation.lay(Founder)
        if cls.clock_stands_still:
            cls.clock = cls.startClassPatcher(freeze_time(NOW))
        laid.set_up(cls, super(BaseCommon, cls).setUpClass)

    @classmethod
    def _gc_filestore(cls):
        """Leave the files alone: Odoo would not see what they belong to."""

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(connection, "_TOKENS", connection.TokenCache()))
        if self.clock_stands_still:
            self.clock.move_to(NOW)
            self.sandbox.reset(now="2026-10-20T09:00:00Z")
        else:
            self.sandbox.reset()

    @classmethod
    def connect(cls, company, **credentials):
        """Give a company the sandbox's credentials."""
        values = {**DEFAULT_COMPANY, **credentials}
        company.write(
            {
                "amili_environment": "sandbox",
                **{f"amili_{name}": value for name, value in values.items()},
            }
        )

    @classmethod
    def new_user(cls, login, groups, **values):
        return new_test_user(
            cls.env,
            login=f"amili_{login}",
            groups=groups,
            company_id=cls.env.company.id,
            company_ids=[Command.set(values.pop("companies", cls.env.company).ids)],
            **values,
        )

    @classmethod
    def twin(cls, partner, **values):
        """Copy a contact and change it, with whatever else names contacts."""
        twin = partner.copy()
        twin.write(values)
        return twin

    @classmethod
    def invoice(cls, partner=None, amount=1240.0, known=True, **values):
        """Make a posted invoice that has been overdue since September.

        :param bool known: Maventa has it too
        """
        company = values.pop("company", cls.company)
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "company_id": company.id,
                "partner_id": (partner or cls.business).id,
                "currency_id": cls.euro.id,
                "invoice_date": "2026-08-20",
                "invoice_date_due": "2026-09-03",
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Konsultointi", "price_unit": amount, "tax_ids": False}
                    )
                ],
                "maventa_invoice_id": next(UUIDS) if known else False,
                **values,
            }
        )
        move.action_post()
        if known:
            cls.sandbox.add_invoice(move)
            if not cls.asks_before_sending:
                move.sudo().maventa_steps_at = fields.Datetime.now()
        return move

    def wizard(self, moves, user=None):
        """Return the wizard for invoices, as a clerk gets it."""
        return (
            self.env["amili.transfer.wizard"]
            .with_user(user or self.clerk)
            .with_context(active_model="account.move", active_ids=moves.ids)
            .create({})
        )

    def hand_over(self, moves):
        """Confirm the wizard as a clerk; return the assignments on the queue."""
        self.wizard(moves).action_transfer()
        return moves.amili_assignment_id

    def run_cron(self, name):
        """Run one of the addon's crons as the scheduler does."""
        with self.enter_registry_test_mode():
            self.env.ref(f"amili_perinta.ir_cron_amili_{name}").method_direct_trigger()

    def send(self, moves):
        """Hand over and let the queue run."""
        assignments = self.hand_over(moves)
        self.run_cron("process_queue")
        return assignments

    def activate(self, moves):
        """Hand over, and let Amili accept."""
        assignments = self.send(moves)
        for move in moves:
            self.sandbox.amili(move, "accept")
        self.make_due(assignments)
        self.run_cron("poll_transfers")
        return assignments

    def later(self, **delta):
        """Move the clock on, here and in the sandbox, e.g. by ``minutes=10``."""
        self.clock.tick(timedelta(**delta))
        now = fields.Datetime.now()
        self.sandbox.control("settings", {"now": f"{now:%Y-%m-%dT%H:%M:%SZ}"})

    def know_service(self, state="active", checked_at=None):
        """Let Odoo have asked how far the company's service is."""
        service = self.env["amili.service"]._get_or_create(self.company)
        service.write(
            {"state": state, "checked_at": checked_at or fields.Datetime.now()}
        )
        return service

    def forget_service(self):
        """Let Odoo ask for the service before it sends again."""
        self.env["amili.service"]._get_or_create(self.company).checked_at = False

    @property
    def feed(self):
        """How far the news of the company have been read."""
        return self.env["amili.feed"]._get_or_create(self.company)

    def make_due(self, assignments):
        """Let the time of the next step come."""
        assignments.sudo().next_try_at = "2026-10-20 08:00:00"

    def pay(self, move, amount=None):
        """Register a payment that came straight to the company; of all by default."""
        self._register_payment(move, **({"amount": amount} if amount else {}))

    def credit(self, move):
        """Credit a whole invoice."""
        self._reverse_invoice(move, post=True)

    def chatter(self, move):
        """Return what the chatter of an invoice says of Amili, oldest first."""
        messages = move.message_ids.sorted("id")
        return [m.preview for m in messages if "Amili" in (m.body or "")]


class Founder(AmiliCommon):
    """Makes what all the classes start from."""

    @classmethod
    def setUpClass(cls):
        cls.startClassPatcher(freeze_time(NOW))
        super(AmiliCommon, cls).setUpClass()
        cls.sandbox = Sandbox.shared()
        cls.env["ir.config_parameter"].set_param(SANDBOX_URL_PARAMETER, cls.sandbox.url)
        cls.company = cls.env.company
        cls.finland = cls.env.ref("base.fi")
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.company.partner_id.write({"country_id": cls.finland.id, "lang": "en_US"})
        cls.connect(cls.company)
        cls.clerk = cls.new_user("clerk", "amili_perinta.group_amili_user")
        cls.manager = cls.new_user("manager", "amili_perinta.group_amili_manager")
        cls.outsider = cls.new_user("outsider", "account.group_account_invoice")
        cls.business = cls.env["res.partner"].create(
            {
                "name": "Esimerkki Oy",
                "is_company": True,
                "company_registry": "2077474-0",
                "street": "Mannerheimintie 1 A 2",
                "zip": "00100",
                "city": "Helsinki",
                "country_id": cls.finland.id,
                "email": "talous@esimerkki.example",
                "phone": "+358 9 1234567",
            }
        )
        cls.person = cls.env["res.partner"].create(
            {
                "name": "Maija Malli",
                "street": "Esimerkkikatu 2",
                "zip": "33100",
                "city": "Tampere",
                "country_id": cls.finland.id,
            }
        )
        cls.person.sudo().amili_personal_identity_code = "131052-308T"


class TourCase(AmiliCommon, HttpCase):
    """What people do in the web client, against the running sandbox."""

    clock_stands_still = False

    @classmethod
    def overdue(cls, partner=None, amount=1240.0, days_late=36, **values):
        """Make an invoice that is overdue today, whatever day that is."""
        due = fields.Date.today() - timedelta(days=days_late)
        return cls.invoice(
            partner,
            amount,
            invoice_date=due - timedelta(days=14),
            invoice_date_due=due,
            **values,
        )

    def browser_js(self, *args, **kwargs):
        # What Odoo does after a commit (it counts how often a customer was invoiced)
        # is of no test: there is none, and the bus would let it happen in between.
        self.env.cr.postcommit.clear()
        return super().browser_js(*args, **kwargs)

    def run_cron(self, name):
        """Run one of the addon's crons, as the scheduler does."""
        # A test with a browser is in the mode for crons all the time.
        self.env.ref(f"amili_perinta.ir_cron_amili_{name}").method_direct_trigger()

    def accept(self, move):
        """Let Amili accept what was sent, and Odoo hear of it."""
        self.sandbox.amili(move, "accept")
        move.amili_assignment_id.sudo().next_try_at = fields.Datetime.now()
        self.run_cron("poll_transfers")
        self.run_cron("sync_events")


class QueueCase(AmiliCommon):
    """Hand-overs in good and bad weather: what people see, what Maventa got."""

    @classmethod
    def _request_handler(cls, s, r, /, **kw):
        # Odoo makes every time-out ten seconds; some tests need a real one.
        if not r.url.startswith("http://127.0.0.1:"):
            raise AssertionError(f"a request to {r.url}")
        return _super_send(s, r, **kw)

    def run_queue(self, **delta):
        """Run the sender, after some time if given."""
        if delta:
            self.later(**delta)
        self.run_cron("process_queue")

    def deny_twice(self):
        """Let Maventa deny what never arrived: it is believed the second time."""
        self.run_queue(minutes=6)
        self.run_queue(minutes=30)

    def posts(self):
        return self.sandbox.log("POST", "/assignment/amili")

    def tasks(self, moves):
        """Return the tasks that people got for invoices."""
        return moves.activity_ids

    def be_impatient(self):
        """Wait for an answer for a third of a second only."""
        impatient = partial(MaventaClient, timeout=0.3)
        self.startPatcher(patch.object(res_company, "MaventaClient", impatient))

    def reset_sandbox(self):
        """Let Maventa forget everything, between two parts of a test."""
        self.sandbox.reset(now=f"{fields.Datetime.now():%Y-%m-%dT%H:%M:%SZ}")
        connection._TOKENS = connection.TokenCache()

    def change_company(self, **values):
        """Change the company at Maventa; its tokens end, as they would in time."""
        self.sandbox.control(
            "companies", {"client_id": DEFAULT_COMPANY["client_id"], **values}
        )
        connection._TOKENS = connection.TokenCache()

    def assertTold(self, move, *words):
        """Check what stands in the banner of an invoice for a clerk."""
        banner = move.with_user(self.clerk).amili_banner
        for word in words:
            self.assertIn(word, banner)

    def assertSent(self, move, state="pending", posts=1):
        """Check that Maventa has exactly one hand-over, after so many requests."""
        self.assertEqual(move.amili_state, state, move.amili_banner)
        self.assertEqual(len(self.posts()), posts)
        mine = [c for c in self.sandbox.cases() if c["invoice_id"] == self.id_of(move)]
        self.assertEqual(len(mine), 1)

    def assertNotStored(self):
        self.assertFalse(self.sandbox.cases())

    def id_of(self, move):
        return move.maventa_invoice_id.lower()

    def assertRejected(self, move, *words):
        """Check that it ended with a reason and a task for who sent it."""
        self.assertEqual(move.amili_state, "rejected", move.amili_banner)
        self.assertFalse(move.amili_assignment_id)
        self.assertTold(move, "did not take", *words)
        self.assertIn("did not take", self.chatter(move)[-1])
        task = self.tasks(move)
        self.assertEqual(len(task), 1)
        self.assertEqual(task.user_id, self.clerk)
        self.assertIn("send again", task.summary)

    def assertWaits(self, move, *words):
        """Check that it is on the queue, surely not sent, and says why."""
        self.assertEqual(move.amili_state, "queued", move.amili_banner)
        self.assertNotStored()
        self.assertTold(move, "Not sent", *words)
        self.assertGreater(move.amili_assignment_id.next_try_at, fields.Datetime.now())

    def assertUnknown(self, move):
        self.assertEqual(move.amili_state, "unknown", move.amili_banner)
        self.assertTold(move, "not known", "Nothing is sent twice")
        self.assertIn("not known", self.chatter(move)[-1])
