"""Shapes: which SQL statements have a series of their own.

Every event of a query is by some sender, who may make so many series; but senders come and go, and SQL that a program
writes has ever new names in it. So all statements of the store together have one more allowance, the size of a
sender's: what is new beyond it counts as `other`, and the alert `series_limit` tells of it.
"""

from gamepilot_mon.models import SourceExcess, SourceSeries
from gamepilot_mon.sources.allowance import LIMIT, OTHER, Allowance
from gamepilot_mon.statements import normalised

SOURCE = "statements"
NAME = "GamePilot's SQL"


class Shapes:
    """What is remembered only saves reading it again. Only inside a write()."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._allowance: Allowance | None = None
        self._seen: list[str] = []
        self._excess = 0

    def forget(self) -> None:
        self._allowance = None
        self._seen, self._excess = [], 0

    def of(self, statement: str, events: int, now: int) -> str:
        """The statement without its literals, or `other`, for so many events."""
        shape = normalised(statement)
        if shape == OTHER or self._allowed().admits(shape, now, self._seen):
            return shape
        self._excess += events
        return OTHER

    def keep(self, now: int) -> None:
        """Store what of() has found since."""
        SourceSeries.remember(SOURCE, self._seen, now)
        if self._excess:
            SourceExcess.add(SOURCE, NAME, self._excess, now)
        self._seen, self._excess = [], 0

    def _allowed(self) -> Allowance:
        if self._allowance is None:
            self._allowance = Allowance(SourceSeries.of(SOURCE), self._limit)
        return self._allowance
