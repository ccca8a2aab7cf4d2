"""Cases that were made without Odoo, for tests of finding and adopting them."""

from .collection_case import EventsCase, StatusCase


class AdoptCase(StatusCase, EventsCase):
    """Cases that Amili has and that no assignment in Odoo knows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.found_cases = cls.env["amili.found.case"]

    def elsewhere(self, *moves, **values):
        """Let cases of invoices be made without Odoo."""
        self.sandbox.control(
            "cases", {"invoice_ids": [m.maventa_invoice_id for m in moves], **values}
        )

    def stranger(self, move, **values):
        """Return an invoice that Maventa knows too, while Odoo knows no id of it."""
        invoice = self.invoice(known=True, **values) if move is None else move
        self.sandbox.add_invoice(invoice)
        return invoice

    def forget_id(self, move):
        """Return the id of an invoice at Maventa, after removing it in Odoo."""
        maventa_id = move.maventa_invoice_id
        move.maventa_invoice_id = False
        return maventa_id

    def look(self, user=None):
        """Look for cases as a manager; return what is in the list then."""
        self.found_cases.with_user(user or self.manager).action_look()
        self.run_cron("find_cases")
        return self.found()

    def found(self, user=None):
        """Open the list as a manager; return what it shows."""
        cases = self.found_cases.with_user(user or self.manager)
        return cases.search(cases.action_open()["domain"])

    def adopt(self, *moves):
        """Look, adopt what is found, and read it; return the assignments."""
        self.look()
        cases = self.found().filtered(lambda c: c.move_id in moves)
        cases.action_adopt()
        self.sync()
        return cases.assignment_id.sorted("id").sudo()

    def bus(self):
        """Return what the bus tells people, once it is sent."""
        self.cr.precommit.run()
        return self.env["bus.bus"].sudo().search([]).mapped("message")
