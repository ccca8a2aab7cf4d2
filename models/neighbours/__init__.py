from . import account_move
from . import amili_invoice_upload
from . import res_company
from . import res_config_settings
from . import res_partner
