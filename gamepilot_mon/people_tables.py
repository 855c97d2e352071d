"""Where the store names players, and giving them pseudonyms where it still does so by their ids."""

from typing import Any

from gamepilot_mon import db, pseudonym
from gamepilot_mon.models import (
    ActiveUser,
    ErrorSample,
    ErrorUser,
    Event,
    Fact,
    LaunchStep,
    MoodStep,
    ShownStep,
)

# Each has an index that begins with the player, or leads to it.
TABLES: tuple[Any, ...] = (Event, ErrorUser, ErrorSample, MoodStep, ShownStep, LaunchStep, ActiveUser)
FACT = "user_ids"  # what the whole store is known to hold


class Conversion:
    """From ids to pseudonyms, some players at a time and each table once."""

    def __init__(self) -> None:
        self._left = list(TABLES)
        self._after = ""

    def step(self, limit: int) -> bool:
        """Convert up to `limit` players of one table inside the caller's write(); whether there may be more to do."""
        if not self._left:
            return False
        table = self._left[0]
        named = table.select(table.user).where(table.user > self._after).distinct().order_by(table.user)
        users = [user for (user,) in named.limit(limit).tuples()]
        for user in users:
            _rename(table._meta.table_name, user)
        if len(users) < limit:
            self._left.pop(0)
        self._after = users[-1] if len(users) == limit else ""
        if not self._left:
            Fact.insert(name=FACT, value="pseudonym").on_conflict_replace().execute()
        return bool(self._left)


def converted() -> bool:
    """Whether nothing is left from a time in which ids were kept as they are."""
    fact = Fact.get_or_none(Fact.name == FACT)
    return fact is not None and fact.value == "pseudonym"


def forget_conversion() -> None:
    """Ids are kept as they are from now on, inside the caller's write()."""
    Fact.insert(name=FACT, value="plain").on_conflict_replace().execute()


def _rename(table: str, user: str) -> None:
    name = pseudonym.hidden(user)
    if name != user:
        # The row of the pseudonym, where there is one already, is the newer of the two.
        db.database.execute_sql(f"UPDATE OR IGNORE {table} SET user = ? WHERE user = ?", (name, user))
        db.database.execute_sql(f"DELETE FROM {table} WHERE user = ?", (user,))
