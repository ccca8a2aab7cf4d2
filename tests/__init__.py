from importlib.util import find_spec

from . import test_adopt
from . import test_adopt_bad_days
from . import test_adopt_tours
from . import test_multi_company
from . import test_guards
from . import test_wizard
from . import test_checks
from . import test_rooms
from . import test_security
from . import test_automation
from . import test_activation
from . import test_activation_tours
from . import test_environment
from . import test_activation_people
from . import test_candidates
from . import test_connected_guards
from . import test_connected_keepers
from . import test_connected_load
from . import test_connected_rpc
from . import test_connected_switch
from . import test_connected_wizards
from . import test_desk
from . import test_client
from . import test_client_invoices
from . import test_client_service
from . import test_client_uploads
from . import test_engine
from . import test_flow
from . import test_outbox
from . import test_outbox_workers
from . import test_payload
from . import test_queue
from . import test_queue_workers
from . import test_status
from . import test_tours
from . import test_upload
from . import test_upload_bad_days
from . import test_upload_delivery
from . import test_upload_send
from . import test_upload_tours
from . import test_upgrade_webhooks
from . import test_upload_workers
from . import test_translations
from . import test_case_tours
from . import test_desk_tours
from . import test_case_ui
from . import test_bad_days
from . import test_bad_days_cases
from . import test_bad_days_books
from . import test_bad_days_others

# The property test needs a package that the addon does not: without it an
# administrator can still run all the others.
if find_spec("hypothesis"):
    from . import test_sums
