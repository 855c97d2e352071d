"""The second factor of a sign-in: a secret for one-time codes, and recovery codes in case it is lost."""

from typing import Any

STATEMENTS = (
    "CREATE TABLE second_factor (user_id INTEGER NOT NULL PRIMARY KEY, secret TEXT NOT NULL,"
    " created_at INTEGER NOT NULL, confirmed_at INTEGER, last_step INTEGER NOT NULL)",
    "CREATE TABLE recovery_code (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL,"
    " code_hash TEXT NOT NULL, used_at INTEGER)",
    "CREATE INDEX recovery_code_user_id ON recovery_code (user_id)",
)


def up(_migrator: Any, db: Any) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
