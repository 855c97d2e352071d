"""Lifecycle: what became of one alert, step by step: breached, fired, told, acknowledged, written to, ended."""

from collections.abc import Iterator, Sequence
from typing import Any

from gamepilot_mon import ledger
from gamepilot_mon.clock import iso, parse_iso
from gamepilot_mon.ledger import Wanted
from gamepilot_mon.models import Alert, Note

DELIVERIES_MOST = 200

Step = dict[str, Any]


def of(alert: Alert) -> list[Step]:
    """Oldest first; of thousands of messages the newest ones."""
    messages = ledger.deliveries(Wanted(alert=alert.id, limit=DELIVERIES_MOST))
    return steps(alert, Note.of_alert(alert.id), messages)


def steps(alert: Alert, notes: Sequence[Note], messages: Sequence[dict[str, Any]]) -> list[Step]:
    """{at, kind, text, by} of each, with `message` where one was owed. Pure."""
    found = [*_own(alert), *(_written(note) for note in notes), *_told(messages)]
    return sorted(found, key=lambda step: parse_iso(step["at"]))


def _own(alert: Alert) -> Iterator[Step]:
    if alert.fired_at is None or alert.fired_at > alert.started_at:
        yield _step(alert.started_at, "breached")
    if alert.fired_at is not None:
        yield _step(alert.fired_at, "fired")
    if alert.acknowledged_at is not None:
        until = {} if alert.acknowledged_until is None else {"until": iso(alert.acknowledged_until)}
        text, owner = alert.acknowledged_reason, alert.acknowledged_by
        yield {**_step(alert.acknowledged_at, "acknowledged", text, owner), **until}
    if alert.ended_at is not None:
        yield _step(alert.ended_at, "ended", alert.message)


def _written(note: Note) -> Step:
    return _step(note.at, "note", note.text, note.author)


def _told(messages: Sequence[dict[str, Any]]) -> Iterator[Step]:
    for message in messages:
        kind = {"escalated": "worse", "deescalated": "milder"}.get(message["change"], "told")
        yield {
            "at": message["createdAt"], "kind": kind, "text": None, "by": message["channel"], "message": message,
        }  # fmt: skip


def _step(at: int, kind: str, text: str | None = None, by: str | None = None) -> Step:
    return {"at": iso(at), "kind": kind, "text": text, "by": by}
