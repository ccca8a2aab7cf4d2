from . import amili_adoption_wizard
