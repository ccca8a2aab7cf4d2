import string

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..maventa import contract, errors
from ..maventa.client import MaventaClient
from ..maventa.connection import Credentials
from ..maventa.parallel import WIDTH

SANDBOX_URL_PARAMETER = "amili_perinta.sandbox_url"
SYSTEM_GROUP = "base.group_system"
INVOICING_GROUP = "account.group_account_invoice"
ENVIRONMENTS = [
    (contract.SANDBOX, "Sandbox on this machine"),
    (contract.TEST, "Maventa's test environment"),
    (contract.PRODUCTION, "Production"),
]
COLLECTION_TYPES = [
    ("reminder_and_collection", "Reminders first, then collection"),
    ("collection", "Straight to collection"),
]
SUMMARY_FIELDS = ("number", "date", "due_date", "reference", "origin", "description")
# Which account of Maventa a company works with.
ACCOUNT_FIELDS = {
    "amili_environment",
    "amili_client_id",
    "amili_client_secret",
    "amili_vendor_api_key",
}
# Where the company has set no time zone of its own.
DEFAULT_TIMEZONE = "Europe/Helsinki"


class ResCompany(models.Model):
    _inherit = "res.company"

    amili_environment = fields.Selection(
        ENVIRONMENTS, string="Maventa Environment", default=contract.TEST, required=True
    )
    amili_client_id = fields.Char(
        string="Maventa Company UUID", groups=SYSTEM_GROUP, copy=False
    )
    amili_client_secret = fields.Char(
        string="Maventa User API Key", groups=SYSTEM_GROUP, copy=False
    )
    amili_vendor_api_key = fields.Char(
        string="Maventa Vendor API Key", groups=SYSTEM_GROUP, copy=False
    )
    amili_events_read_until = fields.Datetime(
        copy=False,
        readonly=True,
        help="Everything that Amili did before this moment has been read.",
    )
    amili_news_at = fields.Datetime(
        string="Last News from Amili", copy=False, readonly=True
    )
    amili_news_problem = fields.Char(
        copy=False, readonly=True, help="Why the cases cannot be followed now."
    )
    amili_default_collection_type = fields.Selection(
        COLLECTION_TYPES,
        string="Collection Type",
        default="reminder_and_collection",
        required=True,
    )
    amili_min_days_b2b = fields.Integer(
        string="Days Past Due, Companies",
        default=0,
        help="An invoice to a company can be handed over this many days after its "
        "due date.",
    )
    amili_min_days_b2c = fields.Integer(
        string="Days Past Due, Consumers",
        default=0,
        help="An invoice to a consumer can be handed over this many days after its "
        "due date.",
    )
    amili_reminder_fee = fields.Monetary(
        string="Reminder Fee",
        default=0.0,
        help="Proposed when the date of your own reminder is entered on an invoice.",
    )
    amili_summary_template = fields.Char(
        string="Assignment Summary",
        default="Lasku {number}, {date}",
        help="What the claim is about, in Finnish. Filled in from the invoice: "
        "{number}, {date}, {due_date}, {reference}, {origin}, {description}.",
    )
    amili_responsible_user_id = fields.Many2one(
        "res.users",
        string="Responsible for Amili",
        domain="[('share', '=', False)]",
        help="Gets the tasks of those who handed an invoice over and have left.",
    )

    amili_payout_partner_id = fields.Many2one(
        "res.partner",
        string="Amili as a Contact",
        copy=False,
        help="What this contact pays is a payout of Amili and not a payment of the "
        "debtor.",
    )
    amili_payout_names = fields.Char(
        string="Amili's Names on Bank Lines",
        # Source: Maventa's support page on events; the older name is cut off by banks.
        default="Visma Financ, Visma Amili, Amili Oy",
        help="Beginnings of the payer's name by which payouts of Amili are known, "
        "separated by commas.",
    )

    _amili_days_not_negative = models.Constraint(
        "CHECK (amili_min_days_b2b >= 0 AND amili_min_days_b2c >= 0)",
        "The days past due cannot be negative.",
    )

    @api.constrains("amili_summary_template")
    def _check_amili_summary_template(self):
        for company in self:
            try:
                parts = list(
                    string.Formatter().parse(company.amili_summary_template or "")
                )
            except ValueError:
                parts = [("", "{", "", None)]
            for _text, name, spec, conversion in parts:
                if name is not None and (
                    name not in SUMMARY_FIELDS or spec or conversion
                ):
                    raise ValidationError(
                        self.env._(
                            "The assignment summary may use %(names)s and nothing "
                            "else in braces.",
                            names=", ".join(f"{{{name}}}" for name in SUMMARY_FIELDS),
                        )
                    )

    def write(self, vals):
        # The settings write everything that they show, changed or not.
        changed = {
            name
            for name in ACCOUNT_FIELDS & vals.keys()
            if any(company[name] != vals[name] for company in self.sudo())
        }
        if changed:
            # Another account: what was learned of the old one no longer counts.
            vals = {
                "amili_service_status": False,
                "amili_service_active": False,
                "amili_service_checked_at": False,
                **vals,
            }
        if changed & {"amili_environment", "amili_client_id"}:
            vals = {
                "amili_events_read_until": False,
                "amili_found_at": False,
                "amili_find_problem": False,
                **vals,
            }
        result = super().write(vals)
        if changed:
            self._amili_wake_queue()
        return result

    def _amili_moving(self, vals):
        """Return those of these companies that ``vals`` give another account.

        Another environment, or another company UUID: nothing of the old one is there.
        """
        names = {"amili_environment", "amili_client_id"} & vals.keys()
        return self.filtered(
            lambda company: any(company.sudo()[name] != vals[name] for name in names)
        )

    def _amili_account(self):
        """Return the environment and the account (company UUID) this works with."""
        self.ensure_one()
        company = self.sudo()
        client_id = (company.amili_client_id or "").strip().lower()
        return company.amili_environment, client_id

    def _amili_wake_queue(self):
        """Let what was held up go on at once: the trouble may be over."""
        waiting = self.env["amili.assignment"].sudo()
        waiting = waiting.search(
            [("company_id", "in", self.ids), ("state", "=", "queued")]
        )
        waiting.next_try_at = fields.Datetime.now()
        waiting._wake_next()
        reports = self.env["amili.assignment.event"].sudo()
        reports = reports.search(
            [("company_id", "in", self.ids), ("state", "=", "queued")]
        )
        reports.next_try_at = fields.Datetime.now()
        reports._wake_next()
        uploads = self.env["amili.invoice.upload"].sudo()
        uploads = uploads.search(
            [("company_id", "in", self.ids), ("state", "=", "queued")]
        )
        uploads.next_try_at = fields.Datetime.now()
        uploads._wake_next()

    def _amili_today(self):
        """Return the company's date of today."""
        return self._amili_date(fields.Datetime.now())

    def _amili_date(self, moment):
        """Return the company's date at a moment in UTC."""
        self.ensure_one()
        zone = self.sudo().partner_id.tz or DEFAULT_TIMEZONE
        return fields.Datetime.context_timestamp(
            self.with_context(tz=zone), moment
        ).date()

    def _amili_pays_out(self, payers, name_on_bank_line):
        """Whether money comes from Amili itself.

        :param payers: contacts that the entry names
        :param str name_on_bank_line: the payer's name as the bank gave it
        """
        self.ensure_one()
        if self.amili_payout_partner_id.commercial_partner_id & payers:
            return True
        beginnings = tuple(
            _spelling(name)
            for name in (self.amili_payout_names or "").split(",")
            if name.strip()
        )
        names = [name_on_bank_line, *payers.mapped("name")]
        return any(_spelling(name).startswith(beginnings) for name in names if name)

    def _amili_responsible(self, user=None):
        """Return who has to act: this user, or who stands in for them.

        :param user: who asked for something; only counts who still may see invoices
        """
        self.ensure_one()
        candidates = (user or self.env["res.users"]) | self.amili_responsible_user_id
        for candidate in candidates:
            is_here = self in candidate.company_ids and not candidate.share
            if candidate.active and is_here and candidate.has_group(INVOICING_GROUP):
                return candidate
        return self.env.ref("base.user_admin")

    def _amili_has_credentials(self):
        self.ensure_one()
        company = self.sudo()
        return bool(
            company.amili_client_id
            and company.amili_client_secret
            and company.amili_vendor_api_key
        )

    def _amili_client(self, **options):
        """Return a connection to Maventa with this company's own credentials.

        :raises errors.AccessProblem: there are none, or the sandbox has no address
        """
        self.ensure_one()
        company = self.sudo()
        if not company._amili_has_credentials():
            raise errors.AccessProblem("no_credentials")
        return self._amili_connect(
            company.amili_environment,
            company.amili_client_id,
            company.amili_client_secret,
            company.amili_vendor_api_key,
            **options,
        )

    @api.model
    def _amili_connect(
        self, environment, client_id, client_secret, vendor_api_key, **options
    ):
        """Return a connection to an account at Maventa.

        :raises errors.AccessProblem: the sandbox has no address
        """
        sandbox_url = (
            self.env["ir.config_parameter"].sudo().get_param(SANDBOX_URL_PARAMETER)
        )
        try:
            hosts = contract.hosts_for(environment, sandbox_url)
        except ValueError:
            raise errors.AccessProblem("no_sandbox") from None
        credentials = Credentials(
            client_id=client_id.strip(),
            client_secret=client_secret.strip(),
            vendor_api_key=vendor_api_key.strip(),
        )
        return MaventaClient(hosts, credentials, pool_size=WIDTH, **options)

    def _amili_set_news(self, problem):
        """Keep that the cases were followed just now, or why they could not be."""
        self.ensure_one()
        values = {"amili_news_problem": problem}
        if not problem:
            values["amili_news_at"] = fields.Datetime.now()
        self.sudo().write(values)


def _spelling(name):
    """Return a name as it can be compared, whatever a bank made of it."""
    return " ".join(name.casefold().split())
