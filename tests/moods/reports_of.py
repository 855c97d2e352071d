"""What players did as it arrives in the store, and folding it."""

from typing import Any
from zoneinfo import ZoneInfo

from gamepilot_mon import db
from gamepilot_mon.alert_history import Span
from gamepilot_mon.models import Event
from gamepilot_mon.moods import folding

NOW = 1_795_521_600_000  # 2026-11-24T12:00:00Z, a Tuesday
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
UTC = ZoneInfo("UTC")
LAST_DAY = Span(NOW - DAY, NOW + 1)


def mood(
    name: str, at: int, *, user: str = "ann", value: float | None = 0.5, session: str | None = None
) -> Any:
    data = {"session_id": session} if session else None
    return {"kind": "mood_selection", "name": name, "at": at, "user": user, "value": value, "data": data}


def recommended(*games: Any, at: int, user: str = "ann", ok: bool | None = None, **data: Any) -> Any:
    whole = {"recommended_games": list(games), **data}
    return {"kind": "recommendation", "at": at, "user": user, "ok": ok, "data": whole}


def acted(type_: str, at: int, *, user: str = "ann", **data: Any) -> Any:
    return {"kind": "user_action", "name": type_, "at": at, "user": user, "data": data or None}


def launched(game: Any, at: int, user: str = "ann") -> Any:
    return acted("launch", at, user=user, game_id=game)


def learned(name: str, value: float, at: int) -> Any:
    return {"kind": "learning", "name": name, "value": value, "at": at}


def report(*events: Any, now: int = NOW) -> None:
    with db.write():
        for event in events:
            Event.insert({"received_at": now, **event}).on_conflict_ignore().execute()
    while folding.STREAM.pending():
        with db.write():
            folding.fold(now, limit=3)
