from . import amili_report_wizard
