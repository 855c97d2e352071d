"""Explanation: what was known around the moment at which an alert fired, kept with it.

Raw events live for two days and alerts for a month, so what might explain an alert is written down: at once with the
ten minutes before, and once more ten minutes later with what followed. Each member is one small question.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import peewee

from gamepilot_mon import rollups, sketch
from gamepilot_mon.alert_history import Span
from gamepilot_mon.bucket import Bucket
from gamepilot_mon.clock import DAY_MS, MINUTE_MS, iso
from gamepilot_mon.models import Alert, ConfigVersion, Event, Explanation, Note

AROUND_MS = 10 * MINUTE_MS
LOOK_BACK_MS = DAY_MS  # an alert that nobody explained for so long, with the daemon down, is left as it is
MOST = 10  # deploys, configuration changes, other alerts
TOP = 5  # errors, operations, occurrences
SAMPLE = 2_000  # the newest errors that are looked at for their texts
TEXT_MAX = 300


def wanting(now: int, limit: int) -> list[Alert]:
    """Alerts that fired and have no explanation yet, or only its first half; oldest first."""
    rows = _unexplained(now).order_by(Alert.started_at).limit(limit)
    return list(rows.where(Explanation.alert_id.is_null() | (Alert.fired_at <= now - AROUND_MS)))


def next_due(now: int) -> int | None:
    """When the next second half can be written."""
    fired = _unexplained(now).where(Alert.fired_at > now - AROUND_MS).order_by(Alert.fired_at).first()
    return _fired_at(fired) + AROUND_MS if fired else None


def _unexplained(now: int) -> Any:
    half = Explanation.until < Alert.fired_at + AROUND_MS
    return (
        Alert.select()
        .join(Explanation, peewee.JOIN.LEFT_OUTER, on=(Explanation.alert_id == Alert.id))
        .where(
            (Alert.started_at >= now - LOOK_BACK_MS)
            & Alert.fired_at.is_null(False)
            & (Explanation.alert_id.is_null() | half)
        )
    )


def of_alert(alert_id: int) -> dict[str, Any] | None:
    row: Explanation | None = Explanation.get_or_none(Explanation.alert_id == alert_id)
    return None if row is None else row.data


def messages(alert_ids: Sequence[int]) -> dict[int, str]:
    """By alert, what it said when it fired, as far as that is kept."""
    rows: Any = Explanation.select(Explanation.alert_id, Explanation.data)
    found = rows.where(Explanation.alert_id.in_(list(alert_ids))).tuples()
    return {number: data["measured"]["message"] for number, data in found}


def keep(alert: Alert, found: dict[str, Any], now: int) -> None:
    """Write it, inside the caller's write(). What was measured at the start stays as it was first written."""
    before = of_alert(alert.id)
    data = {**found, "measured": before["measured"]} if before else found
    until = min(now, _fired_at(alert) + AROUND_MS)
    Explanation.insert(alert_id=alert.id, at=now, until=until, data=data).on_conflict(
        conflict_target=[Explanation.alert_id], update={Explanation.until: until, Explanation.data: data}
    ).execute()


def explain(alert: Alert, now: int) -> dict[str, Any]:
    """What is known of the ten minutes on both sides of its firing, as far as they have passed."""
    fired_at = _fired_at(alert)
    span = Span(fired_at - AROUND_MS, min(now, fired_at + AROUND_MS) + 1)
    return {
        "from": iso(span.since), "to": iso(span.until - 1),
        "measured": measured(alert),
        "deploys": deploys(span),
        "configChanges": config_changes(span),
        "otherAlerts": other_alerts(alert, span),
        "errors": errors(span),
        "operations": operations(span),
        "past": past(alert),
    }  # fmt: skip


def measured(alert: Alert) -> dict[str, Any]:
    """The value that broke the threshold, and over which window."""
    facts = alert.metadata if alert.origin == "rule" else {}
    return {
        "at": iso(_fired_at(alert)), "severity": alert.severity, "message": alert.message, "value": alert.value,
        "threshold": alert.threshold, "windowMs": facts.get("windowMs"), "samples": facts.get("samples"),
    }  # fmt: skip


def deploys(span: Span, most: int = MOST) -> list[dict[str, Any]]:
    rows = _events("deploy", span).order_by(Event.at.desc()).limit(most)
    return [
        {"at": iso(row.at), "version": row.name, "metadata": (row.data or {}).get("metadata")} for row in rows
    ]


def config_changes(span: Span, most: int = MOST) -> list[dict[str, Any]]:
    inside = (ConfigVersion.created_at >= span.since) & (ConfigVersion.created_at < span.until)
    rows = ConfigVersion.select().where(inside).order_by(ConfigVersion.id.desc()).limit(most)
    return [
        {"at": iso(row.created_at), "version": row.id, "author": row.author, "diff": row.diff} for row in rows
    ]


def other_alerts(alert: Alert, span: Span) -> list[dict[str, Any]]:
    """Those that started in the span, and those that were open already and still are; newest first."""
    # Two questions, since each has an index and both at once have none.
    inside = (Alert.started_at >= span.since) & (Alert.started_at < span.until)
    standing = Alert.ended_at.is_null() & (Alert.started_at < span.since)
    found = [*_others(alert, inside), *_others(alert, standing)][:MOST]
    return [
        {
            "id": row.id, "type": row.type, "severity": row.severity, "message": row.message,
            "labels": row.labels, "startedAt": iso(row.started_at), "endedAt": _iso(row.ended_at),
        }
        for row in found
    ]  # fmt: skip


def _others(alert: Alert, wanted: peewee.Expression) -> list[Alert]:
    rows = Alert.select().where(wanted & Alert.fired_at.is_null(False) & (Alert.id != alert.id))
    return list(rows.order_by(Alert.started_at.desc()).limit(MOST))


def errors(span: Span) -> list[dict[str, Any]]:
    """The most frequent (operation, text) among the newest errors of the span."""
    rows: Any = (
        _events("error", span).select(Event.name, Event.severity, Event.data, Event.at)
        .order_by(Event.at.desc()).limit(SAMPLE)
    )  # fmt: skip
    seen: Counter[tuple[str, str, str]] = Counter()
    newest: dict[tuple[str, str, str], int] = {}
    for name, severity, data, at in rows.tuples():
        key = (name or "", severity or "error", str((data or {}).get("error", ""))[:TEXT_MAX])
        seen[key] += 1
        newest.setdefault(key, at)
    return [
        {"operation": key[0], "severity": key[1], "error": key[2], "count": count, "lastAt": iso(newest[key])}
        for key, count in seen.most_common(TOP)
    ]


def operations(span: Span) -> list[dict[str, Any]]:
    """The operations with the most failures, the slowest first among equals."""
    width = span.until - span.since
    ran = rollups.by_label("operation_duration_ms", width, span.until - 1)
    failed = rollups.by_label("operation_failures", width, span.until - 1)
    found = [_operation(name, bucket, failed.get(name, Bucket()).count) for name, bucket in ran.items()]
    return sorted(found, key=lambda one: (-one["failures"], -one["p95Ms"], one["operation"]))[:TOP]


def _operation(name: str, ran: Bucket, failures: int) -> dict[str, Any]:
    p95 = sketch.quantiles(ran.counts, [0.95])[0]
    return {
        "operation": name, "count": ran.count, "failures": failures, "meanMs": round(ran.mean or 0.0, 1),
        "p95Ms": round(p95 or 0.0, 1),
    }  # fmt: skip


def past(alert: Alert) -> dict[str, Any]:
    """How often this fired before, and what ended it the last times."""
    same = (Alert.fingerprint == alert.fingerprint) & (Alert.id < alert.id) & Alert.fired_at.is_null(False)
    last = list(Alert.select().where(same).order_by(Alert.id.desc()).limit(TOP))
    notes = _notes([row.id for row in last])
    return {
        "count": Alert.select().where(same).count(),
        "last": [_occurrence(row, notes.get(row.id, [])) for row in last],
    }


def _occurrence(row: Alert, notes: list[dict[str, Any]]) -> dict[str, Any]:
    fired_at = _fired_at(row)
    return {
        "id": row.id, "firedAt": iso(fired_at), "endedAt": _iso(row.ended_at),
        "durationMs": row.ended_at - fired_at if row.ended_at is not None else None,
        "acknowledgedBy": row.acknowledged_by, "reason": row.acknowledged_reason, "notes": notes,
    }  # fmt: skip


def _notes(alert_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for note in Note.select().where(Note.alert_id.in_(list(alert_ids))).order_by(Note.id):
        said = {"at": iso(note.at), "author": note.author, "text": note.text}
        found.setdefault(note.alert_id, []).append(said)
    return found


def _fired_at(alert: Alert) -> int:
    return alert.started_at if alert.fired_at is None else alert.fired_at


def _events(kind: str, span: Span) -> Any:
    return Event.select().where((Event.kind == kind) & (Event.at >= span.since) & (Event.at < span.until))


def _iso(ms: int | None) -> str | None:
    return None if ms is None else iso(ms)
