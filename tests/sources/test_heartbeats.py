from pathlib import Path

import pytest

from gamepilot_mon import db
from gamepilot_mon.models import Check, Observation
from gamepilot_mon.sources import heartbeats
from gamepilot_mon.sources.heartbeats import Ping

NOW = 1_000_000


@pytest.fixture
def check(store: Path) -> Check:
    return Check.create(
        name="nightly",
        kind="heartbeat",
        spec={},
        interval_ms=60_000,
        origin="user",
        ping_key="k",
        created_at=0,
    )


def receive(ping: Ping, now: int = NOW, key: str = "k") -> Check:
    with db.write():
        assert heartbeats.receive(key, ping, now)
    return Check.get()


@pytest.mark.parametrize(
    ("ping", "state", "error"),
    [
        (Ping("success"), "up", None),
        (Ping("fail"), "down", "reported a failure"),
        (Ping("exit", 0), "up", None),
        (Ping("exit", 3), "down", "ended with exit code 3"),
    ],
)
def test_it_sets_the_state_of_its_check(check: Check, ping: Ping, state: str, error: str | None) -> None:
    after = receive(ping)

    assert (after.state, after.error, after.observed_at, after.state_since) == (state, error, NOW, NOW)
    assert Observation.get().state == state


def test_it_counts_failures_in_a_row(check: Check) -> None:
    assert [receive(ping).failures for ping in (Ping("fail"), Ping("fail"), Ping("success"))] == [1, 2, 0]


def test_it_measures_a_run_from_its_start(check: Check) -> None:
    started = receive(Ping("start"))
    ended = receive(Ping("success"), NOW + 1_500)

    assert (started.state, started.observed_at) == ("unknown", None)
    assert ended.latency_ms == 1_500
    assert receive(Ping("success"), NOW + 9_000).latency_ms is None


def test_it_keeps_the_body(check: Check) -> None:
    receive(Ping("exit", 1, "no space left"))

    assert Observation.get().data == {
        "signal": "exit", "exit_code": 1, "body": "no space left", "failed_at": NOW,
    }  # fmt: skip


def test_it_knows_only_its_keys(check: Check) -> None:
    with db.write():
        assert not heartbeats.receive("other", Ping("success"), NOW)

    assert heartbeats.knows("k")
    assert not heartbeats.knows("other")
    assert Observation.select().count() == 0
