"""What the app reported, written straight into the store and folded."""

from typing import Any

from gamepilot_mon import db, rollups
from gamepilot_mon.error_groups import folding as error_groups
from gamepilot_mon.models.event import Event
from gamepilot_mon.moods import folding as moods

NOW = 1_795_521_600_000  # 2026-11-24T12:00:00Z
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def report(*events: dict[str, Any]) -> None:
    with db.write():
        for event in events:
            Event.create(**{"at": NOW - MINUTE, "received_at": NOW - MINUTE, **event})
    with db.write():
        rollups.fold(1000, NOW)
        error_groups.fold(NOW)
        moods.fold(NOW)


def operation(name: str, ms: float, *, ok: bool = True, **more: Any) -> dict[str, Any]:
    return {"kind": "operation", "name": name, "value": ms, "ok": ok, **more}


def error(name: str, text: str, severity: str = "error", **more: Any) -> dict[str, Any]:
    return {"kind": "error", "name": name, "severity": severity, "data": {"error": text}, **more}
