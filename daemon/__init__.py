"""The scheduler daemon: `python -m daemon`."""
