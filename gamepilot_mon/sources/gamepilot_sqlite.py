"""Opens GamePilot's own SQLite file for reading, without ever holding it up or leaving a trace beside it.

A database in WAL mode needs its -shm file even to be read. While GamePilot has the database open, the file is
there. While it has not, SQLite would make one, and one that belongs to this program's user could lock
GamePilot out; then the file is complete by itself and is read as immutable, and what was read counts only
when nobody opened it meanwhile.
"""

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gamepilot_mon.sources import gamepilot_tables
from gamepilot_mon.sources.gamepilot_schema import Found, Unreadable, quoted
from gamepilot_mon.sources.gamepilot_tables import plain

BUSY_TIMEOUT_S = 1.0
READ_MS = 2_000
_STEPS = 10_000  # virtual machine steps between two looks at the clock
_WAL_VERSION = 2
_VERSION_AT = 18  # offset of the write version in the header

Stamp = tuple[int, int, int, int, bool]


class SqliteConnection:
    """One open connection as the reading of tables wants it."""

    marker = "?"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Sequence[tuple[Any, ...]]:
        return self._connection.execute(sql, parameters).fetchall()

    def tables(self) -> Mapping[str, Found]:
        names = self._names()
        wanted = {plain(name): names[plain(name)] for name in gamepilot_tables.NAMES if plain(name) in names}
        return {key: self._found(name) for key, name in wanted.items()}

    def ping(self) -> None:
        self.rows("SELECT 1 FROM sqlite_master LIMIT 1")  # SELECT 1 alone reads no page

    def names(self, wanted: Sequence[str]) -> Mapping[str, str]:
        names = self._names()
        return {name: quoted(names[plain(name)]) for name in wanted if plain(name) in names}

    def count(self, table: str, _most: int) -> tuple[int, bool] | None:
        rows = self.value(f"SELECT COUNT(*) FROM {table}")
        return None if rows is None else (int(rows), False)

    def value(self, sql: str) -> Any:
        """None without a row, without the column, or when the time is up."""
        try:
            rows = self.rows(sql)
        except sqlite3.OperationalError:
            return None
        return rows[0][0] if rows else None

    def _names(self) -> dict[str, str]:
        there = self.rows("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        return {plain(str(name)): str(name) for (name,) in there}

    def _found(self, name: str) -> Found:
        known = next(table for table in gamepilot_tables.TABLES if plain(table.name) == plain(name))
        present = [str(row[1]) for row in self.rows(f"PRAGMA table_info({quoted(name)})")]
        columns = {
            column: _cut(quoted(column)) if gamepilot_tables.is_long(known, column) else quoted(column)
            for column in present
        }
        identity = next((quoted(column) for column in present if plain(column) == "id"), None)
        if not self._has_rowid(name):
            return Found(quoted(name), columns, None, identity)
        return Found(quoted(name), columns, "rowid", f"coalesce({identity}, rowid)" if identity else "rowid")

    def _has_rowid(self, name: str) -> bool:
        try:
            self._connection.execute(f"SELECT rowid FROM {quoted(name)} LIMIT 0")
        except sqlite3.OperationalError as error:
            if "rowid" not in str(error):
                raise
            return False
        return True


def _cut(column: str) -> str:
    """Only the beginning of a long text; what is no text stays as it is, but for a blob, which is never read."""
    return (
        f"CASE typeof({column}) WHEN 'text' THEN substr({column}, 1, {gamepilot_tables.READ_MAX})"
        f" WHEN 'blob' THEN x'' ELSE {column} END"
    )


class SqliteDatabase:
    """A SQLite file as a source: opened for each poll, with a connection beside it that notices changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._watch = Watch(path)

    def changed(self) -> bool:
        return self._watch.changed()

    @contextmanager
    def reading(self) -> Iterator[SqliteConnection]:
        with reading(self._path) as connection:
            limit_time(connection, READ_MS)
            yield SqliteConnection(connection)

    def close(self) -> None:
        self._watch.close()


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads, closed at the end; every SQLite error comes out as Unreadable."""
    immutable = False
    try:
        before = stamp(path)
        immutable = _is_alone(path)
        connection = connect(path, immutable=immutable)
        try:
            yield connection
        finally:
            connection.close()
        if immutable and stamp(path) != before:
            raise Unreadable(f"{path} was opened by its owner just now; it is read again at the next try")
    except sqlite3.Error as error:
        raise Unreadable(_sentence(path, error)) from error
    except OSError as error:
        raise Unreadable(_trouble(path, error)) from error


def connect(path: Path, *, immutable: bool = False) -> sqlite3.Connection:
    query = "mode=ro&immutable=1" if immutable else "mode=ro"
    uri = f"file:{quote(str(path.absolute()))}?{query}"
    connection = sqlite3.connect(
        uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    connection.text_factory = lambda found: found.decode("utf-8", "replace")
    connection.execute("PRAGMA query_only = 1")
    return connection


def limit_time(connection: sqlite3.Connection, milliseconds: int) -> None:
    """Interrupt whatever runs on `connection` once the time is up."""
    ends_at = time.monotonic() + milliseconds / 1000
    connection.set_progress_handler(lambda: int(time.monotonic() >= ends_at), _STEPS)


class Watch:
    """Notices that the database was written to, at the price of a stat and a pragma (some µs)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._seen: object = None

    def changed(self) -> bool:
        """Whether anything may have changed since the last call; True also when it cannot be told."""
        try:
            now = self._look()
        except (OSError, sqlite3.Error):
            self.close()
            return True
        before, self._seen = self._seen, now
        return now != before

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._seen = None

    def _look(self) -> object:
        found = stamp(self._path)
        if self._connection is None and _is_alone(self._path):
            return found
        file = found[:2]
        if self._file != file:
            self.close()
        if self._connection is None:
            self._connection = connect(self._path)
            self._connection.execute("PRAGMA busy_timeout = 0")
            self._file = file
        return file, self._connection.execute("PRAGMA data_version").fetchone()[0]


def stamp(path: Path) -> Stamp:
    """Changes when the file is replaced, written or opened for writing; raises OSError when it is gone."""
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, _beside(path, "-wal").exists()


def _is_alone(path: Path) -> bool:
    """In WAL mode, not open anywhere, and a -shm of ours would not be GamePilot's to write."""
    if _beside(path, "-shm").exists() or _beside(path, "-wal").exists():
        return False
    owner = path.stat().st_uid
    return os.geteuid() not in (0, owner) and _in_wal_mode(path)


def _in_wal_mode(path: Path) -> bool:
    with path.open("rb") as file:
        header = file.read(_VERSION_AT + 1)
    return len(header) > _VERSION_AT and header[_VERSION_AT] == _WAL_VERSION


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _trouble(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"GamePilot's database {path} does not exist"
    return f"GamePilot's database {path} cannot be read: {(error.strerror or 'error').lower()}"


def _sentence(path: Path, error: sqlite3.Error) -> str:
    text = str(error)
    if path.is_dir():
        return f"GamePilot's database {path} is a folder, not a file"
    if "not a database" in text or "malformed" in text:
        return f"{path} is not a sound SQLite database"
    if "locked" in text:
        return f"GamePilot's database {path} is locked by another program for over {BUSY_TIMEOUT_S:g} s"
    if "interrupted" in text:
        return f"GamePilot's database {path} took too long to answer"
    if "unable to open" in text or "readonly" in text:
        return (
            f"GamePilot's database {path} cannot be opened: this program's user needs to read it"
            " and, in WAL mode, its -wal and -shm files"
        )
    return f"GamePilot's database {path} cannot be read: {text}"
