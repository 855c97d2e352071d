"""Storage: how many rows and bytes each table and tier takes, how they grow, and when the disk will be full.

Counting a store of gigabytes takes seconds, so the daemon does it now and then and keeps what it found. The bytes of a
table are estimated from some of its rows and their index entries, in proportion to the size of the file.
"""

import shutil
from pathlib import Path
from typing import Any

import msgspec

from gamepilot_mon.clock import DAY_MS, HOUR_MS, format_duration, iso
from gamepilot_mon.db import database
from gamepilot_mon.models import Fact

FACT = "storage"
EVERY_MS = 6 * HOUR_MS
KEPT = 40  # measurements, ten days of them
LOOK_BACK_MS = 7 * DAY_MS
SHORTEST_MS = HOUR_MS  # growth over less than this says nothing
SAMPLE = 200
OVERHEAD = 2  # bytes that a column takes beside its value

Measured = dict[str, Any]  # at, and {name: [rows, bytes]} in `tables`


def measure(now: int) -> Measured:
    """Rows and bytes by table, rollups by tier; a full read of the store."""
    rows: dict[str, int] = {}
    weights: dict[str, float] = {}
    for table in _tables():
        each = _row_bytes(table)
        for name, count in _counts(table).items():
            rows[name], weights[name] = count, count * each
    scale = _used() / (sum(weights.values()) or 1)
    return {"at": now, "tables": {name: [rows[name], round(weights[name] * scale)] for name in rows}}


def is_due(now: int) -> bool:
    kept = _kept()
    return not kept or not kept[-1]["at"] <= now < kept[-1]["at"] + EVERY_MS


def keep(measured: Measured) -> None:
    """Inside the caller's write()."""
    text = msgspec.json.encode([*_kept(), measured][-KEPT:]).decode()
    Fact.insert(name=FACT, value=text).on_conflict_replace().execute()


def report(path: Path, now: int, measured: Measured | None = None) -> dict[str, Any]:
    """What was `measured` now, or kept last, with the growth since an earlier measurement. `path`: of the store."""
    kept = _kept()
    newest = measured or (kept[-1] if kept else None)
    earlier = _earlier(kept, newest) if newest else None
    free = shutil.disk_usage(path.parent).free
    tables = _documents(newest, earlier) if newest else []
    growth = sum(table["growth"]["bytesPerDay"] for table in tables) if earlier else None
    return {
        "measuredAt": iso(newest["at"]) if newest else None,
        "comparedWith": iso(earlier["at"]) if earlier else None,
        "bytes": _size(path),
        "walBytes": _size(path.with_name(f"{path.name}-wal")),
        "freeBytes": free,
        "growthBytesPerDay": growth,
        "fullAt": full_at(free, growth, now),
        "tables": tables,
    }


def full_at(free: int, growth: float | None, now: int) -> str | None:
    """None when it does not grow, is not known to, or not within a hundred years."""
    days = free / growth if growth and growth > 0 else 36_500
    return iso(now + round(days * DAY_MS)) if days < 36_500 else None


def _documents(newest: Measured, earlier: Measured | None) -> list[dict[str, Any]]:
    found = [
        {"name": name, "rows": rows, "bytes": size, "growth": _growth(name, newest, earlier)}
        for name, (rows, size) in newest["tables"].items()
    ]
    return sorted(found, key=lambda table: (-table["bytes"], table["name"]))


def _growth(name: str, newest: Measured, earlier: Measured | None) -> dict[str, int] | None:
    if earlier is None:
        return None
    days = (newest["at"] - earlier["at"]) / DAY_MS
    before = earlier["tables"].get(name, [0, 0])
    rows, size = (after - then for after, then in zip(newest["tables"][name], before, strict=True))
    return {"rowsPerDay": round(rows / days), "bytesPerDay": round(size / days)}


def _earlier(kept: list[Measured], newest: Measured) -> Measured | None:
    """The oldest measurement within the last days that is old enough to compare with."""
    for measured in kept:
        if SHORTEST_MS <= newest["at"] - measured["at"] <= LOOK_BACK_MS:
            return measured
    return None


def _kept() -> list[Measured]:
    row = Fact.get_or_none(Fact.name == FACT)
    found: list[Measured] = msgspec.json.decode(row.value) if row else []
    return found


def _tables() -> list[str]:
    return [name for (name,) in _rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]


def _counts(table: str) -> dict[str, int]:
    if table != "rollup":
        return {table: _rows(f'SELECT COUNT(*) FROM "{table}"')[0][0]}
    by_width = _rows("SELECT width, COUNT(*) FROM rollup GROUP BY width")
    return {f"rollup {format_duration(width)}": count for width, count in by_width}


def _row_bytes(table: str) -> float:
    """The mean of the first rows, with what stands of each in the indexes."""
    cursor: Any = database.execute_sql(f'SELECT * FROM "{table}" LIMIT {SAMPLE}')
    names = [column[0] for column in cursor.description]
    sample = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    indexed = [name for (name,) in _rows("""
        SELECT info.name FROM pragma_index_list(?) AS list, pragma_index_info(list.name) AS info
        WHERE list.origin <> 'pk' AND NOT list.partial AND info.name IS NOT NULL
    """, table)]  # fmt: skip
    taken = [
        sum(map(_bytes, row.values())) + sum(_bytes(row[name]) + 4 for name in indexed) for row in sample
    ]
    return sum(taken) / len(taken) if taken else 0.0


def _bytes(value: Any) -> int:
    if value is None:
        return 1
    return OVERHEAD + (len(value) if isinstance(value, str | bytes) else 6)


def _used() -> int:
    [(pages,)], [(free,)], [(size,)] = (
        _rows(f"PRAGMA {name}") for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    cursor: Any = database.execute_sql(sql, values)
    return list(cursor.fetchall())
