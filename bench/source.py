"""How fast a backlog in GamePilot's own database is read: rows a second into the store, and the memory.

    python -m bench.source [--rows 200000] [--only sqlite|postgresql]

The reading alone, in this process, by the polls that the daemon makes: numbered rows, and rows with uuids that
are read by time. Then the whole product on a backlog. A PostgreSQL server is started in a temporary folder
where Debian's package is installed.
"""

import argparse
import resource
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import requests

from bench.detection import operation_in
from bench.product import percentile, product
from gamepilot_mon import db
from gamepilot_mon.catchers.slack import SlackCatcher, SlackPost
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.models import Observation
from gamepilot_mon.sources import gamepilot_db, gamepilot_progress

SPREAD_MS = 12 * 3_600_000
COLUMNS = '"operation", "duration", "success", "timestamp", "userId", "metadata"'


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    now = utcnow()
    print(
        f"{'database':<12} {'rows by':<8} {'rows':>9} {'seconds':>8} {'rows/s':>9} {'a CPU second':>13} {'peak MB':>8}"
    )
    for kind, opened in (("sqlite", _sqlite), ("postgresql", _postgresql)):
        if options.only in (None, kind):
            for by in ("number", "time"):
                with opened(by, options.rows, now) as url:
                    _measure(kind, by, url, now)
    with _sqlite("number", options.rows, now) as url:
        _whole(url, options.rows)
    return 0


def _whole(url: str, rows: int) -> None:
    """The product reads the same backlog, while critical errors arrive by HTTP and checks go on."""
    slack_at: dict[str, float] = {}
    arrived = threading.Condition()

    def on_slack(post: SlackPost) -> None:
        with arrived:
            slack_at[operation_in(post.payload["attachments"][0]["text"])] = time.monotonic()
            arrived.notify_all()

    delays: list[float] = []
    with tempfile.TemporaryDirectory() as folder, SlackCatcher(on_message=on_slack) as slack:
        settings = {
            "SLACK_ENABLED": "true", "SLACK_WEBHOOK_URL": slack.url, "GAMEPILOT_DATABASE_URL": url,
            "GAMEPILOT_MON_CHECK_INTERVAL": "2s", "ALERT_SLOW_QUERIES_CRITICAL": "1000000000",
            "ALERT_SLOW_QUERIES_WARNING": "1000000000",
        }  # fmt: skip
        began = time.monotonic()
        with product(Path(folder), settings) as running:
            db.open_database(f"sqlite:///{folder}/mon.db")
            while gamepilot_progress.read() < rows:
                time.sleep(1.5)  # Slack takes a message a second; that is not what is measured
                name = f"drill_{len(delays)}"
                event = {"kind": "error", "operation": name, "error": "drill", "severity": "critical"}
                answer = requests.post(
                    f"{running.url}/api/v1/events", json={"events": [event]}, headers=running.bearer("ingest"),
                    timeout=30,
                )  # fmt: skip
                answer.raise_for_status()
                at = time.monotonic()
                with arrived:
                    if not arrived.wait_for(lambda name=name: name in slack_at, timeout=60):
                        raise SystemExit(f"{name} did not arrive within 60 s")
                delays.append((slack_at[name] - at) * 1000)
            seconds = time.monotonic() - began
            memory = max(process.memory_info().rss for process in running.processes()) / 1e6
            looks = Observation.select().count()
            db.database.close()
    print(
        f"the whole product, folding included: {rows / seconds:.0f} rows/s, largest process {memory:.0f} MB,"
        f" {looks} looks of checks in {seconds:.0f} s;\ncritical errors by HTTP meanwhile, 202 to Slack:"
        f" p50 {percentile(delays, 0.5):.0f} ms, max {max(delays):.0f} ms of {len(delays)}"
    )


def _measure(kind: str, by: str, url: str, now: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        db.open_database(f"sqlite:///{folder}/mon.db")
        began, cpu_began, rows = time.perf_counter(), time.process_time(), 0
        with closing(gamepilot_db.open_source(url)) as source:
            more = True
            while more:
                batch = source.poll(now)
                # On a busy machine a read may take too long; the product tries again too.
                if not batch.cursors:
                    print(batch.problems[0], flush=True)
                with db.write():
                    gamepilot_db.store(batch, now)
                rows, more = rows + len(batch.rows), batch.more or not batch.cursors
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
        db.database.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{kind:<12} {by:<8} {rows:>9} {seconds:>8.1f} {rows / seconds:>9.0f} {rows / cpu:>13.0f} {peak:>8.0f}",
        flush=True,
    )


def _rows(rows: int, now: int) -> Iterator[tuple[object, ...]]:
    for number in range(rows):
        at = now - SPREAD_MS + number * SPREAD_MS // rows
        yield (
            f"operation-{number % 20}",
            5.5,
            True,
            iso(at),
            f"user-{number % 997}",
            '{"cache": "miss", "page": 7}',
        )


@contextmanager
def _sqlite(by: str, rows: int, now: int) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "game.db"
        identity = "id INTEGER PRIMARY KEY," if by == "number" else "id TEXT DEFAULT (hex(randomblob(16))),"
        end = "" if by == "number" else ", PRIMARY KEY (timestamp, id)) WITHOUT ROWID"
        with closing(sqlite3.connect(path)) as game:
            game.execute(f"CREATE TABLE performance_metrics ({identity} {COLUMNS}{end or ')'}")
            game.executemany(
                f"INSERT INTO performance_metrics ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", _rows(rows, now)
            )
            game.commit()
        yield f"sqlite:///{path}"


@contextmanager
def _postgresql(by: str, rows: int, now: int) -> Iterator[str]:
    import psycopg

    from tests import postgresql

    with postgresql.running() as server:
        url = server.url(server.empty_database())
        identity = (
            "id bigserial PRIMARY KEY" if by == "number" else "id uuid PRIMARY KEY DEFAULT gen_random_uuid()"
        )
        with psycopg.connect(url, autocommit=True) as game:
            game.execute(
                f"CREATE TABLE performance_metrics ({identity}, operation text, duration double precision,"
                ' success boolean, "timestamp" timestamptz, "userId" text, metadata jsonb)'
            )
            with game.cursor().copy(f"COPY performance_metrics ({COLUMNS}) FROM STDIN") as copy:
                for row in _rows(rows, now):
                    copy.write_row(row)
            if by == "time":
                game.execute("CREATE INDEX ON performance_metrics (timestamp, id)")
            game.execute("ANALYZE")
        yield url


if __name__ == "__main__":
    sys.exit(main())
