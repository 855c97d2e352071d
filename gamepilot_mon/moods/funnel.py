"""The funnel: a recommendation is shown, clicked, and a recommended game launched within two hours.

A recommendation counts as launched once, by whichever of the two is reported last.
"""

from collections.abc import Collection
from typing import Any

import msgspec

from gamepilot_mon import db
from gamepilot_mon.clock import HOUR_MS
from gamepilot_mon.moods.tallies import Tallies

WINDOW_MS = 2 * HOUR_MS
LAUNCHES = frozenset({"launch", "launch_game", "game_launch"})
GAMES_MAX = 100  # of a recommendation that a launch is compared with

_LAUNCHES = "SELECT game FROM launch_step WHERE user = ? AND at BETWEEN ? AND ?"
_SHOWN = (
    "SELECT at, event_id, games, mood, cause FROM shown_step"
    " WHERE user = ? AND at BETWEEN ? AND ? AND NOT launched"
)
_ADD_SHOWN = (
    "INSERT INTO shown_step (user, at, event_id, games, mood, cause, launched) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_ADD_LAUNCH = "INSERT INTO launch_step (user, at, event_id, game) VALUES (?, ?, ?, ?)"
_MARK = "UPDATE shown_step SET launched = 1 WHERE user = ? AND at = ? AND event_id = ?"


def show(
    tallies: Tallies, user: str, event_id: int, at: int, games: Collection[str], mood: str, cause: str
) -> None:
    """A recommendation, inside the caller's write()."""
    connection = db.database.connection()
    launched = any(game in games for (game,) in connection.execute(_LAUNCHES, (user, at, at + WINDOW_MS)))
    if launched:
        tallies.add("launched", at, mood, cause)
    text = msgspec.json.encode(sorted(games)).decode()
    connection.execute(_ADD_SHOWN, (user, at, event_id, text, mood, cause, launched))


def launch(tallies: Tallies, user: str, event_id: int, at: int, game: str) -> None:
    """A launch of a game, inside the caller's write()."""
    connection = db.database.connection()
    for shown_at, shown, games, mood, cause in connection.execute(
        _SHOWN, (user, at - WINDOW_MS, at)
    ).fetchall():
        if game in msgspec.json.decode(games):
            tallies.add("launched", shown_at, mood, cause)
            connection.execute(_MARK, (user, shown_at, shown))
    connection.execute(_ADD_LAUNCH, (user, at, event_id, game))


def games_of(value: Any) -> set[str]:
    """The ids of recommended games, which come as ids or as objects with one."""
    found = value if isinstance(value, list) else []
    return {text for game in found[:GAMES_MAX] if (text := _id(game))}


def _id(game: Any) -> str:
    if isinstance(game, dict):
        game = next((game[name] for name in ("id", "gameId", "game_id") if game.get(name) is not None), "")
    return str(game)[:200] if isinstance(game, str | int) else ""
