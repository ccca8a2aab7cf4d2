from . import res_partner
from . import account_move
from . import amili_invoice_upload
from . import account_move_upload
from . import account_move_matching
from . import account_move_delivery
from . import account_move_send
