"""Rows: buckets as they are stored. One whose values all fall on one index of the sketch stores none."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gamepilot_mon import sketch
from gamepilot_mon.bucket import Bucket
from gamepilot_mon.db import database

Key = tuple[int, int, int]  # series, width, start

TABLE = "rollup"
AT_ONCE = 500  # keys looked up by one statement


def columns(bucket: Bucket) -> tuple[Any, ...]:
    blob = sketch.encode(bucket.counts) if len(bucket.counts) > 1 else None
    return bucket.count, bucket.sum, bucket.min, bucket.max, blob


def bucket(count: int, total: float, low: float, high: float, blob: bytes | None) -> Bucket:
    counts = sketch.decode(blob) if blob else {sketch.bucket(high): count}
    return Bucket(count, total, low, high, counts)


def stored(keys: Sequence[Key], table: str = TABLE) -> Iterator[tuple[Key, Bucket]]:
    """Those of the buckets that there are."""
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        marks = ", ".join(["(?, ?, ?)"] * len(some))
        sql = (
            f"SELECT series_id, width, start, count, sum, min, max, sketch FROM {table}"
            f" WHERE (series_id, width, start) IN (VALUES {marks})"
        )
        cursor: Any = database.execute_sql(sql, [number for key in some for number in key])
        for *key, count, total, low, high, blob in cursor.fetchall():
            yield (key[0], key[1], key[2]), bucket(count, total, low, high, blob)


def put(rows: Iterable[tuple[Any, ...]], table: str = TABLE) -> None:
    """Inside the caller's write(): rows of key and columns(), in the place of those with the same key."""
    sql = f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    database.connection().executemany(sql, rows)
