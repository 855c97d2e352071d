"""The audit log, which the store itself keeps from being rewritten."""

from typing import Any

STATEMENTS = (
    "CREATE TABLE audit_entry (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,"
    " who TEXT NOT NULL, via TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL)",
    "CREATE INDEX audit_entry_at ON audit_entry (at)",
    "CREATE INDEX audit_entry_who ON audit_entry (who)",
    "CREATE INDEX audit_entry_action ON audit_entry (action)",
    "CREATE TRIGGER audit_entry_is_not_rewritten BEFORE UPDATE ON audit_entry"
    " BEGIN SELECT RAISE(ABORT, 'the audit log is not rewritten'); END",
)


def up(_migrator: Any, db: Any) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
