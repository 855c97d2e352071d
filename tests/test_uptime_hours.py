"""Uptime by hours that are kept: the same as counting everything anew, and nothing read twice."""

import random
from pathlib import Path

from gamepilot_mon import db, uptime
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gamepilot_mon.models import Check, Observation
from gamepilot_mon.uptime_hours import Hours

NOW = 1_900_000_000_000


def watched(seed: int) -> Check:
    """Three days of observations with outages and silences."""
    chance = random.Random(seed)
    check: Check
    with db.write():
        check = Check.create(
            name="shop", kind="http", spec={}, interval_ms=MINUTE_MS, origin="user", created_at=0
        )
        at, state, rows = NOW - 3 * DAY_MS, "up", []
        while at < NOW:
            rows.append((check.id, at, state))
            at += chance.choice([MINUTE_MS] * 30 + [20 * MINUTE_MS, 3 * HOUR_MS])
            state = chance.choices(["up", "down", "unknown"], [90, 8, 2])[0]
        Observation.insert_many(
            rows, fields=[Observation.check_id, Observation.at, Observation.state]
        ).execute()
    return check


def test_it_counts_the_same_as_reading_everything(store: Path) -> None:
    check, hours = watched(1), Hours()
    for back in (10 * MINUTE_MS, HOUR_MS, 5 * HOUR_MS + 7, DAY_MS, 3 * DAY_MS + 5 * MINUTE_MS, 30 * DAY_MS):
        for _ in range(2):  # counted, then kept
            kept = hours.lasting(check, NOW - back, NOW, NOW)
            assert kept == uptime.lasting(check, NOW - back, NOW)


def test_an_hour_that_is_over_is_not_read_again(store: Path) -> None:
    check, hours = watched(2), Hours()
    before = hours.lasting(check, NOW - DAY_MS, NOW, NOW)
    with db.write():
        Observation.delete().where(Observation.at < NOW - 3 * HOUR_MS).execute()
    since = NOW - DAY_MS + HOUR_MS  # the first, cut hour is read each time
    whole = hours.lasting(check, since // HOUR_MS * HOUR_MS, NOW, NOW)
    assert whole["up"] + whole["down"] > (before["up"] + before["down"]) / 2


def test_what_holds_longer_is_counted_anew(store: Path) -> None:
    check, hours = watched(3), Hours()
    hours.lasting(check, NOW - DAY_MS, NOW, NOW)
    check.interval_ms = HOUR_MS
    assert hours.lasting(check, NOW - DAY_MS, NOW, NOW) == uptime.lasting(check, NOW - DAY_MS, NOW)
