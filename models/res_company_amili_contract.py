from odoo import models
from odoo.exceptions import AccessError

from ..const import SANDBOX_URL_PARAMETER, SYSTEM_GROUP
from ..maventa import contract, errors
from ..maventa.comparison import compare, speaks_of
from ..maventa.description import UnreadableDescription, read_description
from ..maventa.description_source import fetch_description
from ..maventa.operations import AX, RECEIVABLES
from ..maventa.parallel import call_all
from .amili_description_errors import explain_description
from .connection.maventa_errors import explain


class ResCompany(models.Model):
    _inherit = "res.company"

    def _amili_compare_contract(self):
        """Compare what is called of Maventa with what the hosts say of themselves.

        Nothing of the company is sent. One host that cannot be read does not keep the
        other from being compared.

        :returns: differences as of ``maventa.comparison.compare``, and for each API
            its word, what was read (or None) and why it was not (or empty)
        """
        self.ensure_one()
        self._amili_check_contract_access()
        url = self.env["ir.config_parameter"].sudo().get_param(SANDBOX_URL_PARAMETER)
        try:
            hosts = contract.hosts_for(self.amili_environment, url)
        except ValueError:
            trouble = explain(self.env, errors.AccessProblem("no_sandbox"))
            return [], [(AX, None, trouble), (RECEIVABLES, None, trouble)]
        # In the sandbox both are one.
        addresses = list(dict.fromkeys((hosts.ax, hosts.receivables)))
        outcomes = call_all(_read_host, [(address,) for address in addresses])
        found = dict(zip(addresses, outcomes, strict=True))
        return self._amili_compare_all(
            {AX: found[hosts.ax], RECEIVABLES: found[hosts.receivables]}
        )

    def _amili_compare_contract_file(self, content):
        """Compare with a file, which may describe one API or both.

        :param bytes content: of the file
        :returns: as :meth:`_amili_compare_contract`
        """
        self._amili_check_contract_access()
        try:
            description = read_description(content)
        except UnreadableDescription as exc:
            return self._amili_compare_all({AX: exc, RECEIVABLES: exc})
        found = {
            api: description for api in (AX, RECEIVABLES) if speaks_of(api, description)
        }
        if not found:
            trouble = self.env._(
                "The file describes none of the addresses that Odoo calls. It may be "
                "the description of another API."
            )
            return [], [(AX, None, trouble), (RECEIVABLES, None, trouble)]
        return self._amili_compare_all(found)

    def _amili_compare_all(self, outcomes):
        """Compare what could be read.

        :param dict outcomes: for each API its description, or what went wrong
        """
        differences, told = [], []
        for api, outcome in outcomes.items():
            if isinstance(outcome, errors.MaventaError):
                told.append((api, None, explain_description(self.env, outcome)))
            else:
                differences += compare(api, outcome)
                told.append((api, outcome, ""))
        return differences, told

    def _amili_check_contract_access(self):
        if not self.env.user.has_group(SYSTEM_GROUP):
            raise AccessError(
                self.env._("Only an administrator can check the API contract.")
            )


def _read_host(address):
    return read_description(fetch_description(address))
