"""What anybody may call by RPC of activation, uploads, found cases."""

import itertools

from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .connected_case import ConnectedCase


@tagged("post_install", "-at_install")
class TestConnectedRpc(ConnectedCase, HttpCase):
    """The same through the front door."""

    def rpc(self, user, model, method, *args, **kwargs):
        self.authenticate(user and user.login, user and user.login)
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def assert_rpc_refused(self, user, model, method, *args, **kwargs):
        with self.subTest(user=user and user.login, model=model, method=method):
            with self.assertRaises(JsonRpcException) as caught:
                with mute_logger(
                    "odoo.http",
                    "odoo.addons.base.models.ir_model",
                    "odoo.addons.base.models.ir_rule",
                ):
                    self.rpc(user, model, method, *args, **kwargs)
            self.assertNotIn("sign-for-me", str(caught.exception))
            self.assertNotIn("sandbox-secret", str(caught.exception))

    def test_what_is_private_cannot_be_called(self):
        service = self.mine["amili.service"]
        upload, case = self.mine["amili.invoice.upload"], self.mine["amili.found.case"]
        for user in (self.administrator, self.manager, self.portal):
            for record, method, *args in (
                (service, "_start", {"iban": "x"}),
                (service, "_take", {}),
                (service, "_get_or_create", self.company.id),
                (service, "_cron_follow"),
                (upload, "_queue", []),
                (upload, "_set_state", "sent"),
                (upload, "_cron_process"),
                (upload, "_wire"),
                (case, "_adopt"),
                (case, "_place", "ready"),
                (case, "_find_cases", self.company.id),
                (case, "_cron_find_cases"),
                (self.company, "_amili_set_service", {}),
                (self.company, "_amili_connect", "test", "a", "b", "c"),
                (self.company, "_amili_compare_contract"),
                (self.company, "_amili_compare_contract_file", "{}"),
                (self.move, "_amili_take_invoice", {}, "sandbox"),
                (self.move, "_amili_follow_deliveries"),
                (self.move, "_amili_give_task", "a", "b", 1),
            ):
                self.assert_rpc_refused(user, record._name, method, record.ids, *args)

    def test_what_is_public_checks_who_calls(self):
        """By RPC nothing keeps anybody from calling a button of somebody else."""
        service, case = self.mine["amili.service"], self.mine["amili.found.case"]
        company, move = self.company, self.move
        administration = (
            (service, "action_activate"),
            (service, "action_change"),
            (service, "action_end"),
            (service, "action_mail_instead"),
            (service, "action_open_identification"),
            (service, "action_test_connection"),
            (company, "action_amili_activate"),
            (company, "action_amili_test_connection"),
        )
        adoption = (
            (case, "action_adopt"),
            (case, "action_confirm"),
            (case, "action_ignore"),
            (case, "action_restore"),
            (case.browse(), "action_look"),
            (case.browse(), "action_open"),
            (case.browse(), "action_confirm_all"),
            (case.browse(), "search_status"),
        )
        uploading = (
            (move, "action_amili_upload"),
            (move, "action_amili_cancel_upload"),
        )
        outside = (self.portal, self.public, self.employee, None)
        for users, calls in (
            ((*outside, self.reader, self.clerk, self.manager), administration),
            ((*outside, self.reader, self.outsider, self.clerk), adoption),
            ((*outside, self.reader, self.outsider, self.accountant), uploading),
        ):
            for user, (record, method) in itertools.product(users, calls):
                self.assert_rpc_refused(user, record._name, method, record.ids)
        self.env.invalidate_all()
        self.assertEqual(service.state, "pending")
        self.assertEqual(case.state, "not_found")
        self.assertEqual(self.mine["amili.invoice.upload"].state, "queued")
        self.assertFalse(company.amili_find_wanted)
        self.assertFalse(self.sandbox.log())

    def test_another_company_cannot_call_them(self):
        service, case = self.mine["amili.service"], self.mine["amili.found.case"]
        for user in (self.their_administrator, self.their_manager):
            for record, method in (
                (service, "action_activate"),
                (service, "action_open_identification"),
                (service, "action_test_connection"),
                (case, "action_adopt"),
                (case, "action_confirm"),
                (case, "action_ignore"),
                (case, "action_restore"),
                (case, "action_open_invoice"),
                (case, "action_open_assignment"),
                (self.move, "action_amili_upload"),
                (self.move, "action_amili_cancel_upload"),
            ):
                self.assert_rpc_refused(user, record._name, method, record.ids)
