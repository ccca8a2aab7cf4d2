from . import res_company
from . import ir_cron
from . import amili_turn
from . import amili_cron_mixin
from . import amili_deadline_mixin
from . import amili_progress_mixin
from . import amili_outbox_mixin
from . import ir_http
