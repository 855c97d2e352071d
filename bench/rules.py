"""How long one evaluation of 5,000 stored rules takes, on one core.

Each rule has a series of its own with a bucket for every 10 seconds of its five-minute window: 150,000 buckets are
read and 5,000 verdicts reached. The statistics are mixed, percentiles (which read sketches) among them. The store is
the real one, in a file; 1 rule in 100 is breached, so that there are open alerts too. Beside it: the same figures read
by one query for each rule; and what the daemon's job takes while data arrives all the time, with the rest that it
takes after each run and with the least gap only.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from daemon.jobs import Context
from daemon.jobs.evaluate import LEAST_GAP_MS, Evaluate
from daemon.runner import Runner
from gamepilot_mon import db, evaluation, rollups, rule_spec, runtime_config, sketch, stored_rules
from gamepilot_mon.bucket import Bucket
from gamepilot_mon.clock import HOUR_MS, utcnow
from gamepilot_mon.models import Alert, Rollup, Series, StoredRule
from gamepilot_mon.rollups import FINE, FIVE, HOUR, MINUTE
from gamepilot_mon.settings import Settings

T = TypeVar("T")

RULES = 5_000
SAMPLES = 20  # in each bucket
TIMES = 7
SPAN_MS = 600_000
LIMIT_S = 1.0
INGEST_S = 6.0
INGEST_EVERY_S = 0.02
STATISTICS = ("mean", "max", "sum", "count", "last", "p95")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_env(
            {"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{folder}/mon.db"}, dotenv=None
        )
        db.open_database(settings.database_url)
        now = utcnow()
        fill(now)
        first, _ = timed(lambda: evaluation.evaluate(settings, now))
        took = sorted(timed(lambda: evaluation.evaluate(settings, now))[0] for _ in range(TIMES))
        config = runtime_config.current(settings).config
        judged, subjects = timed(lambda: evaluation.judge(settings, config, now))
        few = {name: under_ingest(settings_of_none(folder), name) for name in (RESTING, RESTLESS)}
        db.open_database(settings.database_url)
        many = {name: under_ingest(settings, name) for name in (RESTING, RESTLESS)}
        one_by_one, _ = timed(lambda: each_by_itself(now))
        size = Path(folder, "mon.db").stat().st_size / 1e6
        opened = Alert.select().count()
    print(
        f"{RULES:,} rules, {RULES * 30:,} buckets in their windows, store of {size:.0f} MB, {opened} alerts open"
    )
    for name, seconds in (
        ("first evaluation after a start, alerts written", first),
        ("evaluation, median", statistics.median(took)),
        ("evaluation, slowest", took[-1]),
        ("of that reading and judging", judged),
        ("the same windows by a query for each rule", one_by_one),
    ):
        print(f"  {name:<50} {seconds * 1000:8.0f} ms of CPU")
    print(f"while data arrives every {INGEST_EVERY_S * 1000:.0f} ms:")
    for rules, found in (("the six built-in rules", few), (f"and {RULES:,} stored ones", many)):
        for name, (share, runs, latest_ms) in found.items():
            print(
                f"  {f'{rules}, {name}':<50} {share:6.0%} of a core, {runs:5.1f} runs/s, "
                f"a fact waits {latest_ms:5.0f} ms at most"
            )
    assert len(subjects) >= RULES
    return 0 if took[-1] < LIMIT_S else 1


class Restless(Evaluate):
    """As if the rest were none."""

    def run(self, now: int) -> int | None:
        again = super().run(now)
        self.gap_ms = LEAST_GAP_MS
        return again


RESTING, RESTLESS = "as the job rests", "with the least gap"
JOBS = {RESTING: Evaluate, RESTLESS: Restless}


def under_ingest(settings: Settings, name: str) -> tuple[float, float, float]:
    """(share of a core, runs a second, ms from one run's beginning to the next one's end at most)."""
    job = JOBS[name](Context(settings, lambda: False, lambda _: None))
    spans: list[tuple[float, float]] = []
    judge = job.run

    def noted(now: int) -> int | None:
        begun = time.monotonic()
        try:
            return judge(now)
        finally:
            spans.append((begun, time.monotonic()))

    job.run = noted  # type: ignore[method-assign]
    runner = Runner(job)
    cpu, begun = time.process_time(), time.monotonic()
    runner.start()
    while time.monotonic() < begun + INGEST_S:
        runner.wake()
        time.sleep(INGEST_EVERY_S)
    runner.stop()
    runner.join(30)
    took = time.monotonic() - begun
    waits = [later[1] - earlier[0] for earlier, later in pairwise(spans[1:])]
    return (time.process_time() - cpu) / took, len(spans) / took, max(waits) * 1000


def settings_of_none(folder: str) -> Settings:
    """A store without stored rules, opened."""
    settings = Settings.from_env({"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{folder}/few.db"}, dotenv=None)
    db.open_database(settings.database_url)
    return settings


def fill(now: int) -> None:
    figures = measured()
    with db.write():
        for number in range(RULES):
            kind = STATISTICS[number % len(STATISTICS)]
            limit = 1 if number % 100 == 0 else 1e9
            document = {
                "metric": "depth", "matchers": [f"queue=q{number}"], "statistic": kind, "warning": limit,
                "critical": limit * 10,
            }  # fmt: skip
            stored_rules.put(f"depth-{number}", rule_spec.parse(document), "bench", now)
            Series.create(id=number + 1, metric="depth", labels=f'{{"queue":"q{number}"}}')
    for number in range(RULES):
        if number % 500 == 0:
            with db.write():
                for series in range(number + 1, number + 501):
                    Rollup.insert_many(buckets(series, now, figures)).execute()


def buckets(series: int, now: int, figures: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Ten minutes of fine buckets and the wider ones above them."""
    return [
        (series, width, start - start % width, *figures[(series + start // width) % len(figures)])
        for width, span in ((FINE, SPAN_MS), (MINUTE, SPAN_MS), (FIVE, SPAN_MS), (HOUR, HOUR_MS))
        for start in range(now - span, now, width)
    ]


def measured() -> list[tuple[object, ...]]:
    """What a bucket may hold: count, sum, min, max and sketch."""
    draw = random.Random(7)
    found = []
    for _ in range(500):
        bucket = Bucket()
        for _ in range(SAMPLES):
            value = draw.lognormvariate(3, 1)
            bucket.add(value, sketch.bucket(value))
        figures = (bucket.count, bucket.sum, bucket.min, bucket.max, sketch.encode(bucket.counts))
        found.append(figures)
    return found


def each_by_itself(now: int) -> None:
    for row in StoredRule.ordered():
        [label] = row.spec["matchers"]
        rollups.window(row.spec["metric"], 300_000, now, (tuple(label.split("=")),))


def timed(call: Callable[[], T]) -> tuple[float, T]:
    """Seconds of this process's CPU, which a busy machine does not stretch."""
    started = time.process_time()
    result = call()
    return time.process_time() - started, result


if __name__ == "__main__":
    raise SystemExit(main())
