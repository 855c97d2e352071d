"""Opens GamePilot's own PostgreSQL database for reading: short statements, each a transaction of its own.

The session is read-only and its statements have a time limit, both asked for at the start of the connection, so
nothing is left behind in a server that many share. Needs psycopg, which is imported at first use.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from gamepilot_mon.sources import gamepilot_tables
from gamepilot_mon.sources.gamepilot_schema import Found, Unmeasurable, Unreadable
from gamepilot_mon.sources.gamepilot_tables import plain

if TYPE_CHECKING:
    import psycopg

CONNECT_TIMEOUT_S = 5
STATEMENT_TIMEOUT_MS = 5_000
RETRY_EVERY_S = 5.0
HOW_TO_INSTALL = "pip install 'gamepilot-mon[postgresql]'"
NOT_INSTALLED = f"reading a PostgreSQL database needs psycopg, which is not installed: {HOW_TO_INSTALL}"
APPLICATION = "gamepilot-mon"

# As text: PostgreSQL knows moments that Python does not, and JSON is read by our own limits.
_AS_TEXT = ("timestamptz", "timestamp", "date", "json", "jsonb", "uuid")
_WHOLE = frozenset({"smallint", "integer", "bigint"})
_TEXTS = frozenset({"text", "character varying", "json", "jsonb"})

_COLUMNS = """
    SELECT n.nspname, c.relname, a.attname, format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL),
        has_column_privilege(c.oid, a.attnum, 'SELECT')
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
        AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
        AND has_schema_privilege(n.oid, 'USAGE')
        AND lower(replace(c.relname, '_', '')) = ANY(%s)
    ORDER BY pg_table_is_visible(c.oid) DESC, c.relname = ANY(%s) DESC, n.nspname, c.relname, a.attnum
"""

# A partitioned table has no rows of its own; those of its partitions are estimated one by one.
_ESTIMATE = """
    SELECT greatest(c.reltuples, (
        SELECT sum(greatest(p.reltuples, 0)) FROM pg_catalog.pg_inherits i
        JOIN pg_catalog.pg_class p ON p.oid = i.inhrelid WHERE i.inhparent = c.oid
    ), 0)::bigint FROM pg_catalog.pg_class c WHERE c.oid = %s::regclass
"""


def is_installed() -> bool:
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return False
    return True


class PostgresConnection:
    """A connection that only reads. One thread uses it at a time."""

    marker = "%s"

    def __init__(self, url: str, *, statement_timeout_ms: int = STATEMENT_TIMEOUT_MS) -> None:
        self._url = url
        self._connection = _connect(url, statement_timeout_ms)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Sequence[tuple[Any, ...]]:
        with failing(self._url):
            return self._connection.execute(sql, parameters).fetchall()

    def tables(self, names: Sequence[str] = gamepilot_tables.NAMES) -> Mapping[str, Found]:
        columns: dict[tuple[str, str], dict[str, tuple[str, bool]]] = defaultdict(dict)
        for schema, table, column, kind, readable in self.rows(
            _COLUMNS, ([plain(name) for name in names], list(names))
        ):
            columns[schema, table][column] = (kind, readable)
        found: dict[str, Found] = {}
        for (schema, table), described in columns.items():
            found.setdefault(plain(table), _found(schema, table, described))
        return found

    def snapshot(self) -> str:
        """Changes whenever any transaction that wrote is committed, anywhere on this server."""
        return str(self.rows("SELECT txid_current_snapshot()::text")[0][0])

    def ping(self) -> None:
        self.rows("SELECT 1 FROM pg_catalog.pg_class LIMIT 1")

    def names(self, wanted: Sequence[str]) -> Mapping[str, str]:
        found = self.tables(wanted)
        return {
            name: found[plain(name)].sql
            for name in wanted
            if plain(name) in found and found[plain(name)].columns
        }

    def count(self, table: str, most: int) -> tuple[int, bool] | None:
        """Counted up to `most`; beyond it, what the server estimates."""
        estimate = int(self.value(_ESTIMATE, (table.replace("%%", "%"),)) or 0)
        if estimate > most:
            return estimate, True
        counted = self.value(f"SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {most + 1}) AS counted")
        if counted is None or counted <= most:
            return None if counted is None else (int(counted), False)
        return max(int(counted), estimate), True

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """None without a row, without the column, or when the time is up."""
        try:
            rows = self.rows(sql, parameters)
        except Unreadable:
            if self._connection.closed:
                raise
            return None
        return rows[0][0] if rows else None

    def close(self) -> None:
        self._connection.close()


class PostgresDatabase:
    """A PostgreSQL database as a source: one connection, made again after any trouble."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: PostgresConnection | None = None
        self._seen = ""
        self._again_at = 0.0

    def changed(self) -> bool:
        """Whether a transaction may have been committed since the last call; one small statement."""
        if self._connection is None:
            return time.monotonic() >= self._again_at
        try:
            now = self._connection.snapshot()
        except Unreadable:
            self.close()
            return True
        before, self._seen = self._seen, now
        return now != before

    @contextmanager
    def reading(self) -> Iterator[PostgresConnection]:
        try:
            if self._connection is None:
                self._connection = PostgresConnection(self._url)
            yield self._connection
        except Unreadable:
            self.close()
            self._again_at = time.monotonic() + RETRY_EVERY_S
            raise

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self._seen = None, ""


def _found(schema: str, table: str, described: Mapping[str, tuple[str, bool]]) -> Found:
    known = next((known for known in gamepilot_tables.TABLES if plain(known.name) == plain(table)), None)
    readable = {column: kind for column, (kind, may) in described.items() if may}
    columns = {}
    for column, kind in readable.items():
        sql = quoted(column)
        if known and kind in _TEXTS and gamepilot_tables.is_long(known, column):
            sql = f"left({sql}::text, {gamepilot_tables.READ_MAX})"
        columns[column] = sql
    identity = next((column for column in readable if plain(column) == "id"), None)
    number = quoted(identity) if identity is not None and readable[identity] in _WHOLE else None
    sql = f"{quoted(schema)}.{quoted(table)}"
    by_content = f"md5({quoted(table)}::text)" if len(readable) == len(described) else None
    withheld = tuple(column for column, (_, may) in described.items() if not may)
    return Found(sql, columns, number, quoted(identity) if identity else by_content, withheld)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""').replace("%", "%%") + '"'


def _connect(url: str, statement_timeout_ms: int) -> "psycopg.Connection[tuple[Any, ...]]":
    try:
        import psycopg
        from psycopg.types.numeric import FloatLoader
        from psycopg.types.string import TextLoader
    except ImportError as error:
        raise Unmeasurable(NOT_INSTALLED) from error
    with failing(url):
        connection = psycopg.connect(**_parameters(url, statement_timeout_ms), autocommit=True)
    connection.prepare_threshold = None  # a column that changes its type would break a prepared statement
    for kind in _AS_TEXT:
        connection.adapters.register_loader(kind, TextLoader)
    connection.adapters.register_loader("numeric", FloatLoader)
    return connection


def _parameters(url: str, statement_timeout_ms: int) -> dict[str, Any]:
    """What the URL says, and what it leaves open."""
    from psycopg.conninfo import conninfo_to_dict

    asked = (
        "-c default_transaction_read_only=on"
        f" -c statement_timeout={statement_timeout_ms} -c lock_timeout=1000"
        " -c timezone=UTC -c datestyle=ISO"
    )
    ours = {
        "connect_timeout": CONNECT_TIMEOUT_S, "application_name": APPLICATION, "client_encoding": "utf8",
        "keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000,
    }  # fmt: skip
    given = {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
    options = f"{given.get('options', '')} {asked}".strip()
    return {**ours, **given, "options": options}


@contextmanager
def failing(url: str) -> Iterator[None]:
    """Every error of psycopg comes out as Unreadable, without the password."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        kind = Unmeasurable if _is_ours(error) else Unreadable
        raise kind(_sentence(url, error)) from None


def _is_ours(error: Exception) -> bool:
    """The URL was refused before anybody was asked."""
    import psycopg

    return isinstance(error, psycopg.ProgrammingError) and error.sqlstate is None


def _sentence(url: str, error: Exception) -> str:
    import psycopg
    from psycopg import errors

    database = f"GamePilot's database {shown(url)}"
    if isinstance(error, errors.QueryCanceled | errors.LockNotAvailable):
        return f"{database} took too long to answer"
    if _is_ours(error):
        return f"{database} cannot be reached: the URL has something that PostgreSQL does not know"
    if isinstance(error, errors.InsufficientPrivilege):
        return f"{database}: this user lacks a right: {first_line(url, error)}"
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        return f"{database} cannot be reached: {first_line(url, error)}"
    return f"{database} cannot be read: {first_line(url, error)}"


def first_line(url: str, error: Exception) -> str:
    """The first line of what the server said; the password, should it be in it, is masked."""
    text = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
    for secret in _secrets(url):
        text = text.replace(secret, "***")
    return text


def _secrets(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    for name, value in (("password", parts.password), *parse_qsl(parts.query)):
        if value and "pass" in name:
            yield from (value, unquote(value))


def shown(url: str) -> str:
    """host/name, without who signs in."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"
