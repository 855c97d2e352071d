"""What a kind of database must offer to be read, and what was found in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gamepilot_mon.sources.gamepilot_tables import plain


class Unreadable(Exception):
    """GamePilot's database cannot be read; the text is one sentence without secrets."""


class Unmeasurable(Unreadable):
    """It is this side that cannot read it: a library is missing, or the URL makes no sense."""


@dataclass(frozen=True, slots=True)
class Found:
    """One table as it is there. `sql`, `number` and `identity` are quoted and ready for a statement."""

    sql: str
    columns: Mapping[str, str]  # {name: SQL that reads it}
    number: str | None  # a whole number that rises from row to row
    identity: str | None  # what tells a row from all others
    withheld: tuple[str, ...] = ()  # columns that this user may not read

    def column(self, name: str) -> str | None:
        """The table's own spelling of a column."""
        return next((column for column in self.columns if plain(column) == plain(name)), None)


class Connection(Protocol):
    marker: str  # how a statement marks a parameter: ? or %s

    def tables(self) -> Mapping[str, Found]:
        """By the plain name."""

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Sequence[tuple[Any, ...]]:
        """Raises Unreadable."""


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
