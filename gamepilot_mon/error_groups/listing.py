"""Listing: the groups that people look for, a page at a time, and everything about one of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import peewee

from gamepilot_mon.clock import DAY_MS, HOUR_MS, iso
from gamepilot_mon.error_groups import trends
from gamepilot_mon.error_groups.standing import standing, stands
from gamepilot_mon.models import ErrorAction, ErrorGroup, ErrorHour, ErrorSample, ErrorVersion

Sort = Literal["last_seen", "count", "first_seen"]

STANDINGS = ("open", "new", "regressed", "ongoing", "resolved", "ignored")
OPERATIONS = 200

COLUMNS = (
    "id", "fingerprint", "operation", "title", "severity", "state", "standing", "count", "last24h", "users",
    "firstSeen", "lastSeen", "regressions", "regressedAt", "resolvedAt", "resolvedVersion",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """`state`: open, or a standing. `after`: the cursor that a page gave, "<value of the sort column>:<id>"."""

    state: str | None = None
    operation: str | None = None
    severity: str | None = None
    text: str | None = None
    hours: int | None = None
    sort: Sort = "last_seen"
    after: str | None = None
    limit: int = 50


class BadCursor(ValueError):
    """Not a cursor that a page gave."""


def page(wanted: Wanted, now: int) -> tuple[list[dict[str, Any]], str | None]:
    """The groups, and the cursor of the next page."""
    column: Any = getattr(ErrorGroup, wanted.sort)
    query = ErrorGroup.select().order_by(column.desc(), ErrorGroup.id.desc()).limit(wanted.limit)
    for condition in _conditions(wanted, now):
        query = query.where(condition)
    rows = list(query)
    recent = _last24h([row.id for row in rows], now)
    last = rows[-1] if len(rows) == wanted.limit else None
    following = f"{getattr(last, wanted.sort)}:{last.id}" if last else None
    return [document(row, recent.get(row.id, 0), now) for row in rows], following


def counts(now: int) -> dict[str, int]:
    """How many groups there are of each standing, and open in all."""
    return {name: ErrorGroup.select().where(stands(name, now)).count() for name in STANDINGS}


def operations() -> list[str]:
    """Those with the most errors, by name."""
    total = peewee.fn.SUM(ErrorGroup.count)
    rows: Any = ErrorGroup.select(ErrorGroup.operation).group_by(ErrorGroup.operation)
    return sorted(name for (name,) in rows.order_by(total.desc()).limit(OPERATIONS).tuples() if name)


def _conditions(wanted: Wanted, now: int) -> Iterable[Any]:
    if wanted.state:
        yield stands(wanted.state, now)
    if wanted.operation:
        yield ErrorGroup.operation == wanted.operation
    if wanted.severity:
        yield ErrorGroup.severity == wanted.severity
    if wanted.text:
        yield _holds(wanted.text)
    if wanted.hours:
        yield ErrorGroup.last_seen >= now - wanted.hours * HOUR_MS
    if wanted.after:
        column: Any = getattr(ErrorGroup, wanted.sort)
        value, id_ = _cursor(wanted.after)
        yield (column < value) | ((column == value) & (ErrorGroup.id < id_))


def _holds(text: str) -> Any:
    """Without regard to the case of ASCII letters; the text is no pattern."""
    fields = (ErrorGroup.title, ErrorGroup.operation, ErrorGroup.frames)
    title, operation, frames = (peewee.fn.INSTR(peewee.fn.LOWER(field), text.lower()) > 0 for field in fields)
    return title | operation | frames


def _cursor(text: str) -> tuple[int, int]:
    try:
        value, id_ = text.split(":")
        return int(value), int(id_)
    except ValueError:
        raise BadCursor("is not a cursor of a page") from None


def _last24h(ids: list[int], now: int) -> dict[int, int]:
    wanted = ErrorHour.group_id.in_(ids) & (ErrorHour.hour > now - DAY_MS)
    count = peewee.fn.SUM(ErrorHour.count)
    rows: Any = ErrorHour.select(ErrorHour.group_id, count).where(wanted).group_by(ErrorHour.group_id)
    return dict(rows.tuples())


def document(group: ErrorGroup, last24h: int, now: int) -> dict[str, Any]:
    return {
        "id": group.id, "fingerprint": group.fingerprint, "operation": group.operation, "title": group.title,
        "severity": group.severity, "state": group.state, "standing": standing(group, now),
        "count": group.count, "last24h": last24h, "users": group.users, "firstSeen": iso(group.first_seen),
        "lastSeen": iso(group.last_seen), "regressions": group.regressions,
        "regressedAt": _iso(group.regressed_at), "resolvedAt": _iso(group.resolved_at),
        "resolvedVersion": group.resolved_version,
    }  # fmt: skip


def detail(group: ErrorGroup, hours: int, now: int) -> dict[str, Any]:
    """One group with its trend by hour, samples, versions, and who decided what."""
    return {
        **document(group, _last24h([group.id], now).get(group.id, 0), now),
        "stack": group.frames,
        "trend": _trend(group.id, hours, now),
        "samples": [_sample(row) for row in _samples(group.id)],
        "versions": [_version(row) for row in _versions(group.id)],
        "actions": [_action(row) for row in _actions(group.id)],
    }


def _trend(group_id: int, hours: int, now: int) -> list[dict[str, Any]]:
    """Every hour of the span, oldest first, also those without an error."""
    counts = trends.by_hour([group_id], hours, now)[group_id]
    return [
        {"hour": iso(hour), "count": n} for hour, n in zip(trends.starts(hours, now), counts, strict=True)
    ]


def _samples(group_id: int) -> list[ErrorSample]:
    """Newest first; one event may be the first and the last at once, and is shown once."""
    rows = ErrorSample.select().where(ErrorSample.group_id == group_id).order_by(ErrorSample.at.desc())
    return list({row.event_id: row for row in rows}.values())


def _versions(group_id: int) -> list[ErrorVersion]:
    return list(
        ErrorVersion.select()
        .where(ErrorVersion.group_id == group_id)
        .order_by(ErrorVersion.last_seen.desc())
        .limit(100)
    )


def _actions(group_id: int) -> list[ErrorAction]:
    return list(
        ErrorAction.select()
        .where(ErrorAction.group_id == group_id)
        .order_by(ErrorAction.id.desc())
        .limit(100)
    )


def _sample(row: ErrorSample) -> dict[str, Any]:
    return {
        "at": iso(row.at), "severity": row.severity, "user": row.user, "version": row.version,
        "error": row.message, "stack": row.stack, "metadata": row.metadata,
    }  # fmt: skip


def _version(row: ErrorVersion) -> dict[str, Any]:
    return {
        "version": row.version, "count": row.count, "firstSeen": iso(row.first_seen),
        "lastSeen": iso(row.last_seen),
    }  # fmt: skip


def _action(row: ErrorAction) -> dict[str, Any]:
    return {"at": iso(row.at), "who": row.who, "action": row.action, "version": row.version, "note": row.note}


def _iso(ms: int | None) -> str | None:
    return None if ms is None else iso(ms)
