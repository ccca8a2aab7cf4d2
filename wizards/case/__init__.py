from . import amili_report_wizard
from . import amili_entry_wizard
from . import amili_loss_wizard
