"""Annotations: what happened in a span that a chart over it should show: alerts, deploys, configuration changes."""

from collections.abc import Sequence
from typing import Any

from gamepilot_mon import alert_history, explanation
from gamepilot_mon.alert_history import Span
from gamepilot_mon.clock import iso
from gamepilot_mon.models import Alert, Release

MOST = 200  # of each kind, the newest


def between(span: Span) -> list[dict[str, Any]]:
    """Oldest first: `kind` (alert, deploy or config), `at`, `text`; of an alert also `id, severity, endedAt`."""
    found = [*_alerts(span), *deploys(span), *_config_changes(span)]
    return sorted(found, key=lambda one: (one["at"], one["kind"]))


def _alerts(span: Span) -> list[dict[str, Any]]:
    rows = list(Alert.select().where(alert_history.fired(span)).order_by(Alert.started_at.desc()).limit(MOST))
    said = explanation.messages([row.id for row in rows])  # that of an alert which is over says how it ended
    return [
        {
            "kind": "alert", "at": iso(row.fired_at or row.started_at), "text": said.get(row.id, row.message),
            "id": row.id, "severity": row.severity, "endedAt": iso(row.ended_at) if row.ended_at is not None else None,
        }
        for row in rows
    ]  # fmt: skip


def deploys(span: Span) -> list[dict[str, Any]]:
    """Events of deploys tell at once, releases are kept longer."""
    told = {(one["at"], one["version"]) for one in explanation.deploys(span, MOST)}
    inside = (Release.at >= span.since) & (Release.at < span.until)
    kept = Release.select().where(inside).order_by(Release.at.desc()).limit(MOST)
    told |= {(iso(row.at), row.version) for row in kept}
    return [
        {"kind": "deploy", "at": at, "text": version or ""} for at, version in sorted(told, key=str)[-MOST:]
    ]


def _config_changes(span: Span) -> list[dict[str, Any]]:
    return [
        {"kind": "config", "at": one["at"], "text": _change(one), "id": one["version"]}
        for one in explanation.config_changes(span, MOST)
    ]


def _change(one: dict[str, Any]) -> str:
    members = changed(one["diff"])
    return f"{one['author']}: {members}" if members else str(one["author"])


def changed(diff: Sequence[dict[str, Any]]) -> str:
    """The members of the configuration that a version changed, in words."""
    return ", ".join(entry["pointer"].lstrip("/") for entry in diff)
