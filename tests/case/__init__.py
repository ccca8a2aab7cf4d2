from importlib.util import find_spec

from . import test_bad_days
from . import test_bad_days_books
from . import test_bad_days_cases
from . import test_balance
from . import test_both_sides
from . import test_case_tours
from . import test_case_ui
from . import test_desk
from . import test_desk_figures
from . import test_desk_tours
from . import test_event_workers
from . import test_events
from . import test_late_news
from . import test_meaning
from . import test_own_reminders
from . import test_pay_to
from . import test_random_days
from . import test_status
from . import test_timeline
from . import test_unmatched_events

# This property test needs a package that the addon does not: without it an
# administrator can still run all the others.
if find_spec("hypothesis"):
    from . import test_sums
