from . import test_checks
from . import test_security
from . import test_client
from . import test_flow
from . import test_payload
from . import test_queue
from . import test_queue_workers
from . import test_status
