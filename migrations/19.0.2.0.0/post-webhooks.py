"""Maventa calls Odoo no more: what is registered there is removed, the keys go.

Maventa is called when the upgrade of this addon is on disk, so that nothing that
Maventa does can break or hold it up for long. Until then, and wherever it fails, an
administrator has an activity: it is scheduled first and taken back when all went well.
"""

import logging
from collections import defaultdict

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry
from odoo.tools.sql import table_exists
from odoo.tools.translate import LazyTranslate

from odoo.addons.amili_perinta.maventa.connection import Credentials
from odoo.addons.amili_perinta.maventa.webhook_removal import Webhook, remove_webhooks

_logger = logging.getLogger(__name__)
_lt = LazyTranslate("amili_perinta")

KEYS = ("client_id", "client_secret", "vendor_api_key")


def migrate(cr, version):
    """Drop the table of webhooks; have removed at Maventa what it may have of them."""
    if not table_exists(cr, "amili_webhook"):
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    webhooks = []
    of_account = defaultdict(set)
    # Those of which Maventa never heard are left out.
    cr.execute(
        """
        SELECT id, company_id, environment, destination,
               COALESCE(remote_id, '') AS remote_id,
               COALESCE(claimed_at < now() AT TIME ZONE 'UTC' - interval '1 hour', TRUE)
                   AS is_settled,
               TRIM(COALESCE(client_id, '')) AS client_id,
               TRIM(COALESCE(client_secret, '')) AS client_secret,
               TRIM(COALESCE(vendor_api_key, '')) AS vendor_api_key
          FROM amili_webhook
         WHERE destination IS NOT NULL
           AND (remote_id IS NOT NULL OR attempt_count > 0 OR state = 'leaving')
        """
    )
    for row in cr.dictfetchall():
        keys = [row.pop(name) for name in KEYS]
        account = row.pop("company_id"), row["environment"], keys[0].lower()
        of_account[account].add(row["id"])
        if all(keys):
            webhooks.append(Webhook(credentials=Credentials(*keys), **row))
    env["ir.rule"].search([("model_id.model", "=", "amili.webhook")]).unlink()
    cr.execute("DROP TABLE amili_webhook")
    activities = {
        _schedule_activity(env, *account).id: ids for account, ids in of_account.items()
    }
    sandbox_url = env["ir.config_parameter"].get_param("amili_perinta.sandbox_url")
    if webhooks:
        cr.postcommit.add(lambda: _remove(cr.dbname, webhooks, sandbox_url, activities))


def _schedule_activity(env, company_id, environment, account):
    """Ask an administrator to have the webhooks of a Maventa company removed."""
    services = env["amili.service"]
    values = {
        "company_id": company_id,
        "environment": environment,
        "maventa_company_uuid": account,
    }
    domain = [(name, "=", value) for name, value in values.items()]
    service = services.search(domain, limit=1) or services.create(values)
    user = _administrator(env, service)
    summary = _lt("Amili Perintä: a webhook is left at Maventa")
    note = _lt(
        "Maventa may still call an address of this Odoo when an invoice of "
        "%(company)s is delivered: Odoo does not need that any more, and could not "
        "end it while it was upgraded. The calls do nothing. Ask Maventa's support to "
        "remove the webhooks of %(company)s that lead to this Odoo.",
        company=service.company_id.name,
    )
    return service.with_context(mail_activity_quick_update=True).activity_schedule(
        "mail.mail_activity_data_warning",
        summary=summary._translate(user.lang),
        note=Markup("<p>%s</p>") % note._translate(user.lang),
        user_id=user.id,
        date_deadline=fields.Date.today(),
        # The service takes back its own ones whenever its state changes.
        automated=False,
    )


def _administrator(env, service):
    """Return who started the service, or another administrator of the company."""
    administrators = env.ref("base.group_system").all_user_ids.filtered(
        lambda user: user.active and service.company_id in user.company_ids
    )
    admin = env.ref("base.user_admin")
    return ((service.user_id + admin) & administrators or administrators or admin)[0]


def _remove(dbname, webhooks, sandbox_url, activities):
    """Remove the webhooks at Maventa, and take back the activities about them.

    :param dict activities: the ids of webhooks by the id of their activity
    """
    removed = remove_webhooks(webhooks, sandbox_url)
    done = [activity for activity, ids in activities.items() if ids <= removed]
    _logger.info("Amili: %s of %s webhooks removed", len(removed), len(webhooks))
    try:
        with Registry(dbname).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["mail.activity"].browse(done).exists().unlink()
    except Exception as exc:
        _logger.warning("Amili: an activity was not taken back: %s", exc)
