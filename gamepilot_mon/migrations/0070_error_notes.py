"""Error actions: why, in the words of the one who decided."""

from typing import Any


def up(_migrator: Any, db: Any) -> None:
    db.execute_sql("ALTER TABLE error_action ADD COLUMN note TEXT")
