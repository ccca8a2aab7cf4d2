from . import amili_candidate
from . import amili_desk
