"""Folding: new events of players into tallies, transitions, the funnel and who was seen, inside one write()."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gamepilot_mon import db
from gamepilot_mon.clock import HOUR_MS
from gamepilot_mon.moods import funnel, transitions
from gamepilot_mon.moods.people import Sightings
from gamepilot_mon.moods.tallies import PULSE_MS, UNRATED, Tallies
from gamepilot_mon.moods.transitions import Step
from gamepilot_mon.stream import Row, Stream

STREAM = Stream("moods", ("mood_selection", "user_action", "recommendation", "learning"))
BATCH = 2_000

# What comes later than this after it happened is counted, but no transition or launch is looked for.
STEPS_KEPT_MS = 48 * HOUR_MS

MOOD_NAMES = ("primaryMood", "primary_mood", "mood", "name")
CAUSE_NAMES = ("trigger", "triggeredBy", "triggered_by")


class _Data(msgspec.Struct):
    session_id: Any = None
    game_id: Any = None
    mood_context: Any = None
    recommended_games: Any = None
    clicked_game_id: Any = None
    metadata: Any = None


_data = msgspec.json.Decoder(_Data)
_NOTHING = _Data()


@dataclass(slots=True)
class Folded:
    events: int
    more: bool


@dataclass(slots=True)
class _Fold:
    """One batch. `kept_after`: what happened before is too late for transitions and launches."""

    kept_after: int
    tallies: Tallies = field(default_factory=Tallies)
    sightings: Sightings = field(default_factory=Sightings)

    def take(self, row: Row) -> None:
        data = _data.decode(row.data) if row.data else _NOTHING
        _TAKE[row.kind](self, row, data)
        if row.kind != "learning":
            self.tallies.add("pulse", row.at, row.kind, width=PULSE_MS)
            if row.user is not None:
                self.sightings.add(row.user, row.at)

    def follows(self, row: Row) -> bool:
        return row.user is not None and row.at >= self.kept_after

    def selection(self, row: Row, data: _Data) -> None:
        mood = self.tallies.name("mood", row.name or "")
        rated = "" if row.value is not None else UNRATED
        self.tallies.add("mood", row.at, mood, rated, value=row.value or 0.0)
        if self.follows(row):
            session = None if data.session_id is None else str(data.session_id)
            transitions.select(self.tallies, row.user or "", row.id, Step(row.at, mood, session))

    def action(self, row: Row, data: _Data) -> None:
        type_ = row.name or ""
        self.tallies.add("action", row.at, self.tallies.name("action", type_))
        if type_ in funnel.LAUNCHES and data.game_id is not None and self.follows(row):
            funnel.launch(self.tallies, row.user or "", row.id, row.at, str(data.game_id))

    def recommendation(self, row: Row, data: _Data) -> None:
        mood = self.tallies.name("mood", _said(data.mood_context, MOOD_NAMES, plain=True))
        cause = _said(data.metadata, CAUSE_NAMES) or _said(data.mood_context, CAUSE_NAMES)
        cause = self.tallies.name("trigger", cause)
        counted = {
            "shown": True, "clicked": data.clicked_game_id is not None, "rated": row.ok is not None,
            "succeeded": bool(row.ok),
        }  # fmt: skip
        for what, holds in counted.items():
            if holds:
                self.tallies.add(what, row.at, mood, cause)
        if self.follows(row):
            games = funnel.games_of(data.recommended_games)
            funnel.show(self.tallies, row.user or "", row.id, row.at, games, mood, cause)

    def learning(self, row: Row, _data: _Data) -> None:
        if row.value is not None:
            self.tallies.add(
                "learning", row.at, self.tallies.name("learning", row.name or ""), value=row.value
            )


_TAKE: dict[str, Callable[[_Fold, Row, _Data], None]] = {
    "mood_selection": _Fold.selection,
    "user_action": _Fold.action,
    "recommendation": _Fold.recommendation,
    "learning": _Fold.learning,
}


def fold(now: int, *, limit: int = BATCH) -> Folded:
    """Fold the next events and move the cursor, inside the caller's write()."""
    batch = STREAM.batch(limit)
    if batch.rows:
        folding = _Fold(now - STEPS_KEPT_MS)
        for row in batch.rows:
            folding.take(row)
        folding.tallies.save()
        folding.sightings.save(now)
        db.touch("moods")
    STREAM.moved(batch.position)
    return Folded(len(batch.rows), batch.more)


def _said(value: Any, names: tuple[str, ...], *, plain: bool = False) -> str:
    """The text under the first of `names` that is there; `plain`: or the value, when it is a text itself."""
    if plain and isinstance(value, str):
        return value[:200]
    if isinstance(value, dict):
        for name in names:
            if isinstance(found := value.get(name), str) and found:
                return found[:200]
    return ""
