from . import amili_activation_wizard
from . import amili_service_wizard
