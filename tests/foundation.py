"""What every class of tests starts from, made once for all of them.

Odoo makes a company with its chart of accounts for each class, which takes longer than
most classes run. Here it stands in one transaction that stays open, and each class goes
back to the savepoint behind it.
"""

from unittest.mock import patch

from odoo.modules.registry import Registry
from odoo.sql_db import Savepoint
from odoo.tests.common import get_db_name

_laid = {}


class Foundation:
    """The open transaction, and what a class of tests finds as its attributes.

    :param case: a subclass of AccountTestInvoicingCommon whose ``setUpClass`` makes it
    """

    def __init__(self, case):
        self._case = case
        self.cr = Registry(get_db_name()).cursor()
        self._really_close = self.cr.close
        self.cr.close = self._return
        self._savepoint = Savepoint(self.cr)
        before = set(vars(case))
        self._lend(case.setUpClass)
        case.env.flush_all()
        self._savepoint = Savepoint(self.cr)
        self.env = case.env
        self._attributes = {
            name: value for name, value in vars(case).items() if name not in before
        }
        # Hold them: the transaction itself forgets an environment that nobody uses.
        self._envs = list(self.env.transaction.envs)
        case.doClassCleanups()

    def set_up(self, case, open_class):
        """Give a class of tests what is there.

        :param open_class: Odoo's ``setUpClass`` as far as it makes no data
        """
        self._lend(open_class)
        for name, value in self._attributes.items():
            if name not in vars(case):
                setattr(case, name, value)
        case.env = self.env

    def _lend(self, set_up):
        """Make TransactionCase take this cursor for one of its own."""

        def cursor(_registry, readonly=False):
            patcher.stop()
            return self.cr

        patcher = patch.object(Registry, "cursor", cursor)
        patcher.start()
        set_up()

    def _return(self):
        """Undo all that a class did; it is its cursor's ``close``."""
        self.cr.clear()
        self._savepoint.rollback()
        transaction = self.cr.transaction
        transaction.envs.clear()
        transaction.envs.update(self._envs)
        transaction.default_env = self.env
        self.cr.reset()

    def remove(self):
        """End the transaction; what it gave the class goes, so it can be made again."""
        for name in self._attributes:
            if name in vars(self._case):
                delattr(self._case, name)
        self.cr.clear()
        self._really_close()


def lay(case):
    """Return the :class:`Foundation` that ``case`` makes, made when it is missing."""
    if case not in _laid:
        _laid[case] = Foundation(case)
    return _laid[case]


def remove():
    """Give way to tests with transactions of their own: they would wait for ever."""
    while _laid:
        _laid.popitem()[1].remove()
