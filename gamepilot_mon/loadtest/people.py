"""Who the clients are: five kinds of users that differ in what they watch, ask and report."""

import random
from dataclasses import dataclass, field
from typing import Any

from gamepilot_mon.feed import TOPICS

MOODS = ("calm", "energetic", "curious", "tense", "nostalgic", "social")


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    share: float
    topics: tuple[str, ...]
    asks: tuple[str, ...] = field(default=())  # what it requests now and then
    reports: tuple[str, ...] = field(default=())  # event kinds that its use of the app causes
    every_s: float = 30.0  # the mean time between two of its actions


KINDS = (
    Kind("mood selector", 0.25, ("mood-persona",), reports=("mood_selection", "operation"), every_s=20),
    Kind("dashboard viewer", 0.30, ("health", "performance", "alerts"), asks=("health", "performance")),
    Kind(
        "recommendation user", 0.20, ("mood-persona",), asks=("mood-persona",),
        reports=("recommendation", "user_action"), every_s=20,
    ),
    Kind("monitor", 0.15, tuple(topic for topic in TOPICS if topic != "system"), asks=("errors", "health")),
    Kind("idle", 0.10, ()),
)  # fmt: skip


def crowd_of(count: int, transports: dict[str, float]) -> list[tuple[Kind, str]]:
    """A kind and a transport for each of `count` clients; every prefix has nearly the same mix."""
    kinds = _spread(count, [kind.share for kind in KINDS])
    # Within each kind, so that no kind ends up on one transport.
    made: list[tuple[Kind, str]] = []
    names, shares = list(transports), list(transports.values())
    turns = {kind.name: iter(_spread(count, shares)) for kind in KINDS}
    for at in kinds:
        kind = KINDS[at]
        made.append((kind, names[next(turns[kind.name])]))
    return made


def _spread(count: int, shares: list[float]) -> list[int]:
    """Indexes of `shares`, dealt out so that each is always closest to its share."""
    total, dealt, order = sum(shares), [0] * len(shares), []
    for number in range(1, count + 1):
        owed = [share / total * number - have for share, have in zip(shares, dealt, strict=True)]
        chosen = owed.index(max(owed))
        dealt[chosen] += 1
        order.append(chosen)
    return order


def event(kind: str, user: int, draw: random.Random) -> dict[str, Any]:
    """One event of the app, as the intake takes it."""
    user_id = f"load-{user}"
    mood = draw.choice(MOODS)
    match kind:
        case "mood_selection":
            what = {"user_id": user_id, "primary_mood": mood, "intensity": round(draw.random(), 2)}
        case "recommendation":
            games = [f"game-{draw.randrange(500)}" for _ in range(5)]
            what = {"user_id": user_id, "mood_context": mood, "recommended_games": games, "success": True}
        case "user_action":
            what = {"user_id": user_id, "type": "launch", "game_id": f"game-{draw.randrange(500)}"}
        case _:
            took = round(draw.uniform(20, 200), 1)
            what = {"operation": "select_mood", "duration_ms": took, "success": True, "user_id": user_id}
    return {"kind": kind, **what}
