"""How much time a scheduled action has before the host ends its process."""

import threading
import time
from weakref import ref

from odoo import models
from odoo.tools import config

# A worker of Odoo that runs scheduled actions may have slept for so long (seconds)
# when it begins, and the host counts that.
WORKER_SLEEP = 70
_round = threading.local()


class IrCron(models.Model):
    _inherit = "ir.cron"

    @classmethod
    def _process_job(cls, cron_cr, job):
        # EXTENDS base: the host limits all actions of a database that are due together,
        # and these share a cursor.
        if getattr(_round, "cursor", lambda: None)() is not cron_cr:
            _round.cursor = ref(cron_cr)
            _round.began = time.monotonic()
        return super()._process_job(cron_cr, job)

    def method_direct_trigger(self):
        # EXTENDS base: a person runs this one alone
        _round.cursor = lambda: None
        return super().method_direct_trigger()


def seconds_allowed():
    """Return how many seconds all actions of a database that are due together may
    take; infinite where no host limits it.
    """
    limit = config["limit_time_real_cron"]
    if limit < 0:
        limit = config["limit_time_real"]
    # With a short limit a worker may be ended in its sleep, whatever is done here.
    return max(limit - WORKER_SLEEP, limit / 3) if limit else float("inf")


def seconds_left():
    """Return how many of these are left."""
    began = getattr(_round, "began", None)
    return seconds_allowed() - (time.monotonic() - began if began is not None else 0)


class OutOfTime(Exception):
    """What is to be done next might last beyond what the host allows."""
