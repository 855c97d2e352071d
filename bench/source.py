"""How fast a backlog in GamePilot's own database is read: rows a second into the store, and the memory.

    python -m bench.source [--rows 200000] [--only sqlite|postgresql]

The reading alone, in this process, by the polls that the daemon makes: numbered rows, and rows with uuids that
are read by time. A PostgreSQL server is started in a temporary folder where Debian's package is installed.
"""

import argparse
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from gamepilot_mon import db
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.sources import gamepilot_db

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
    return 0


def _measure(kind: str, by: str, url: str, now: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        db.open_database(f"sqlite:///{folder}/mon.db")
        began, cpu_began, rows = time.perf_counter(), time.process_time(), 0
        with closing(gamepilot_db.open_source(url)) as source:
            more = True
            while more:
                batch = source.poll(now)
                with db.write():
                    gamepilot_db.store(batch, now)
                rows, more = rows + len(batch.rows), batch.more
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
