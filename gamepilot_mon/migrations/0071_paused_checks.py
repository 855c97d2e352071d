"""Checks that are paused: since when they are neither looked at nor raise an alert."""

from typing import Any


def up(_migrator: Any, db: Any) -> None:
    db.execute_sql('ALTER TABLE "check" ADD COLUMN paused_at INTEGER')
