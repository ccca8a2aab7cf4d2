from . import amili_candidate
