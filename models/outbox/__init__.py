from . import amili_worker_mixin
