from . import account_move_send_wizard
from . import amili_upload_wizard
