"""What is shown of checks: their heads for the list, the rows of a page, and one check in depth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gamepilot_mon.check_list import Head
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gamepilot_mon.db import database
from gamepilot_mon.identity import fingerprint
from gamepilot_mon.models import Alert, Check
from gamepilot_mon.mutes import Muted
from gamepilot_mon.muting import Muting
from gamepilot_mon.probes import FAILED_AT
from gamepilot_mon.uptime_hours import Hours

LAST = 30  # observations in the bar of a row
LATENCY_POINTS = 96
RECENT = 20
ALERTS = 20
Observed = tuple[int, str, float | None]  # at, state, latency in ms


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch that a check's page shows, in pieces of `width_ms`."""

    name: str
    width_ms: int
    pieces: int

    @property
    def ms(self) -> int:
        return self.width_ms * self.pieces


SPANS = {
    span.name: span
    for span in (
        Span("24h", 30 * MINUTE_MS, 48),
        Span("7d", 2 * HOUR_MS, 84),
        Span("30d", 12 * HOUR_MS, 60),
    )
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list. `uptime` and `coverage` are of the last 24 hours, 0 to 1."""

    check: Check
    last: Sequence[Observed]  # oldest first
    uptime: float | None
    coverage: float
    muted: Muted | None


@dataclass(frozen=True, slots=True)
class Piece:
    since: int
    until: int
    lasted: dict[str, int]  # by state, ms


def state_of(check: Check) -> str:
    if check.paused_at:
        return "paused"
    return str(check.state) if check.observed_at else "pending"


def seen_at(check: Check) -> int | None:
    """When it was looked at last; of a heartbeat, at which only its pings tell anything, when the last of them came."""
    if not check.ping_key:
        return check.observed_at
    known = check.data or {}
    pings = [known[name] for name in ("started_at", "last_ping_at", FAILED_AT) if name in known]
    return max(pings + ([check.observed_at] if check.state == "up" else []), default=None)


def heads() -> list[Head]:
    cursor: Any = database.execute_sql("""
        SELECT child.id, child.name, child.kind,
               CASE WHEN child.paused_at IS NOT NULL THEN 'paused' WHEN child.observed_at IS NULL THEN 'pending'
                    ELSE child.state END,
               COALESCE(parent.name, '')
        FROM "check" AS child LEFT JOIN "check" AS parent ON parent.id = child.depends_on
    """)
    return [Head(*row) for row in cursor.fetchall()]


def rows(found: Sequence[Head], hours: Hours, now: int) -> list[Row]:
    """In the order of the heads."""
    checks = in_order(found)
    muting = _muting([check.name for check in checks], now)
    return [_row(check, hours, muting, now) for check in checks]


def in_order(found: Sequence[Head]) -> list[Check]:
    ids = [head.id for head in found]
    checks = {check.id: check for check in Check.select().where(Check.id.in_(ids))}
    return [checks[id_] for id_ in ids if id_ in checks]


def _row(check: Check, hours: Hours, muting: Muting, now: int) -> Row:
    uptime, coverage = share(hours.lasting(check, now - DAY_MS, now, now))
    return Row(check, _last(check.id, LAST), uptime, coverage, muting.of_check(check.name, now))


def share(lasted: dict[str, int]) -> tuple[float | None, float]:
    """Up against what is known, and how much of the time that is."""
    known = lasted["up"] + lasted["down"]
    whole = known + lasted["unknown"]
    return (lasted["up"] / known if known else None), (known / whole if whole else 0.0)


def muted(check: Check, now: int) -> Muted | None:
    return _muting([check.name], now).of_check(check.name, now)


def _muting(names: Sequence[str], now: int) -> Muting:
    marks = [fingerprint("system_down", {"check": name}) for name in names]
    return Muting.of(Alert.select().where(Alert.fingerprint.in_(marks) & Alert.ended_at.is_null()), now)


def _last(check_id: int, count: int) -> list[Observed]:
    cursor: Any = database.execute_sql(
        "SELECT at, state, latency_ms FROM observation WHERE check_id = ? ORDER BY at DESC LIMIT ?",
        (check_id, count),
    )
    return list(cursor.fetchall())[::-1]


def pieces(check: Check, span: Span, hours: Hours, now: int) -> list[Piece]:
    """Oldest first; the last one ends now."""
    end = (now // span.width_ms + 1) * span.width_ms
    starts = range(end - span.ms, end, span.width_ms)
    edges = [(start, min(start + span.width_ms, now)) for start in starts]
    return [Piece(start, until, hours.lasting(check, start, until, now)) for start, until in edges]


def latency(check: Check, span: Span, now: int) -> list[tuple[int, float | None, float | None]]:
    """(middle of the piece, mean, maximum) in ms, oldest first; None where nothing was measured."""
    width = span.ms // LATENCY_POINTS
    first = now - width * LATENCY_POINTS
    cursor: Any = database.execute_sql(
        "SELECT (at - ?) / ?, AVG(latency_ms), MAX(latency_ms) FROM observation"
        " WHERE check_id = ? AND at >= ? AND at < ? GROUP BY 1",
        (first, width, check.id, first, now),
    )
    found = {number: (mean, most) for number, mean, most in cursor.fetchall()}
    return [
        (first + number * width + width // 2, *found.get(number, (None, None)))
        for number in range(LATENCY_POINTS)
    ]


def recent(check_id: int) -> list[tuple[int, str, float | None, str | None]]:
    """(at, state, latency, error) of the newest observations, newest first."""
    cursor: Any = database.execute_sql(
        "SELECT at, state, latency_ms, error FROM observation WHERE check_id = ? ORDER BY at DESC LIMIT ?",
        (check_id, RECENT),
    )
    return list(cursor.fetchall())


def alerts_of(check: Check) -> list[Alert]:
    mark = fingerprint("system_down", {"check": check.name})
    return list(Alert.select().where(Alert.fingerprint == mark).order_by(Alert.id.desc()).limit(ALERTS))


def children(check: Check) -> list[Check]:
    return list(Check.select().where(Check.depends_on == check.id).order_by(Check.name))
