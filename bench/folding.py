"""How fast error groups and moods are folded, and how fast events of other kinds are passed over, a CPU second."""

import random
import tempfile
import time
from collections.abc import Callable
from typing import Any

import msgspec

from gamepilot_mon import db
from gamepilot_mon.error_groups import folding as error_groups
from gamepilot_mon.models import Event
from gamepilot_mon.moods import folding as moods

NOW = 1_795_521_600_000
EVENTS = 40_000
OTHERS = 400_000

STACK = """Error: boom
    at loadPlayer (/srv/app/dist/players/load.js:{line}:13)
    at async Session.open (/srv/app/dist/session.js:7:3)
    at processTicksAndRejections (node:internal/process/task_queues:95:5)
"""

INSERT = "INSERT INTO event (kind, at, received_at, name, value, ok, severity, user, data) VALUES (?,?,?,?,?,?,?,?,?)"


def errors(chance: random.Random) -> tuple[Any, ...]:
    """Every message differs, a hundred stacks do, and they come in no order."""
    data = {
        "error": f"User {chance.randrange(10**6)} has no session {chance.randrange(10**12):x}",
        "stack_trace": STACK.format(line=chance.randrange(100)),
    }
    at, user = NOW - chance.randrange(48 * 3_600_000), f"u{chance.randrange(5_000)}"
    return "error", at, NOW, f"op{chance.randrange(30)}", None, None, "error", user, _json(data)


def feelings(chance: random.Random) -> tuple[Any, ...]:
    kind = chance.choice(("mood_selection", "user_action", "recommendation", "learning"))
    game, games = f"g{chance.randrange(50)}", [f"g{chance.randrange(50)}" for _ in range(5)]
    name, data = {
        "mood_selection": (f"m{chance.randrange(8)}", {"session_id": "s"}),
        "user_action": (chance.choice(("launch", "view", "rate")), {"game_id": game}),
        "recommendation": (None, {"mood_context": "m1", "recommended_games": games}),
        "learning": ("accuracy", {"period": "day"}),
    }[kind]
    at, user = NOW - chance.randrange(3 * 3_600_000), f"u{chance.randrange(5_000)}"
    return kind, at, NOW, name, 0.5, None, None, user, _json(data)


def operations(_chance: random.Random) -> tuple[Any, ...]:
    return "operation", NOW, NOW, "login", 12.0, True, None, "u1", None


def main() -> None:
    folds = ((errors, error_groups.fold), (feelings, moods.fold))
    for make, fold in folds:
        print(f"{make.__name__:>10}: {_measure(make, fold, EVENTS):>12,.0f} events/CPU s")
    print(f"{'others':>10}: {_measure(operations, error_groups.fold, OTHERS):>12,.0f} events/CPU s")


def _measure(
    make: Callable[[random.Random], tuple[Any, ...]], fold: Callable[[int], Any], count: int
) -> float:
    with tempfile.TemporaryDirectory() as folder:
        db.open_database(f"sqlite:///{folder}/mon.db")
        chance = random.Random(1)
        with db.write():
            db.database.connection().executemany(INSERT, (make(chance) for _ in range(count)))
        assert Event.select().count() == count
        began, more = time.process_time(), True
        while more:
            with db.write():
                more = fold(NOW).more
        took = time.process_time() - began
        db.database.close()
    return count / took


def _json(data: dict[str, Any]) -> str:
    return msgspec.json.encode(data).decode()


if __name__ == "__main__":
    main()
