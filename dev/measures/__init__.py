"""What ``dev/bench`` measures; each module runs inside a shell of Odoo."""
