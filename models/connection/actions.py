"""What buttons give back to the browser."""

CLOSE = {"type": "ir.actions.act_window_close"}
RELOAD = {"type": "ir.actions.client", "tag": "soft_reload"}


def show_notice(level, message, **params):
    """Return the action that shows a small notice.

    :param str level: ``info``, ``success`` or ``warning``
    :param params: of Odoo's ``display_notification``, e.g. ``title``, ``next``
    """
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": {"type": level, "message": message, **params},
    }
