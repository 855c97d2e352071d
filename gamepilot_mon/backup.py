"""Copies of the store: taken while everything runs, put back while nothing does."""

import os
import secrets
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import msgspec
import peewee

from gamepilot_mon import db
from gamepilot_mon.clock import iso

# The driver that peewee uses: the newer SQLite of the pysqlite3 wheel where it is installed.
sqlite3: Any = peewee.sqlite3  # type: ignore[attr-defined]


JOURNALS = ("-wal", "-shm")
LEAP = 1_000_000
"""ids left out where it is not known which were shown"""
RESTORED = "The store was put back from a copy: what was stored since the copy was made is in it no longer."


class BackupError(Exception):
    """One sentence fit for a console."""


def take(target: Path) -> int:
    """Write a consistent copy of the open store to `target`, and return its bytes.

    SQLite copies page by page from one snapshot, so writers go on meanwhile. The file appears whole or not at all.
    """
    if not target.parent.is_dir():
        raise BackupError(f"cannot write {target}: there is no folder {target.parent}; make it first")
    part = target.with_name(target.name + ".part")
    try:
        part.unlink(missing_ok=True)
        _copy(db.database.connection(), part)
        part.replace(target)
    except (OSError, sqlite3.Error, peewee.DatabaseError) as error:
        with suppress(OSError):
            part.unlink()
        why = error.strerror if isinstance(error, OSError) else error
        raise BackupError(f"cannot write {target}: {why}") from error
    return target.stat().st_size


def _copy(connection: Any, part: Path) -> None:
    part.touch(mode=0o600)
    copy = sqlite3.connect(part)
    try:
        connection.backup(copy)
    finally:
        copy.close()
    _to_disk(part)


def _to_disk(path: Path) -> None:
    with path.open("rb") as written:
        os.fsync(written.fileno())


def check(source: Path) -> None:
    """BackupError unless `source` is a sound copy of a store."""
    if not source.is_file():
        raise BackupError(f"there is no file {source}")
    opened = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
    try:
        verdict = opened.execute("PRAGMA quick_check").fetchone()[0]
        tables = {row[0] for row in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error as error:
        raise BackupError(f"{source} is not a backup: {error}") from error
    finally:
        opened.close()
    if verdict != "ok":
        raise BackupError(f"{source} is damaged: {verdict}")
    if not {"schema_migration", "feed_item", "alert", "fact"} <= tables:
        raise BackupError(f"{source} is a database, but not a backup of this program")


def put_back(source: Path, url: str, now: int) -> Path | None:
    """Make `source` the store of `url`; the store that was there is kept beside it, and its path returned.

    Nothing else may have the store open; it may be damaged or gone, since that is what copies are for. The log gets a
    new epoch, and goes on behind the ids that were shown, so that none means two things and no resume has a hole.
    """
    check(source)
    store = db.path_of(url)
    if not db.database.is_closed():
        db.database.close()
    incoming = store.with_name(store.name + ".incoming")
    try:
        _prepare(source, incoming, _last_shown(store), now)
        kept = _swap(store, incoming, _beside(store, now))
    except (OSError, sqlite3.Error) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise BackupError(f"cannot put {source} back: {why}") from error
    finally:
        with suppress(OSError):
            incoming.unlink(missing_ok=True)
    try:
        db.open_database(url)
    except db.StoreError as error:
        raise BackupError(
            f"{error}; the copy is in its place now, what was there is {kept or 'gone'}"
        ) from error
    return kept


def _prepare(source: Path, incoming: Path, shown: int | None, now: int) -> None:
    """The whole of `incoming`, on disk, before it takes the place of the store."""
    incoming.unlink(missing_ok=True)
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as opened:
        _copy(opened, incoming)
    with closing(sqlite3.connect(incoming)) as copy:
        copied = copy.execute("SELECT MAX(id) FROM feed_item").fetchone()[0] or 0
        # Two above what was shown: whoever resumes is told of a gap then, and shown the states.
        above = max(shown, copied) + 2 if shown is not None else copied + LEAP
        data = msgspec.json.encode({"message": RESTORED, "component": "store"}).decode()
        copy.execute("DELETE FROM feed_item")
        copy.execute(
            "INSERT INTO feed_item (id, event, topic, at, data) VALUES (?, 'system:error', 'system', ?, ?)",
            (above, now, data),
        )
        copy.execute("UPDATE fact SET value = ? WHERE name = 'feed_epoch'", (secrets.token_hex(8),))
        copy.commit()
    _to_disk(incoming)


def _last_shown(store: Path) -> int | None:
    """The newest id of the log of a store that is about to go, with its journal written back; None of one that
    cannot be read, whose journal stays: whoever may write would throw it away where it does not fit."""
    if not store.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as opened:
            shown = int(opened.execute("SELECT MAX(id) FROM feed_item").fetchone()[0] or 0)
        with closing(sqlite3.connect(f"file:{store}?mode=rw", uri=True)) as opened:
            opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error:
        return None
    return shown


def _swap(store: Path, incoming: Path, kept: Path) -> Path | None:
    """At every moment there is a store: the old one stays in its place, under a second name, until the new one is."""
    was_there = store.is_file()
    if was_there:
        os.link(store, kept)
    for suffix in JOURNALS:  # a journal that stays would be replayed onto the copy
        journal = store.with_name(store.name + suffix)
        if journal.exists():
            journal.replace(kept.with_name(kept.name + suffix))
    incoming.replace(store)
    return kept if was_there else None


def _beside(store: Path, now: int) -> Path:
    """Where the store that goes is kept: dated, and never a file that is there, which may be the only original."""
    dated = f"{store.name}.before-restore-{iso(now)[:19].replace(':', '')}Z"
    names = (dated, *(f"{dated}-{number}" for number in range(2, 1_000)))
    return next(path for path in map(store.with_name, names) if not _is_taken(path))


def _is_taken(kept: Path) -> bool:
    return any(kept.with_name(kept.name + suffix).exists() for suffix in ("", *JOURNALS))
