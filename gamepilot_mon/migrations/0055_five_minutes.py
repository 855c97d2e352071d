"""Buckets of five minutes, made of the minutes that are kept, and the table that a rebuild works in."""

from typing import Any

from gamepilot_mon import sketch

MINUTE = 60_000
FIVE = 5 * MINUTE

REBUILT = """
CREATE TABLE rollup_rebuilt (
    series_id INTEGER NOT NULL,
    width INTEGER NOT NULL,
    start INTEGER NOT NULL,
    count INTEGER NOT NULL,
    sum REAL NOT NULL,
    min REAL NOT NULL,
    max REAL NOT NULL,
    sketch BLOB,
    PRIMARY KEY (series_id, width, start)
) WITHOUT ROWID
"""


def up(_migrator: Any, db: Any) -> None:
    db.execute_sql(REBUILT)
    wide: dict[tuple[int, int, int], list[Any]] = {}
    rows = db.execute_sql(
        "SELECT series_id, start, count, sum, min, max, sketch FROM rollup WHERE width = ?", (MINUTE,)
    )
    for series, start, count, total, low, high, blob in rows.fetchall():
        figures = wide.setdefault((series, FIVE, start - start % FIVE), [0, 0.0, low, high, []])
        figures[:4] = figures[0] + count, figures[1] + total, min(figures[2], low), max(figures[3], high)
        figures[4].append(blob or sketch.encode({sketch.bucket(high): count}))
    db.connection().executemany(
        "INSERT OR IGNORE INTO rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(*key, *figures, sketch.encode(sketch.union(blobs))) for key, (*figures, blobs) in wide.items()],
    )
