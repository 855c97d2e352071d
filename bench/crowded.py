"""A store as a large installation has it: thousands of checks with a day of observations, hundreds of open alerts."""

import random
from collections.abc import Iterator

from gamepilot_mon import alerts, db
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gamepilot_mon.db import database
from gamepilot_mon.models import Check

DOWN = 60
ROUTERS = 20
CHUNK = 20_000
WORDS = (
    "checkout",
    "search",
    "login",
    "library",
    "recommendation",
    "mood",
    "persona",
    "payment",
    "profile",
    "launcher",
)
REGIONS = ("eu-west", "eu-north", "us-east", "us-west", "ap-south", "ap-east")


def fill(checks: int, open_alerts: int, every_ms: int, now: int) -> int:
    """Checks that are observed every so often, some of them down; returns how many observations were written."""
    chance = random.Random(7)
    with db.write():
        _checks(checks, every_ms, now, chance)
    written = 0
    for first in range(1, checks + 1, 100):
        with db.write(bulk=True):
            written += _observations(range(first, min(first + 100, checks + 1)), every_ms, now, chance)
    with db.write():
        _alerts(open_alerts, now)
    return written


def name_of(number: int) -> str:
    if number <= ROUTERS:
        return f"router {number:02}"
    return f"{WORDS[number % len(WORDS)]} {REGIONS[number % len(REGIONS)]} {number:04}"


def is_down(number: int) -> bool:
    return number % 32 == 5 and number // 32 < DOWN


def _checks(count: int, every_ms: int, now: int, chance: random.Random) -> None:
    rows = []
    for number in range(1, count + 1):
        down = is_down(number)
        rows.append({
            "name": name_of(number), "kind": "http" if number % 3 else "heartbeat", "interval_ms": every_ms,
            "spec": {"url": f"http://192.0.2.9/{number}"} if number % 3 else {"grace_ms": MINUTE_MS},
            "origin": "user", "created_at": now - 40 * DAY_MS, "state": "down" if down else "up",
            "state_since": now - (chance.randrange(HOUR_MS) if down else 9 * DAY_MS),
            "observed_at": now - chance.randrange(every_ms),
            "latency_ms": None if down else chance.lognormvariate(4, 0.5), "failures": 7 if down else 0,
            "error": "no complete answer within 10 s" if down else None,
            "ping_key": None if number % 3 else f"bench-key-{number}",
            "depends_on": None if number <= ROUTERS else number % ROUTERS + 1,
        })  # fmt: skip
    for first in range(0, count, 500):
        Check.insert_many(rows[first : first + 500]).execute()


def _observations(numbers: range, every_ms: int, now: int, chance: random.Random) -> int:
    rows = [row for number in numbers for row in _day(number, every_ms, now, chance)]
    sql = "INSERT INTO observation (check_id, at, state, latency_ms, error) VALUES (?, ?, ?, ?, ?)"
    for first in range(0, len(rows), CHUNK):
        database.connection().executemany(sql, rows[first : first + CHUNK])
    return len(rows)


def _day(
    number: int, every_ms: int, now: int, chance: random.Random
) -> Iterator[tuple[int, int, str, float | None, str | None]]:
    phase, last = chance.randrange(every_ms), 20 * MINUTE_MS if is_down(number) else 0
    for at in range(now - DAY_MS + phase, now, every_ms):
        down = chance.random() < 0.0005 or now - at < last
        yield (
            number,
            at,
            "down" if down else "up",
            None if down else 40 + chance.random() * 30,
            "gone" if down else None,
        )


def _alerts(count: int, now: int) -> None:
    down = [number for number in range(1, 10_000) if is_down(number)][:DOWN]
    for number in range(count):
        if number < len(down):
            type_, labels = "system_down", {"check": name_of(down[number])}
        else:
            type_, labels = (
                "response_time",
                {"operation": f"{WORDS[number % 10]}_{number}", "region": REGIONS[number % 6]},
            )
        alerts.raise_custom(
            type_=type_, severity=("critical", "warning", "info")[number % 3], value=1.0 + number, threshold=1.0,
            message=f"{' '.join(labels.values())} is not as it should be", labels=labels, metadata={"source": "bench"},
            identity=alerts.fingerprint(type_, labels), now=now - number * MINUTE_MS,
        )  # fmt: skip
