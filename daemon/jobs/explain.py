"""Explain: write down what was known around an alert, right after it fired and again ten minutes later.

A job of its own, so that the transaction in which an alert fires stays short.
"""

from daemon.jobs import Context
from gamepilot_mon import db, explanation
from gamepilot_mon.clock import utcnow

BATCH = 20


class Explain:
    name = "explain"
    every_ms = 5_000
    gap_ms = 200
    limit_ms = 60_000
    wakes_on = frozenset({"alerts"})

    def __init__(self, context: Context) -> None:
        self._stopping = context.stopping

    def run(self, now: int) -> int | None:
        while not self._stopping() and (wanting := explanation.wanting(now, BATCH)):
            found = [(alert, explanation.explain(alert, now)) for alert in wanting]
            with db.write():
                for alert, known in found:
                    explanation.keep(alert, known, now)
            now = utcnow()
        return explanation.next_due(now)
