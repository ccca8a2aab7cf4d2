from . import amili_candidate
from . import amili_report_wizard
from . import amili_transfer_wizard
from . import amili_transfer_wizard_line
