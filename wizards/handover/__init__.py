from . import amili_transfer_wizard
from . import amili_transfer_wizard_line
