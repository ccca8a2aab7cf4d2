# The rooms, in order: each extends those before it and is never called by them.
from . import outbox
from . import connection
from . import invoice
from . import handover
from . import case
from . import automation
from . import adoption
from . import neighbours
