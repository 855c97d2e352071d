"""Evaluate: judge the rules when data, alerts or configuration changed, and at every check interval."""

from daemon.jobs import Context
from gamepilot_mon.evaluation import evaluate


class Evaluate:
    name = "evaluate"
    gap_ms = 50
    limit_ms = 60_000
    wakes_on = frozenset({"rollups", "checks", "config", "rules", "silences", "alerts"})

    def __init__(self, context: Context) -> None:
        self._settings = context.settings
        self.every_ms = context.settings.check_interval_ms

    def run(self, now: int) -> int | None:
        return evaluate(self._settings, now)
