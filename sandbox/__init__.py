"""A stand-in for Maventa and Amili: start it with ``python -m sandbox``.

It shares no code with the addon, so that it notices when the addon drifts away
from the contract that ``openapi.yaml`` writes down.
"""
