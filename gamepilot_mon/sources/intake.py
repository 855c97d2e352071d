"""Events over HTTP: from untrusted bytes to rows. Pure but for insert()."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from gamepilot_mon import db, pseudonym
from gamepilot_mon.clock import HOUR_MS, MINUTE_MS, parse_iso
from gamepilot_mon.sources import event_rows
from gamepilot_mon.sources.kinds import AnyEvent, Reported, kind_of

EVENTS_MAX = 5_000
AHEAD_MAX_MS = 5 * MINUTE_MS
BEHIND_MS = HOUR_MS  # later than that counts as skew; it is taken all the same
_PART = 500
_CLAMPED = '"clamped":true}'  # written last, and only by us at this depth
LATEST_MS = 253_402_300_799_999  # the end of the year 9999


class Row(NamedTuple):
    """One row of the event table, in the order of its columns."""

    key: str | None
    kind: str
    at: int
    received_at: int
    name: str | None
    value: float | None
    ok: bool | None
    severity: str | None
    user: str | None
    data: str | None


@dataclass(frozen=True, slots=True)
class Rejection:
    """One event that is refused: which of those sent, where in it, and why."""

    index: int
    pointer: str
    detail: str


class Malformed(Exception):
    """The body as a whole cannot be read."""

    def __init__(self, detail: str, pointer: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer


class TooMany(Exception):
    """More events than one request may carry."""


class _Sound(msgspec.Struct, forbid_unknown_fields=True):
    events: list[AnyEvent]


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    events: list[msgspec.Raw]


_sound = msgspec.json.Decoder(_Sound)
_body = msgspec.json.Decoder(_Body)
_kinds = {kind: kind_of(kind) for kind in Reported.__subclasses__()}
_encode = msgspec.json.Encoder().encode
_event: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)

Taken = tuple[list[Row], list[Rejection]]


def rows_of_body(body: bytes, now: int) -> Taken:
    """Malformed or TooMany when nothing of the body can be taken; else the good rows and the bad events."""
    rows: list[Row] = []
    rejected: list[Rejection] = []
    for more, refused in parts_of_body(body, now):
        rows += more
        rejected += refused
    return rows, rejected


def parts_of_body(body: bytes, now: int) -> Iterator[Taken]:
    """As rows_of_body(), a few hundred events at a time, so that a caller can let others run in between."""
    events = sound_events(body)
    if events is None:
        raws = raw_events(body)
        yield from (rows_of_json(raws[at : at + _PART], now, at) for at in range(0, len(raws), _PART))
    else:
        yield from (_rows_of_sound(events[at : at + _PART], now, at) for at in range(0, len(events), _PART))


def sound_events(body: bytes) -> list[AnyEvent] | None:
    """Every event, decoded in one go; None when one of them or the body is not sound."""
    try:
        events = _sound.decode(body).events
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if len(events) > EVENTS_MAX:
        raise TooMany
    return events


def raw_events(body: bytes) -> list[msgspec.Raw]:
    if not body:
        raise Malformed("The body is empty.")
    try:
        events = _body.decode(body).events
    except msgspec.ValidationError as error:
        raise Malformed(*reversed(_pointed(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(str(error)) from None
    if len(events) > EVENTS_MAX:
        raise TooMany
    return events


def _rows_of_sound(events: Iterable[Reported], now: int, first: int) -> Taken:
    rows: list[Row] = []
    rejected: list[Rejection] = []
    for index, event in enumerate(events, first):
        try:
            rows.append(row_of(event, now))
        except _BadTimestamp as error:
            rejected.append(Rejection(index, "/timestamp", str(error)))
    return rows, rejected


def rows_of_json(events: Iterable[msgspec.Raw], now: int, first: int = 0) -> Taken:
    """One by one, for the exact place of what is wrong; `first` is the index of the first of them."""
    rows: list[Row] = []
    rejected: list[Rejection] = []
    for index, raw in enumerate(events, first):
        try:
            rows.append(row_of(_event.decode(raw), now))
        except msgspec.ValidationError as error:
            rejected.append(Rejection(index, *_pointed(error)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            rejected.append(Rejection(index, "", str(error)))
        except _BadTimestamp as error:
            rejected.append(Rejection(index, "/timestamp", str(error)))
    return rows, rejected


def rows_of(events: Iterable[Reported], now: int) -> list[Row]:
    """Rows of events that another source has built and vouches for."""
    return [row_of(event, now) for event in events]


def row_of(event: Reported, now: int) -> Row:
    at, clamped = (now, False) if event.timestamp is None else _moment(event.timestamp, now)
    data = event.data()
    if clamped:
        data["clamped"] = True
    text = _encode(data).decode() if data else None
    key = None if event.id is None else str(event.id)
    name, value, ok, severity, user = event.columns()
    return Row(key, _kinds[type(event)], at, now, name, value, ok, severity, pseudonym.of(user), text)


def is_clamped(row: Row) -> bool:
    return row.data is not None and row.data.endswith(_CLAMPED)


def insert(rows: Sequence[tuple[Any, ...]]) -> int:
    """Rows in the order of Row, inside the caller's write(); returns how many are new.

    A key that is there already is left as it was.
    """
    connection = db.database.connection()
    before = connection.total_changes
    for sql, values in event_rows.statements(rows):
        connection.execute(sql, values)
    new = int(connection.total_changes - before)
    if new:
        db.touch("events")
    return new


class _BadTimestamp(Exception):
    """Neither ISO 8601 nor a sensible number of milliseconds."""


def _moment(timestamp: str | float | int, now: int) -> tuple[int, bool]:
    """Epoch ms and whether it was too far ahead and so became `now`."""
    at = _parsed(timestamp)
    return (now, True) if at > now + AHEAD_MAX_MS else (at, False)


def _parsed(timestamp: str | float | int) -> int:
    try:
        at = parse_iso(timestamp) if isinstance(timestamp, str) else math.floor(timestamp)
    except (ValueError, OverflowError) as error:
        raise _BadTimestamp(str(error)) from None
    if not 0 <= at <= LATEST_MS:
        raise _BadTimestamp("must lie between the years 1970 and 9999")
    return at


_PLACE = re.compile(r"(?P<what>.*) - at `(?:key in )?\$(?P<path>.*)`", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`", re.DOTALL)


def _pointed(error: msgspec.ValidationError) -> tuple[str, str]:
    """(JSON pointer, detail) of msgspec's "… - at `$.a[0]`"; a missing field is pointed at itself."""
    placed = _PLACE.fullmatch(str(error))
    detail, path = (placed["what"], placed["path"]) if placed else (str(error), "")
    pointer = "".join("/" + part for part in re.findall(r"[^.\[\]]+", path.replace("[...]", "")))
    if missing := _MISSING.fullmatch(detail):
        return f"{pointer}/{missing['name']}", "is required"
    if unknown := _UNKNOWN.fullmatch(detail):
        return f"{pointer}/{unknown['name'][:100]}", "is not a field here"
    return pointer, detail[:300]


def described(rejected: Iterable[Rejection]) -> list[dict[str, Any]]:
    """As the answer shows them: [{index, errors: [{pointer, detail}]}]."""
    return [{"index": r.index, "errors": [{"pointer": r.pointer, "detail": r.detail}]} for r in rejected]
