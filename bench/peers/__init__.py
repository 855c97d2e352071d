"""The same fan-out by us and by others, in one run."""
