"""Errors as they arrive in the store, and folding them."""

from typing import Any

from gamepilot_mon import db
from gamepilot_mon.error_groups import folding
from gamepilot_mon.error_groups.folding import Folded
from gamepilot_mon.models import ErrorGroup, Event

NOW = 1_795_521_600_000  # 2026-11-24T12:00:00Z
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

NODE = """Error: boom
    at loadPlayer (/srv/app/dist/players/load.js:41:13)
    at async Session.open (/srv/app/dist/session.js:7:3)
    at processTicksAndRejections (node:internal/process/task_queues:95:5)
"""


def failed(text: str, *, at: int = NOW - MINUTE, operation: str = "login", **more: Any) -> dict[str, Any]:
    """An event of kind error; `stack` and `metadata` go into its data."""
    data = {"error": text, "stack_trace": more.pop("stack", None), "metadata": more.pop("metadata", None)}
    shown = {name: value for name, value in data.items() if value is not None}
    return {"kind": "error", "at": at, "name": operation, "severity": "error", "data": shown, **more}


def deployed(version: str, at: int) -> dict[str, Any]:
    return {"kind": "deploy", "at": at, "name": version}


def arrive(*events: dict[str, Any]) -> None:
    with db.write():
        for event in events:
            Event.insert({"received_at": NOW, **event}).on_conflict_ignore().execute()


def fold(now: int = NOW) -> Folded:
    """Everything that waits."""
    whole = Folded()
    while True:
        with db.write():
            part = folding.fold(now, limit=3)
        whole.events += part.events
        whole.fresh += part.fresh
        whole.returned += part.returned
        if not part.more:
            return whole


def report(*events: dict[str, Any]) -> Folded:
    arrive(*events)
    return fold()


def only() -> ErrorGroup:
    [group] = ErrorGroup.select()
    return group
