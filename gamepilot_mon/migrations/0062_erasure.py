"""Erasures: that a player was erased, when, by whom, and how much; not which one."""

from typing import Any


def up(_migrator: Any, db: Any) -> None:
    db.execute_sql(
        "CREATE TABLE erasure (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,"
        " at INTEGER NOT NULL, who TEXT NOT NULL, counts TEXT NOT NULL)"
    )
