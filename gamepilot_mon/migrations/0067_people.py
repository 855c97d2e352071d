"""People: who made a token and when it was used, from where a session is, whom a sign-in link is for."""

from typing import Any

STATEMENTS = (
    "ALTER TABLE token ADD COLUMN created_by TEXT",
    "ALTER TABLE token ADD COLUMN used_at INTEGER",
    "ALTER TABLE session ADD COLUMN used_at INTEGER",
    "ALTER TABLE session ADD COLUMN address TEXT",
    "ALTER TABLE session ADD COLUMN agent TEXT",
    "ALTER TABLE sign_in_link ADD COLUMN user_id INTEGER",
    "ALTER TABLE config_version ADD COLUMN reason TEXT",
)


def up(_migrator: Any, db: Any) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
