from . import amili_activation_wizard
