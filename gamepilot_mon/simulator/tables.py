"""What a database of the simulated GamePilot has to be able to do, whatever kind it is of."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol


class Busy(Exception):
    """It takes no rows now, and has written none; it may later."""


class Insert(NamedTuple):
    """Rows of one table; `known`: those whose id is there already are left out."""

    table: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    known: bool = False


class Tables(Protocol):
    def write(self, inserts: Sequence[Insert]) -> None:
        """All in one transaction. Raises Busy."""

    def close(self) -> None: ...
