"""Inbox: the alerts that people look through, those that need somebody first, and those of one incident together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

import peewee

from gamepilot_mon import alerts, measures
from gamepilot_mon.clock import iso
from gamepilot_mon.models import Alert, Incident, Note, StoredRule
from gamepilot_mon.muting import Muting
from gamepilot_mon.rules import RANK

State = Literal["open", "acknowledged", "resolved", "all"]
PAGE = 50

Key = tuple[bool, int, int, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts; None is any. `text` is looked for in message, type and labels; `since` is epoch ms."""

    state: State = "open"
    severity: str | None = None
    type: str | None = None
    text: str = ""
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an open alert stands in the order."""

    id: int
    incident: int | None
    key: Key


def page(wanted: Wanted, number: int, now: int) -> dict[str, Any]:
    """The groups of the page `number` (from 1 on), whether more follow, and how many match (None: not counted)."""
    ids, total = _ids(wanted, number)
    rows = _in_order(ids[:PAGE])
    return {
        "groups": _groups(rows, now),
        "shown": len(rows),
        "more": len(ids) > PAGE,
        "total": total,
        "counts": counts(),
    }


def counts() -> dict[str, int]:
    """How many are open, and how many of those somebody owns."""
    rows: Any = (
        Alert.select(Alert.status, peewee.fn.COUNT(Alert.id))
        .where(Alert.standing())
        .group_by(Alert.status)
        .tuples()
    )
    found = dict(rows)
    return {"open": sum(found.values()), "acknowledged": found.get("acknowledged", 0)}


def types(chosen: str | None) -> list[str]:
    """What one may ask for: the rules, and what is open."""
    rules = {row.name for row in StoredRule.select(StoredRule.name)}
    standing: Any = Alert.select(Alert.type).where(Alert.ended_at.is_null()).distinct().tuples()
    return sorted(
        {*measures.BUILT_IN, *rules, *(name for (name,) in standing), *([chosen] if chosen else [])}
    )


def _ids(wanted: Wanted, number: int) -> tuple[list[int], int | None]:
    """Up to one more than a page holds."""
    first = (number - 1) * PAGE
    if wanted.state in ("open", "acknowledged"):
        places = ordered(_places(wanted))
        return [place.id for place in places[first : first + PAGE + 1]], len(places)
    rows: Any = _matching(Alert.select(Alert.id), wanted).order_by(Alert.id.desc())
    return [found for (found,) in rows.offset(first).limit(PAGE + 1).tuples()], None


def _places(wanted: Wanted) -> list[Place]:
    columns = (Alert.id, Alert.incident_id, Alert.status, Alert.severity, Alert.fired_at)
    rows: Any = _matching(Alert.select(*columns), wanted).tuples()
    return [
        Place(number, incident, (status == "acknowledged", -RANK.get(severity, 0), -fired_at, -number))
        for number, incident, status, severity, fired_at in rows
    ]


def ordered(places: Iterable[Place]) -> list[Place]:
    """The worst that nobody owns first; an incident stands where its worst one stands. Pure."""
    best: dict[int, Key] = {}
    known = list(places)
    for place in known:
        if place.incident is not None:
            best[place.incident] = min(place.key, best.get(place.incident, place.key))
    return sorted(known, key=lambda place: (best.get(place.incident or 0, place.key), place.key))


def _matching(rows: Any, wanted: Wanted) -> Any:
    rows = rows.where(_in_state(wanted.state))
    if wanted.severity:
        rows = rows.where(Alert.severity == wanted.severity)
    if wanted.type:
        rows = rows.where(Alert.type == wanted.type)
    if wanted.since is not None:
        rows = rows.where(Alert.started_at >= wanted.since)
    return rows.where(_says(wanted.text)) if wanted.text else rows


def _in_state(state: State) -> peewee.Expression:
    standing = Alert.standing()
    wanted: dict[State, peewee.Expression] = {
        "open": standing,
        "acknowledged": standing & (Alert.status == "acknowledged"),
        "resolved": Alert.ended_at.is_null(False) & Alert.fired_at.is_null(False),
        "all": Alert.fired_at.is_null(False),
    }
    return wanted[state]


def _says(text: str) -> peewee.Expression:
    labels = peewee.Cast(Alert.labels, "TEXT")
    wanted: peewee.Expression = Alert.message.contains(text) | Alert.type.contains(text)
    return wanted | peewee.fn.INSTR(peewee.fn.LOWER(labels), text.lower())


def _in_order(ids: Sequence[int]) -> list[Alert]:
    found = {row.id: row for row in Alert.select().where(Alert.id.in_(list(ids)))}
    return [found[number] for number in ids if number in found]


def entries(rows: Sequence[Alert], now: int) -> list[dict[str, Any]]:
    """Each alert as a row of the inbox."""
    muting, notes = Muting.of(rows, now), _notes([row.id for row in rows])
    return [_entry(row, muting, notes, now) for row in rows]


def _groups(rows: Sequence[Alert], now: int) -> list[dict[str, Any]]:
    """Neighbours of one incident are a group; the incident is None for one that stands alone."""
    titles = _incidents({row.incident_id for row in rows if row.incident_id is not None})
    groups = []
    for number, members in groupby(entries(rows, now), key=lambda row: row["incidentId"] or -row["id"]):
        shown = list(members)
        groups.append({"incident": titles.get(number) if len(shown) > 1 else None, "alerts": shown})
    return groups


def _entry(row: Alert, muting: Muting, notes: dict[int, int], now: int) -> dict[str, Any]:
    muted = muting.muted(row, now) if row.ended_at is None else None
    return {
        **alerts.payload(row),
        "firedAt": iso(row.started_at if row.fired_at is None else row.fired_at),
        "notes": notes.get(row.id, 0),
        "muted": muted and {
            "by": muted.by, "reason": muted.reason, "until": None if muted.until is None else iso(muted.until),
        },
    }  # fmt: skip


def _notes(ids: Sequence[int]) -> dict[int, int]:
    rows: Any = (
        Note.select(Note.alert_id, peewee.fn.COUNT(Note.id))
        .where(Note.alert_id.in_(list(ids)))
        .group_by(Note.alert_id)
        .tuples()
    )
    return dict(rows)


def _incidents(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    rows = Incident.select().where(Incident.id.in_(sorted(ids)))
    return {
        row.id: {"id": row.id, "title": row.title, "severity": row.severity, "alerts": row.alerts}
        for row in rows
    }
