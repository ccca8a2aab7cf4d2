from . import amili_found_case
from . import amili_found_case_search
from . import amili_assignment
from . import account_move
from . import res_company
from . import amili_feed
