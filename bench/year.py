"""The queries of the pages on a store with a year in it: 500 series in every tier, and five million raw events.

The store is made by this command in a temporary folder, which it removes: some 10 million buckets, about 2 GB, a
minute or two. With --store it is made in that file, or asked as it is when it is there already. Each query is asked
some times, as the web process would ask it, JSON included. The processor's time is beside that of the clock, since
other work on the machine changes it less.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from peewee import fn

from bench.product import percentile
from gamepilot_mon import db, event_log, event_stretches, rollups
from gamepilot_mon.bucket import Bucket
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, utcnow
from gamepilot_mon.event_log import Wanted
from gamepilot_mon.models import Cursor, Event, EventStretch
from gamepilot_mon.rollups import KEPT_MS
from gamepilot_mon.rollups import rows as rollup_rows
from gamepilot_mon.settings import Settings
from gamepilot_mon.snapshots import errors, health, mood_persona, operations, performance, trends
from gamepilot_mon.timeline import figures, names
from gamepilot_mon.timeline.figures import Question

OPERATIONS = 99
BY_OPERATION = ("operation_duration_ms", "operation_failures", "slow_operations", "errors")
OWN = 100
EVENTS = 5_000_000
YEAR_MS = 365 * DAY_MS
SAMPLES_AN_HOUR = 1_000
LIMIT_MS = 100
LIMIT_BYTES = 3_000_000_000
AT_ONCE = 500_000

Row = tuple[Any, ...]

_EVENTS = """
INSERT INTO event (kind, at, received_at, name, value, ok, severity, user, data)
WITH RECURSIVE n (i) AS (SELECT {start} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {end}),
     e AS (SELECT i, {since} + i * {apart} AS at, abs(random()) % 1000 AS die FROM n)
SELECT CASE WHEN die < 900 THEN 'operation' WHEN die < 920 THEN 'error' WHEN die < 960 THEN 'user_action'
            WHEN die < 980 THEN 'mood_selection' ELSE 'query' END,
       CAST(at AS INTEGER), CAST(at AS INTEGER),
       CASE WHEN die < 920 THEN 'operation-' || (abs(random()) % {operations}) WHEN die < 960 THEN 'launch'
            WHEN die < 980 THEN 'social' ELSE 'SELECT a FROM t WHERE b = ' || (i % 100) END,
       CASE WHEN die < 900 OR die >= 980 THEN 20.0 + abs(random()) % 40000 / 100.0 WHEN die >= 960 THEN 0.5 END,
       CASE WHEN die < 900 THEN die >= 10 END, CASE WHEN die BETWEEN 900 AND 919 THEN 'error' END,
       'user-' || (abs(random()) % 5000), CASE WHEN die BETWEEN 900 AND 919 THEN '{{"error":"timeout"}}' END
FROM e
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--store", help="a file that is kept")
    parser.add_argument("--only", default="", help="the queries whose names contain this")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(asked.store or f"{folder}/mon.db").absolute()
        settings = Settings.from_env({"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{file}"}, dotenv=None)
        path = db.open_database(settings.database_url)
        if not Event.select().exists():
            buckets = fill(utcnow(), asked.events)
            print(f"{buckets:,} buckets, {asked.events:,} events")
        now, size = Event.select(fn.MAX(Event.at)).scalar() + 1, path.stat().st_size
        print(f"{size / 1e9:.2f} GB")
        asking = [each for each in questions(settings, now) if asked.only in each[0]]
        slowest = max(report(name, call, asked.times) for name, call in asking)
        db.database.close()
    return 0 if slowest <= LIMIT_MS and size <= LIMIT_BYTES else 1


def questions(settings: Settings, now: int) -> Iterator[tuple[str, Callable[[], Any]]]:
    for name, build in (
        ("health", health.build), ("performance, 24 h", performance.build), ("errors", errors.build),
        ("mood-persona", mood_persona.build),
    ):  # fmt: skip
        yield name, lambda build=build: build(settings, now)  # type: ignore[misc]
    yield "trends", lambda: trends.build(now)
    # Past days are kept for the minute: as pages ask it, a second later each, and without that.
    for name, apart in (("second", SECOND_MS), ("minute", MINUTE_MS)):
        later = count(now, apart)
        yield (
            f"operations beside past days, each {name}",
            lambda later=later: operations.compared(next(later), 24),  # type: ignore[misc]
        )
    yield "statements", lambda: operations.statements(now, 24)
    yield "regressions since six hours", lambda: operations.regressed(now - 6 * HOUR_MS, DAY_MS, None, now)
    yield "names of metrics", names.names
    for span, hours in (("1 h", 1), ("24 h", 24), ("7 d", 168), ("30 d", 720), ("1 y", 8_760)):
        for statistic in ("mean", "p95"):
            yield f"metrics, {statistic}, {span}", asking(statistic, hours, now)
    yield "metrics, mean by operation, 24 h", asking("mean", 24, now, by=("operation",))
    yield "metrics, mean beside last week, 24 h", asking("mean", 24, now, against="last-week")
    everything = Wanted(event_log.KINDS, now - DAY_MS, now)
    yield "events, all kinds", lambda: event_log.page(everything)
    one = Wanted(("operation",), now - DAY_MS, now, operation="operation-7")
    yield "events, one operation", lambda: event_log.page(one)
    none = Wanted(("operation",), now - DAY_MS, now, operation="operation-none")
    yield "events, an operation that never ran", lambda: event_log.page(none)
    user = Wanted(event_log.KINDS, now - DAY_MS, now, user="user-7")
    yield "events, one user", lambda: event_log.page(user)


def asking(statistic: str, hours: int, now: int, **more: Any) -> Callable[[], Any]:
    zone = ZoneInfo("Europe/Berlin")
    question = Question("operation_duration_ms", statistic, now - hours * HOUR_MS, now, zone, **more)
    return lambda: figures.answer(question, now)


def report(name: str, call: Callable[[], Any], times: int) -> float:
    took, used = [], []
    for _ in range(times):
        started, used_before = time.perf_counter(), time.process_time()
        msgspec.json.encode(call())
        took.append((time.perf_counter() - started) * 1000)
        used.append((time.process_time() - used_before) * 1000)
    p99 = percentile(took, 0.99)
    print(
        f"  {name:<44} p50 {percentile(took, 0.5):7.1f} ms   p99 {p99:7.1f} ms"
        f"   of the processor p50 {percentile(used, 0.5):6.1f} ms   p99 {percentile(used, 0.99):6.1f} ms",
        flush=True,
    )
    return p99


def fill(now: int, events: int) -> int:
    db.database.execute_sql("PRAGMA synchronous = off")
    for start in range(0, events, AT_ONCE):
        end = min(start + AT_ONCE, events)
        with db.write():
            db.database.execute_sql(
                _EVENTS.format(
                    start=start,
                    end=end,
                    since=now - 2 * DAY_MS,
                    apart=2 * DAY_MS / events,
                    operations=OPERATIONS,
                )
            )
    with db.write():
        last = Event.select(fn.MAX(Event.id)).scalar()
        Cursor.move(rollups.CURSOR, last)
        while EventStretch.select().where(EventStretch.last == last).first() is None:
            event_stretches.extend()
    count = 0
    for number, (metric, labels) in enumerate(series(), 1):
        with db.write():
            db.database.execute_sql("INSERT INTO series VALUES (?, ?, ?)", (number, metric, labels))
            made = list(buckets(number, metric, now))
            rollup_rows.put(made)
            count += len(made)
    db.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.database.execute_sql("PRAGMA synchronous = full")
    return count


def series() -> list[tuple[str, str]]:
    labels = ["{}", *(f'{{"operation":"operation-{n}"}}' for n in range(OPERATIONS))]
    named = [(metric, label) for metric in BY_OPERATION for label in labels]
    return named + [("depth", f'{{"queue":"q{n}"}}') for n in range(OWN)]


def buckets(number: int, metric: str, now: int) -> Iterator[Row]:
    for width, kept in KEPT_MS.items():
        shapes = _shapes(metric, width)
        kept = min(kept, YEAR_MS)
        for start in range(now - kept - (now - kept) % width, now, width):
            yield (number, width, start, *shapes[(number + start // width) % len(shapes)])


_made: dict[tuple[bool, int], list[Row]] = {}


def _shapes(metric: str, width: int) -> list[Row]:
    """What buckets of a tier may hold: durations in a distribution of their own, or a few ones."""
    durations = metric in ("operation_duration_ms", "slow_operations", "depth")
    key = durations, width
    if key not in _made:
        draw = random.Random(width)
        samples = max(1, SAMPLES_AN_HOUR * width // HOUR_MS)
        _made[key] = [_shape(draw, samples, durations) for _ in range(200)]
    return _made[key]


def _shape(draw: random.Random, samples: int, durations: bool) -> Row:
    count = max(1, round(draw.gauss(samples, samples / 5)))
    values = [draw.lognormvariate(4, 0.6) for _ in range(count)] if durations else [1.0] * max(1, count // 50)
    return rollup_rows.columns(Bucket.of(values))


if __name__ == "__main__":
    raise SystemExit(main())
