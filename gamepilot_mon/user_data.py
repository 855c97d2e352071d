"""User data: erasing what the store knows of one player."""

from typing import Any

from gamepilot_mon import audit, db, pseudonym
from gamepilot_mon.clock import iso
from gamepilot_mon.error_groups.keeping import OWNED
from gamepilot_mon.models import Erasure, ErrorGroup, ErrorSample, ErrorUser
from gamepilot_mon.people_tables import TABLES


def erase(user_id: str, who: str, now: int) -> dict[str, int]:
    """Delete every row about the player inside the caller's write(), and log it; returns {table: rows}.

    `user_id` is GamePilot's id of them, or their pseudonym. What stays are sums from which nobody can be read.
    """
    # Deleted rows are overwritten with zeros rather than left to be overwritten some day.
    db.database.execute_sql("PRAGMA secure_delete = ON")
    names = {user_id, pseudonym.hidden(user_id)}
    met = [row.group_id for row in ErrorUser.select().where(ErrorUser.user.in_(names))]
    counts = {
        str(table._meta.table_name): int(table.delete().where(table.user.in_(names)).execute())
        for table in TABLES
    }
    counts["error_group"] = _leave_groups(met)
    Erasure.create(at=now, who=who, counts=counts)
    audit.record("player.erased", "a player", now, rows=sum(counts.values()))  # not which one
    return counts


def _leave_groups(group_ids: list[int]) -> int:
    """Groups with one player less; those that nobody else is known to have met go with their texts."""
    gone = 0
    for group in ErrorGroup.select().where(ErrorGroup.id.in_(group_ids)):
        others = ErrorUser.select().where(ErrorUser.group_id == group.id).count()
        if not others and not ErrorSample.select().where(ErrorSample.group_id == group.id).exists():
            _drop(group)
            gone += 1
        else:
            ErrorGroup.update(users=others).where(ErrorGroup.id == group.id).execute()
    return gone


def _drop(group: ErrorGroup) -> None:
    for table in OWNED:
        table.delete().where(table.group_id == group.id).execute()
    group.delete_instance()


def settle(*, vacuum: bool) -> bool:
    """Outside a write(): fold the journal back into the file, which else still holds what was deleted.

    `vacuum` builds the file anew without the remains of what was deleted ever before; writers wait meanwhile.
    False: somebody was reading, and the journal is folded back later.
    """
    if vacuum:
        db.database.execute_sql("VACUUM")
    busy, *_ = db.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def erasures(limit: int = 100) -> list[dict[str, Any]]:
    """The newest erasures: when, by whom, how much."""
    rows = Erasure.select().order_by(Erasure.id.desc()).limit(limit)
    return [{"at": iso(row.at), "who": row.who, "counts": row.counts} for row in rows]
