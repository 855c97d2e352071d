"""How many events a second one core folds into the rollups, and how many all the way from JSON.

Batches of 5,000, as the daemon takes them, of operations by 50 names and of metrics in 500 series, their times spread
over the seconds that the batch took to arrive. Beside it: what reading the rows alone would allow, and reading and
grouping them.
"""

import random
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from gamepilot_mon import db, rollups
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Cursor
from gamepilot_mon.rollups import folding
from gamepilot_mon.sources import intake

EVENTS = 100_000
BATCH = 5_000
T = TypeVar("T")
Sender = Callable[[random.Random], dict[str, object]]

A_SECOND = 20_000  # at which they arrived
LIMIT = 20_000


def main() -> int:
    print(f"{EVENTS:,} events in batches of {BATCH:,}; events/s of CPU")
    slowest = min(measured("50 operations", operation), measured("500 series", metric))
    return 0 if slowest >= LIMIT else 1


def measured(name: str, one: Sender) -> float:
    """Prints the figures; returns that of the whole way."""
    with tempfile.TemporaryDirectory() as folder:
        db.open_database(f"sqlite:///{Path(folder, 'mon.db')}")
        now = utcnow()
        bodies = [body(one, start, now) for start in range(0, EVENTS, BATCH)]
        taken = rate(iter(bodies), lambda sent: take(sent, now))
        batches = range(0, EVENTS, BATCH)
        read_ = rate(batches, lambda _: read())
        together = rate(batches, lambda _: grouped())
        folder_ = rollups.Folder(1_000)
        folded = rate(batches, lambda _: folder_.fold(now, limit=BATCH))
        db.database.close()
    whole = 1 / (1 / taken + 1 / folded)
    print(f"  {name:<14} rows read {read_:>9,.0f}   and grouped {together:>9,.0f}   folded {folded:>9,.0f}")
    print(f"  {'':<14} JSON checked and committed {taken:>9,.0f}   from JSON to rollups {whole:>9,.0f}")
    return whole


def operation(draw: random.Random) -> dict[str, object]:
    took, ok = round(draw.lognormvariate(4, 0.8), 2), draw.random() > 0.02
    return {
        "kind": "operation",
        "operation": f"operation-{draw.randrange(50)}",
        "duration_ms": took,
        "success": ok,
    }


def metric(draw: random.Random) -> dict[str, object]:
    labels = {"queue": f"q{draw.randrange(50)}", "host": f"h{draw.randrange(10)}"}
    return {"kind": "metric", "name": "depth", "value": round(draw.lognormvariate(3, 1), 2), "labels": labels}


def body(one: Sender, start: int, now: int) -> bytes:
    """What one request carries: events that happened one after the other."""
    draw = random.Random(start)
    moments = (now - (EVENTS - number) * 1_000 // A_SECOND for number in range(start, start + BATCH))
    return msgspec.json.encode({"events": [{**one(draw), "timestamp": at} for at in moments]})


def take(sent: bytes, now: int) -> None:
    rows, rejected = intake.rows_of_body(sent, now)
    assert not rejected
    intake.insert(rows)


def read() -> None:
    _, last = folding.unfolded(Cursor.read("bench"), BATCH)
    Cursor.move("bench", last)


def grouped() -> None:
    found, last = folding.unfolded(Cursor.read("bench-grouped"), BATCH)
    folding.grouped(found)
    Cursor.move("bench-grouped", last)


def rate(batches: Iterable[T], step: Callable[[T], object]) -> float:
    started = time.process_time()
    for batch in batches:
        with db.write():
            step(batch)
    return EVENTS / (time.process_time() - started)


if __name__ == "__main__":
    raise SystemExit(main())
