import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from gamepilot_mon import db, pseudonym, user_data
from gamepilot_mon.error_groups import folding as error_groups
from gamepilot_mon.models import ActiveUser, Erasure, ErrorGroup, Event, MoodStep
from gamepilot_mon.moods import folding as moods
from gamepilot_mon.sources import intake

NOW = 1_795_521_600_000
WORD = "xylophonequartz"  # in what only this player reported


def report(user: str, word: str) -> None:
    events = [
        {"kind": "mood_selection", "user_id": user, "primary_mood": "calm", "intensity": 1, "context": word},
        {"kind": "mood_selection", "user_id": user, "primary_mood": "social", "intensity": 1},
        {
            "kind": "user_action",
            "user_id": user,
            "type": "launch",
            "game_id": "g1",
            "metadata": {"said": word},
        },
        {"kind": "recommendation", "user_id": user, "mood_context": "calm", "recommended_games": ["g1"]},
        {"kind": "error", "user_id": user, "operation": "login", "error": f"failed {word}"},
        {"kind": "error", "user_id": user, "operation": "login", "error": "failed for everybody"},
        {"kind": "operation", "user_id": user, "operation": "login", "duration_ms": 3, "success": True},
    ]
    rows, rejected = intake.rows_of_body(msgspec.json.encode({"events": events}), NOW)
    assert rejected == []
    with db.write():
        intake.insert(rows)
        Event.create(
            kind="user_action", at=NOW, received_at=NOW, name="view", user=user
        )  # of an older release
    with db.write():
        error_groups.fold(NOW)
        moods.fold(NOW)


def on_disk(store: Path) -> bytes:
    return b"".join(path.read_bytes() for path in store.parent.glob(f"{store.name}*"))


def in_rows(store: Path) -> bytes:
    """All rows of all tables, as a dump has them."""
    with closing(sqlite3.connect(store)) as connection:
        return "\n".join(connection.iterdump()).encode()


def erase(user: str) -> dict[str, int]:
    with db.write():
        return user_data.erase(user, "ops", NOW)


@pytest.mark.parametrize("vacuum", [True, False])
@pytest.mark.parametrize("by_pseudonym", [True, False])
def test_it_leaves_nothing_of_a_player_in_the_file(store: Path, vacuum: bool, by_pseudonym: bool) -> None:
    """Without VACUUM in the rows: SQLite may have left a copy in unused bytes when it moved them between pages."""
    for number in range(50):
        report(f"other-{number}", "plainword")
    report("ann-4711", WORD)
    name = pseudonym.hidden("ann-4711")
    assert all(text.encode() in on_disk(store) for text in (name, WORD))
    counts = erase(name if by_pseudonym else "ann-4711")
    assert user_data.settle(vacuum=vacuum)
    if by_pseudonym:
        erase("ann-4711")
        user_data.settle(vacuum=vacuum)
    left = on_disk(store) if vacuum else in_rows(store)
    assert [text for text in (name, WORD, "ann-4711") if text.encode() in left] == []
    assert counts["event"] == (7 if by_pseudonym else 8)
    assert counts["error_group"] == 1


def test_it_leaves_everybody_else(store: Path) -> None:
    report("ann", WORD)
    report("bob", "plainword")
    erase("ann")
    bob = pseudonym.of("bob")
    assert {row.user for row in ActiveUser.select()} == {row.user for row in MoodStep.select()} == {bob}
    assert Event.select().where(Event.user == bob).count() == 7
    assert {group.title: group.users for group in ErrorGroup.select()} == {
        "failed plainword": 1,
        "failed for everybody": 1,
    }


def test_it_logs_that_it_was_done_and_not_of_whom(store: Path) -> None:
    report("ann", WORD)
    erase("ann")
    [logged] = user_data.erasures()
    assert (logged["who"], logged["counts"]["event"], logged["counts"]["mood_step"]) == ("ops", 8, 2)
    assert "ann" not in str(logged)


def test_it_erases_nobody_twice(store: Path) -> None:
    report("ann", WORD)
    erase("ann")
    assert set(erase("ann").values()) == {0}
    assert Erasure.select().count() == 2
