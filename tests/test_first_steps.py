"""First steps: what is done, what comes next, and when the way is proven."""

from pathlib import Path

import pytest

from gamepilot_mon import db, first_steps
from gamepilot_mon.first_steps import Facts
from gamepilot_mon.models import ChannelState, Event
from gamepilot_mon.settings import Settings

ALL = {"checked": True, "password": True, "heard": True, "channels": ("slack",), "delivered": True}


@pytest.mark.parametrize(
    ("missing", "following"),
    [({"checked": False}, "check"), ({"password": False}, "password"), ({"heard": False}, "event"),
     ({"channels": (), "delivered": False}, "channel"), ({"delivered": False}, "test"), ({}, None)],
    ids=["check", "password", "event", "channel", "test", "nothing"],
)  # fmt: skip
def test_it_names_the_step_to_take_next(missing: dict[str, object], following: str | None) -> None:
    assert first_steps.following(Facts(**{**ALL, **missing})) == following  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "finished"),
    [(Facts(), False), (Facts(heard=True), False), (Facts(delivered=True), False),
     (Facts(heard=True, delivered=True), True)],
    ids=["nothing", "an event only", "a message only", "both"],
)  # fmt: skip
def test_it_ends_with_an_event_and_a_delivered_message(facts: Facts, finished: bool) -> None:
    assert first_steps.finished(facts) is finished


def test_it_takes_a_delivered_message_as_proof_of_a_channel() -> None:
    done = {step.name: step.done for step in first_steps.steps(Facts(delivered=True))}
    assert done["channel"] and done["test"]


def test_it_reads_the_store(settings: Settings, store: Path) -> None:
    assert first_steps.read(settings) == Facts()
    with db.write():
        Event.create(kind="deploy", at=1, received_at=1, name="1")
        ChannelState(name="slack", last_success_at=1).keep()
    assert first_steps.read(settings) == Facts(heard=True, delivered=True)
