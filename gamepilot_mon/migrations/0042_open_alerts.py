"""Open alerts by type: which checks are down is asked for each alert that begins or ends."""

from typing import Any


def up(_migrator: Any, db: Any) -> None:
    db.execute_sql("CREATE INDEX alert_open_type ON alert (type) WHERE ended_at IS NULL")
