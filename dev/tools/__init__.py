"""What dev/test, dev/lint, dev/demo and dev/bench share.

Standard library only: these modules also build the virtual environment.
"""
