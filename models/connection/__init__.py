from . import account_move
from . import amili_account_mixin
from . import res_company
from . import amili_service
from . import amili_service_messages
from . import res_config_settings
