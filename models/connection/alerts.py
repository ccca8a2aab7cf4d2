"""What stands in the way of something, as data for the widget ``actionable_errors``."""


class Alerts(dict):
    """Alerts of one invoice by code; knows the form that the widget wants."""

    def __init__(self, env):
        super().__init__()
        self._env = env

    def stop(self, code, message, action_text=None, record=None):
        self._add("danger", code, message, action_text, record)

    def warn(self, code, message, action_text=None, record=None):
        self._add("warning", code, message, action_text, record)

    def _add(self, level, code, message, action_text, record):
        self[code] = {"level": level, "message": message}
        if record:
            self[code] |= {
                "action_text": action_text,
                "action": record._get_records_action(context={}),
            }


def stops(alerts):
    """Return the reasons of an invoice's alerts that stop it, in words."""
    return [a["message"] for a in alerts.values() if a["level"] == "danger"]
