"""Copies of the store: taken while everything runs, put back while nothing does."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

import peewee

from gamepilot_mon import db, feed
from gamepilot_mon.clock import iso
from gamepilot_mon.models import Fact

# The driver that peewee uses: the newer SQLite of the pysqlite3 wheel where it is installed.
sqlite3: Any = peewee.sqlite3  # type: ignore[attr-defined]


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
        _copy(part)
        part.replace(target)
    except (OSError, sqlite3.Error, peewee.DatabaseError) as error:
        with suppress(OSError):
            part.unlink()
        why = error.strerror if isinstance(error, OSError) else error
        raise BackupError(f"cannot write {target}: {why}") from error
    return target.stat().st_size


def _copy(part: Path) -> None:
    part.touch(mode=0o600)
    copy = sqlite3.connect(part)
    try:
        db.database.connection().backup(copy)
    finally:
        copy.close()
    with part.open("rb") as written:
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
    if not {"schema_migration", "feed_item", "alert"} <= tables:
        raise BackupError(f"{source} is a database, but not a backup of this program")


def _beside(store: Path, now: int) -> Path:
    """Where the store that goes is kept: dated, and never a file that is there, which may be the only original."""
    dated = f"{store.name}.before-restore-{iso(now)[:19].replace(':', '')}Z"
    names = (dated, *(f"{dated}-{number}" for number in range(2, 1_000)))
    return next(path for path in map(store.with_name, names) if not path.exists())


def put_back(source: Path, url: str, now: int) -> Path | None:
    """Make `source` the store of `url`; the store that was there is kept beside it, and its path returned.

    Nothing else may have the store open; it may be damaged, since that is what copies are for. The log gets a new
    epoch, and goes on behind the ids that were shown: none of them ever means another item.
    """
    check(source)
    store = db.path_of(url)
    kept = _beside(store, now) if store.exists() else None
    if not db.database.is_closed():
        db.database.close()
    shown = _last_shown(store)
    incoming = store.with_name(store.name + ".incoming")
    try:
        incoming.write_bytes(source.read_bytes())
        if kept is not None:
            _set_aside(store, kept)
        incoming.replace(store)
    except OSError as error:
        incoming.unlink(missing_ok=True)
        raise BackupError(f"cannot put {source} back: {error.strerror}") from error
    db.open_database(url)
    with db.write():
        Fact.update(value=secrets.token_hex(8)).where(Fact.name == "feed_epoch").execute()
        feed.continue_behind(shown, {"message": RESTORED, "component": "store"}, now)
    return kept


def _last_shown(store: Path) -> int:
    """The newest id of the log of a store that is about to go, 0 where it cannot be read.

    Only read: whoever may write would throw a journal away that does not fit a damaged store.
    """
    if not store.exists():
        return 0
    opened = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        return int(opened.execute("SELECT MAX(id) FROM feed_item").fetchone()[0] or 0)
    except sqlite3.Error:
        return 0
    finally:
        opened.close()


def _set_aside(store: Path, kept: Path) -> None:
    """With its journal, if it still has one: a damaged store may be worth nothing without it."""
    for suffix in ("-shm", "-wal", ""):
        part = store.with_name(store.name + suffix)
        if part.exists():
            part.replace(kept.with_name(kept.name + suffix))
