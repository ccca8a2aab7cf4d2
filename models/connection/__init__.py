from . import account_move
from . import res_company
from . import amili_service
from . import amili_service_messages
from . import res_config_settings
