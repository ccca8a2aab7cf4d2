from . import res_partner
from . import amili_co_debtor
from . import amili_assignment
from . import amili_assignment_messages
from . import amili_assignment_payer
from . import account_move
from . import account_move_checks
from . import res_company
