"""Names: the metrics that there are, with their labels."""

from typing import Any

import msgspec

from gamepilot_mon.db import database

SERIES_MOST = 100_000


def names() -> list[dict[str, Any]]:
    """Every metric with the number of its series and the names of their labels."""
    found: dict[str, dict[str, Any]] = {}
    cursor: Any = database.execute_sql(
        "SELECT metric, labels FROM series ORDER BY metric LIMIT ?", (SERIES_MOST,)
    )
    for metric, text in cursor.fetchall():
        entry = found.setdefault(metric, {"series": 0, "labels": set()})
        entry["series"] += 1
        entry["labels"] |= msgspec.json.decode(text).keys()
    return [
        {"name": name, "series": entry["series"], "labels": sorted(entry["labels"])}
        for name, entry in found.items()
    ]


def is_known(name: str) -> bool:
    cursor: Any = database.execute_sql("SELECT EXISTS (SELECT 1 FROM series WHERE metric = ?)", (name,))
    return bool(cursor.fetchone()[0])
