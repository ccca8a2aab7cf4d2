from . import amili_transfer_wizard
