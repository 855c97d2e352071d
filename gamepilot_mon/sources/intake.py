"""Events over HTTP: from untrusted bytes to rows. Pure but for insert()."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from gamepilot_mon import db, pseudonym
from gamepilot_mon.clock import MINUTE_MS, parse_iso
from gamepilot_mon.sources.kinds import AnyEvent, Reported, kind_of, text_of

EVENTS_MAX = 5_000
AHEAD_MAX_MS = 5 * MINUTE_MS
LATEST_MS = 253_402_300_799_999  # the end of the year 9999

_INSERT = (
    "INSERT INTO event (key, kind, at, received_at, name, value, ok, severity, user, data)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING"
)


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


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    events: list[msgspec.Raw]


_body = msgspec.json.Decoder(_Body)
_event: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def rows_of_body(body: bytes, now: int) -> tuple[list[Row], list[Rejection]]:
    """Malformed or TooMany when nothing of the body can be taken; else the good rows and the bad events."""
    return rows_of_json(raw_events(body), now)


def raw_events(body: bytes) -> list[msgspec.Raw]:
    try:
        events = _body.decode(body).events
    except msgspec.ValidationError as error:
        raise Malformed(*reversed(_pointed(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(str(error)) from None
    if len(events) > EVENTS_MAX:
        raise TooMany
    return events


def rows_of_json(events: Iterable[msgspec.Raw], now: int) -> tuple[list[Row], list[Rejection]]:
    rows: list[Row] = []
    rejected: list[Rejection] = []
    for index, raw in enumerate(events):
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
    at, clamped = _moment(event.timestamp, now)
    data = {name: value for name, value in event.data().items() if value is not None}
    if clamped:
        data["clamped"] = True
    text = msgspec.json.encode(data).decode() if data else None
    columns = event.columns()
    columns = columns._replace(user=pseudonym.of(columns.user))
    return Row(text_of(event.id), kind_of(event), at, now, *columns, text)


def insert(rows: Sequence[Row]) -> None:
    """Inside the caller's write(). A key that is there already is left as it was."""
    db.database.connection().executemany(_INSERT, rows)
    db.touch("events")


class _BadTimestamp(Exception):
    """Neither ISO 8601 nor a sensible number of milliseconds."""


def _moment(timestamp: str | float | int | None, now: int) -> tuple[int, bool]:
    """Epoch ms and whether it was too far ahead and so became `now`."""
    if timestamp is None:
        return now, False
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
        return f"{pointer}/{unknown['name'][:100]}", "is not a field of this kind of event"
    return pointer, detail[:300]


def described(rejected: Iterable[Rejection]) -> list[dict[str, Any]]:
    """As the answer shows them: [{index, errors: [{pointer, detail}]}]."""
    return [{"index": r.index, "errors": [{"pointer": r.pointer, "detail": r.detail}]} for r in rejected]
