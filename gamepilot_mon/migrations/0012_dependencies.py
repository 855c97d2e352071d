"""The check that a check stands behind."""

from typing import Any

STATEMENTS = """
ALTER TABLE "check" ADD COLUMN depends_on INTEGER;
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
