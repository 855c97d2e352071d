import random
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from gamepilot_mon import db
from gamepilot_mon.models import ActiveUser, Event, LaunchStep, MoodStep, ShownStep, Tally
from gamepilot_mon.moods import folding, keeping, people, reports, tallies

from .reports_of import (
    DAY,
    HOUR,
    LAST_DAY,
    MINUTE,
    NOW,
    acted,
    launched,
    learned,
    mood,
    recommended,
    report,
)

Pairs = dict[tuple[str, str], int]


def transitions() -> Pairs:
    return {(row["from"], row["to"]): row["count"] for row in reports.transition_list(LAST_DAY)}


def test_it_counts_transitions_in_time(store: Path) -> None:
    report(
        mood("social", NOW - 3 * HOUR),
        mood("creative", NOW - 3 * HOUR + 10 * MINUTE),
        mood("creative", NOW - 3 * HOUR + 20 * MINUTE),
        mood("social", NOW - HOUR),
        mood("immersive", NOW - HOUR + MINUTE, user="bob"),
    )
    assert transitions() == {("social", "creative"): 1, ("creative", "creative"): 1}


@pytest.mark.parametrize(("one", "other", "found"), [("s1", "s2", 0), ("s1", "s1", 1), ("s1", None, 1)])
def test_it_keeps_sessions_apart(store: Path, one: str, other: str | None, found: int) -> None:
    report(mood("social", NOW - 2 * MINUTE, session=one), mood("creative", NOW - MINUTE, session=other))
    assert sum(transitions().values()) == found


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
def test_it_finds_the_same_transitions_in_whatever_order_they_arrive(
    store: Path, order: tuple[int, ...]
) -> None:
    events = [mood(name, NOW - (50 - 20 * n) * MINUTE) for n, name in enumerate("abc")]
    events.append(mood("z", NOW - 40 * MINUTE))
    for index in order:
        report({**events[index], "key": str(index)})
        report({**events[index], "key": str(index)})
    assert transitions() == {("a", "z"): 1, ("z", "b"): 1, ("b", "c"): 1}
    assert [row.count for row in Tally.select().where(Tally.what == "transition") if row.count < 0] == []


def players(seed: int) -> list[Any]:
    """Two hours of three players, as they happened."""
    chance = random.Random(seed)
    events = []
    for _ in range(60):
        at, user = NOW - chance.randrange(7_200) * 1_000, chance.choice("abc")
        games = [f"g{chance.randrange(4)}" for _ in range(2)]
        made = (
            mood(chance.choice("xyz"), at, user=user, session=chance.choice((None, "s", "t"))),
            recommended(*games, at=at, user=user),
            launched(games[0], at, user),
        )
        events.append({**chance.choice(made), "key": f"k{len(events)}"})
    return events


@pytest.mark.parametrize("seed", range(5))
def test_it_does_not_depend_on_order_and_repeats(store: Path, tmp_path: Path, seed: int) -> None:
    events = players(seed)
    found = []
    for number, order in enumerate((0, 1, 2)):
        db.open_database(f"sqlite:///{tmp_path}/{number}.db")
        mixed = [*events, *events[:20]]
        random.Random(order).shuffle(mixed)
        # Which of two at the very same moment came first is decided by their arrival, so the moments differ here.
        unique = {event["key"]: index for index, event in enumerate(events)}
        report(*({**event, "at": event["at"] + unique[event["key"]]} for event in mixed))
        found.append((transitions(), reports.whole_funnel(LAST_DAY), people.active(NOW)))
    assert found[0] == found[1] == found[2]
    db.database.close()


@pytest.mark.parametrize("launch_first", [False, True])
@pytest.mark.parametrize(
    ("game", "after_ms", "user", "counted"),
    [("g1", HOUR, "ann", 1), ("g2", HOUR, "ann", 1), ("g3", HOUR, "ann", 0), ("g1", 3 * HOUR, "ann", 0),
     ("g1", -MINUTE, "ann", 0), ("g1", HOUR, "bob", 0)],
)  # fmt: skip
def test_it_counts_a_launch_of_what_was_recommended(
    store: Path, game: str, after_ms: int, user: str, counted: int, launch_first: bool
) -> None:
    at = NOW - 4 * HOUR
    events = [recommended("g1", {"id": "g2"}, at=at), launched(game, at + after_ms, user)]
    for event in reversed(events) if launch_first else events:
        report(event)
    assert reports.whole_funnel(LAST_DAY)["launched"] == counted


def test_it_counts_a_recommendation_as_launched_once(store: Path) -> None:
    report(
        launched("g1", NOW - MINUTE), recommended("g1", at=NOW - 3 * MINUTE), launched("g1", NOW - 2 * MINUTE),
        launched("g1", NOW),
    )  # fmt: skip
    assert reports.whole_funnel(LAST_DAY)["launched"] == 1


def test_it_tells_success_by_mood_and_by_trigger(store: Path) -> None:
    report(
        recommended("g1", at=NOW - HOUR, ok=True, mood_context="social", clicked_game_id="g1"),
        recommended("g1", at=NOW - HOUR, ok=False, mood_context={"primaryMood": "social"}),
        recommended("g2", at=NOW - HOUR, mood_context={"mood": "creative", "trigger": "idle"}),
        recommended("g2", at=NOW - HOUR, ok=True, mood_context=None, metadata={"trigger": "idle"}),
        launched("g2", NOW - MINUTE),
    )
    found = reports.whole_funnel(LAST_DAY)
    assert (found["shown"], found["clicked"], found["launched"]) == (4, 1, 2)
    assert (found["clickRate"], found["launchRate"], found["successRate"]) == (0.25, 0.5, 0.6667)
    assert [(row["mood"], row["shown"], row["successRate"]) for row in found["byMood"]] == [
        ("social", 2, 0.5),
        (None, 1, 1.0),
        ("creative", 1, None),
    ]
    assert [(row["trigger"], row["launched"]) for row in found["byTrigger"]] == [(None, 0), ("idle", 2)]


def test_it_bounds_the_names_there_are(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "NAMES_MAX", 3)
    report(*(mood(f"m{n % 5}", NOW - n) for n in range(10)))
    assert {row["mood"]: row["count"] for row in reports.patterns(LAST_DAY)} == {
        "m0": 2, "m1": 2, "m2": 2, "other": 4,
    }  # fmt: skip


def test_it_counts_what_comes_very_late_but_looks_for_no_transition(store: Path) -> None:
    report(mood("a", NOW - 50 * HOUR), mood("b", NOW - 50 * HOUR + MINUTE))
    assert transitions() == {} and MoodStep.select().count() == 0
    assert sum(row.count for row in Tally.select().where(Tally.what == "mood")) == 2


def test_it_knows_who_is_active(store: Path) -> None:
    report(
        mood("a", NOW - 10 * DAY, user="old"), acted("view", NOW - 2 * DAY, user="week"),
        mood("a", NOW - HOUR, user="day"), mood("a", NOW - MINUTE, user="now"), mood("b", NOW - 3 * HOUR, user="now"),
        learned("accuracy", 1.0, NOW),
    )  # fmt: skip
    assert people.active(NOW) == {"now": 1, "last24h": 2, "last7d": 3, "last30d": 4}
    assert [(day["day"], day["users"], day["users7d"]) for day in people.by_day(NOW - 3 * DAY, NOW)] == [
        ("2026-11-22", 1, 1),
        ("2026-11-24", 2, 3),
    ]


def test_it_forgets_steps_and_people_in_time(store: Path) -> None:
    report(mood("a", NOW), recommended("g", at=NOW), launched("g", NOW))
    with db.write():
        assert keeping.prune(NOW + HOUR, limit=100) == 0
        keeping.prune(NOW + 31 * DAY, limit=100)
    assert [table.select().count() for table in (MoodStep, ShownStep, LaunchStep, ActiveUser)] == [0] * 4
    assert Tally.select().count() > 0


def test_it_undoes_a_fold_that_fails(store: Path) -> None:
    report()
    with db.write():
        Event.create(received_at=NOW, **mood("a", NOW))
    with pytest.raises(RuntimeError), db.write():
        folding.fold(NOW)
        raise RuntimeError
    report()
    assert [row["count"] for row in reports.patterns(LAST_DAY)] == [1]
