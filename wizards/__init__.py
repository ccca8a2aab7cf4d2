from . import connection
from . import invoice
from . import handover
from . import case
from . import automation
from . import adoption
from . import neighbours
