"""Some hours of what operations took, written straight into a store: with a gap, a deploy that slowed one, an alert."""

import json
import math
import random
from collections.abc import Iterator

from gamepilot_mon import db, rollups
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from gamepilot_mon.models import ConfigVersion
from gamepilot_mon.sources import intake
from gamepilot_mon.sources.intake import Row
from tests.histories import past

USUAL_MS = {"mood_selection": 60, "recommendation": 210, "persona_update": 95, "GET /games//search": 35}
GAP_MS = (2 * HOUR_MS, 100 * MINUTE_MS)  # before now: from, to
DEPLOY_MS = 45 * MINUTE_MS


def write(now: int, hours: int = 6, every_ms: int = 20 * SECOND_MS) -> None:
    """The last `hours`, and the same hours of yesterday, into the store that is open."""
    rows = [*_day(now, hours, every_ms), *_day(now, hours, every_ms, DAY_MS), *_queries(now), *_deploys(now)]
    with db.write():
        intake.insert(rows)
        ConfigVersion.create(
            created_at=now - 3 * HOUR_MS, author="ada", override={},
            diff=[{"pointer": "/responseTime/warning", "old": 1000, "new": 900}],
        )  # fmt: skip
    past(now - 35 * MINUTE_MS, 6 * MINUTE_MS, severity="warning", message="Slow responses: recommendation")
    while rollups.pending():
        with db.write():
            rollups.fold(5_000, now)


def _day(now: int, hours: int, every_ms: int, back_ms: int = 0) -> Iterator[Row]:
    dice = random.Random(back_ms)
    for ago in range(0, hours * HOUR_MS, every_ms):
        if GAP_MS[1] < ago < GAP_MS[0] and not back_ms:
            continue
        for name, usual in USUAL_MS.items():
            slower = 1.9 if name == "recommendation" and ago < DEPLOY_MS and not back_ms else 1.0
            took = usual * slower * (1 + 0.25 * math.sin(ago / HOUR_MS)) * dice.lognormvariate(0, 0.45)
            at = now - back_ms - ago
            yield Row(None, "operation", at, at, name, took, dice.random() > 0.03, None, None, None)


def _queries(now: int) -> Iterator[Row]:
    for number in range(40):
        at = now - number * MINUTE_MS
        text = f"SELECT id, title FROM games WHERE mood = 'm{number}' ORDER BY played_at LIMIT 20"
        yield Row(None, "query", at, at, text, 12.0 + number * 30, None, None, None, None)


def _deploys(now: int) -> Iterator[Row]:
    at = now - DEPLOY_MS
    yield Row(None, "deploy", at, at, "2026.11.4", None, None, None, None, json.dumps({"metadata": {}}))
