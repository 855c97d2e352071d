"""Reports: what GamePilot tells about one thing that happened, in the fields of the ingest."""

import math
import random
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, NamedTuple

from gamepilot_mon.simulator import players
from gamepilot_mon.simulator.players import Player
from gamepilot_mon.simulator.scenarios import Phase

DAY = 86_400_000

CALM_LIMIT_MS = 900.0  # nothing is slow in calm
ERROR_SHARE = 0.4  # of the failed operations, those that are logged as an error too
QUERY_SHARE = 0.3

Fields = dict[str, Any]


class Operation(NamedTuple):
    """A GamePilot operation: how often, and the median and spread of its log-normal duration."""

    name: str
    weight: float
    median_ms: float
    sigma: float
    statement: str
    failure: str


OPERATIONS = (
    Operation("mood_selection", 2.0, 48, 0.45,
              "INSERT INTO mood_selections (userId, primaryMood, …) VALUES (?, ?, …)",
              "MoodValidationError: secondary mood is not compatible"),
    Operation("recommendation", 3.0, 190, 0.4,
              "SELECT id, title FROM games WHERE moods LIKE ? ORDER BY score DESC LIMIT ?",
              "RecommendationError: no candidate left after filtering"),
    Operation("persona_update", 1.5, 85, 0.4,
              "UPDATE personas SET traits = ?, updatedAt = ? WHERE userId = ?",
              "PersonaConflict: persona was changed by another session"),
    Operation("user_action", 5.0, 24, 0.5,
              "INSERT INTO user_actions (userId, type, gameId, …) VALUES (?, ?, ?, …)",
              "ForeignKeyError: game is not in the library"),
    Operation("game_search", 2.5, 110, 0.5,
              "SELECT id, title FROM games WHERE title LIKE ? LIMIT 20",
              "SearchTimeout: index did not answer"),
    Operation("library_sync", 0.5, 330, 0.35,
              "INSERT OR REPLACE INTO library_games (userId, gameId, …) VALUES (?, ?, …)",
              "StoreApiError: store answered 502"),
)  # fmt: skip
_STEPS = list(accumulate(each.weight for each in OPERATIONS))

CRITICAL_ERRORS = (
    ("database", "DatabaseError: disk I/O error while writing user_actions"),
    ("recommendation", "OutOfMemory: recommendation worker was killed"),
    ("persona_update", "IntegrityError: persona of a player is lost"),
)


def operation(draw: random.Random) -> Operation:
    """One of the operations, the common ones more often."""
    return draw.choices(OPERATIONS, cum_weights=_STEPS)[0]


def interaction(
    what: Operation, player: Player, mood: str, phase: Phase, draw: random.Random
) -> Iterator[tuple[str, Fields]]:
    """The (kind, fields) that one thing done by a player leaves behind."""
    failed = draw.random() < phase.failure_ratio
    yield "operation", _operation(what, player.id, not failed, phase, draw)
    if draw.random() < QUERY_SHARE:
        yield "query", _query(what.statement, phase, draw)
    if failed and draw.random() < ERROR_SHARE:
        yield "error", _error(what, player.id, draw)
    if not failed and what.name in _TELLS:
        yield what.name, _TELLS[what.name](player, mood, draw)


def _operation(what: Operation, user_id: str, success: bool, phase: Phase, draw: random.Random) -> Fields:
    duration = draw.lognormvariate(math.log(what.median_ms), what.sigma)
    fields = {
        "operation": what.name,
        "duration_ms": round(_limited(duration) * phase.duration_factor, 1),
        "success": success,
        "user_id": user_id,
    }
    return fields if success else {**fields, "metadata": {"reason": what.failure}}


def _limited(duration_ms: float) -> float:
    """The rare long durations are folded back below the limit rather than piled up on it."""
    return duration_ms if duration_ms < CALM_LIMIT_MS else CALM_LIMIT_MS - duration_ms % 300


def _query(statement: str, phase: Phase, draw: random.Random) -> Fields:
    slow = draw.random() < phase.slow_query_ratio
    duration = draw.uniform(1_200, 6_000) if slow else min(draw.lognormvariate(math.log(6), 0.8), 400.0)
    return {"statement": statement, "duration_ms": round(duration, 1)}


def _error(what: Operation, user_id: str, draw: random.Random) -> Fields:
    return {
        "operation": what.name,
        "error": what.failure,
        "severity": "error" if draw.random() < 0.8 else "warning",
        "stack_trace": _trace(what.name, what.failure, draw),
        "user_id": user_id,
    }


def critical(draw: random.Random) -> Fields:
    """The fields of a critical error, which no player caused."""
    what, error = draw.choice(CRITICAL_ERRORS)
    trace = _trace(what, error, draw)
    return {"operation": what, "error": error, "severity": "critical", "stack_trace": trace}


def _trace(operation: str, error: str, draw: random.Random) -> str:
    line = draw.randint(20, 240)
    place = f"{operation} (src/services/{operation}.ts:{line}:11)"
    return f"{error}\n    at {place}\n    at async handle (src/app.ts:88:5)"


def hiccup(draw: random.Random) -> tuple[str, Fields]:
    """The (kind, fields) of a single failure that a healthy app shrugs off."""
    if draw.random() < 0.5:
        error = "ThumbnailMissing: cover of a game could not be loaded"
        return "error", {"operation": "game_search", "error": error, "severity": "warning"}
    return "operation", {
        "operation": "library_sync",
        "duration_ms": 640.0,
        "success": False,
        "metadata": {"reason": "StoreApiError: store answered 503"},
    }


LEARNING = ("mood_prediction_accuracy", "recommendation_acceptance", "persona_stability")


def learning(turn: int, at: int, draw: random.Random) -> Fields:
    """How well the app learns; each measure in its turn, drifting with the day."""
    index = turn % len(LEARNING)
    drift = 0.08 * math.sin(at / DAY * math.tau + index)
    value = 0.55 + 0.12 * index + drift + draw.uniform(-0.01, 0.01)
    return {"metric_type": LEARNING[index], "value": round(value, 4), "period": "daily"}


def _mood_selection(player: Player, mood: str, draw: random.Random) -> Fields:
    intensity = min(max(draw.gauss(players.INTENSITY[mood], 0.12), 0.0), 1.0)
    fields = {"user_id": player.id, "primary_mood": mood, "intensity": round(intensity, 2)}
    if draw.random() < 0.4:
        fields["secondary_mood"] = draw.choice([other for other in players.MOODS if other != mood])
    if draw.random() < 0.5:
        fields["context"] = {"device": draw.choice(("desktop", "deck", "phone"))}
    if draw.random() < 0.2:
        fields["outcomes"] = {"satisfaction": round(draw.uniform(0.4, 1.0), 2)}
    return fields


def _user_action(player: Player, mood: str, draw: random.Random) -> Fields:
    action = draw.choices(players.ACTIONS, cum_weights=players.ACTION_STEPS[mood])[0]
    fields: Fields = {"user_id": player.id, "type": action, "mood_context": mood}
    if action == "switch_mood":
        return {**fields, "metadata": {"to": draw.choice(player.favourites)}}
    game = draw.choice(players.GAMES[mood])
    fields |= {"game_id": game.id, "game_title": game.title}
    if action == "rate":
        fields["metadata"] = {"stars": draw.choice((2, 3, 4, 4, 5, 5))}
    if action == "session_complete":
        fields["metadata"] = {"minutes": round(draw.lognormvariate(math.log(38), 0.6))}
    return fields


def _recommendation(player: Player, mood: str, draw: random.Random) -> Fields:
    games = draw.sample(players.GAMES[mood], 3)
    clicked = draw.choice(games) if draw.random() < players.CLICK_RATIO[mood] else None
    fields: Fields = {
        "user_id": player.id,
        "mood_context": mood,
        "recommended_games": [game.id for game in games],
        "success": clicked is not None,
    }
    return {**fields, "clicked_game_id": clicked.id} if clicked else fields


_TELLS = {
    "mood_selection": _mood_selection,
    "user_action": _user_action,
    "recommendation": _recommendation,
}
