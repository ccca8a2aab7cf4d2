from . import amili_debtor_wizard
from . import amili_transfer_wizard
from . import amili_transfer_wizard_line
from . import base_partner_merge_automatic_wizard
