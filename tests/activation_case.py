"""A company that asks for Amili Perintä, for tests of the service."""

from .common import QueueCase

PUT = {"path": "services/amili", "method": "PUT"}
GET = {"path": "services/amili", "method": "GET"}
IBAN = "FI2112345600000785"


class ActivationCase(QueueCase):
    """A company that Maventa knows, but that never asked for Amili Perintä."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls.new_user(
            "administrator", "base.group_system,account.group_account_invoice"
        )
        cls.administrator.write({"email": "maija@firma.example", "phone": "0401234567"})
        cls.company.write({"email": "asiakas@firma.example", "phone": "09 7654321"})
        cls.company.partner_id.write(
            {"street": "Yhtiökatu 1", "zip": "00100", "city": "Helsinki"}
        )
        cls.bank = cls.env["res.partner.bank"].create(
            {
                "acc_number": "FI21 1234 5600 0007 85",
                "partner_id": cls.company.partner_id.id,
                "bank_id": cls.env["res.bank"]
                .create({"name": "Pankki", "bic": "NDEAFIHH"})
                .id,
            }
        )

    def setUp(self):
        super().setUp()
        self.change_company(service_status=None)

    @property
    def service(self):
        self.env.invalidate_all()
        return self.env["amili.service"]._for_company(self.company)

    def activation(self, **values):
        """Return the wizard as an administrator gets it from the settings."""
        action = self.company.with_user(self.administrator).action_amili_activate()
        wizards = self.env["amili.activation.wizard"].with_user(self.administrator)
        return wizards.with_context(**action["context"]).create(
            {"accountable_party": "vfsfi", **values}
        )

    def start(self, **values):
        self.activation(**values).action_activate()
        return self.service

    def follow(self, **delta):
        if delta:
            self.later(**delta)
        self.run_cron("service")
        return self.service

    def puts(self):
        return self.sandbox.log("PUT", "services/amili")

    def pending(self, **values):
        """Ask for the service, and let Maventa give the link."""
        self.start(**values)
        return self.follow()

    def at_maventa(self):
        [company] = [
            c
            for c in self.sandbox.control("companies")
            if c["client_id"] == self.company.amili_client_id
        ]
        return company

    def set_service(self, status, **values):
        """Let Maventa or Amili decide."""
        self.change_company(service_status=status, **values)

    def assertTask(self, *words):
        """Check that there is one open task, whose it is, and what it says."""
        task = self.service.activity_ids
        self.assertEqual(len(task), 1, task.mapped("summary"))
        self.assertEqual(task.user_id, self.administrator)
        for word in words:
            self.assertIn(word, f"{task.summary} {task.note}")
