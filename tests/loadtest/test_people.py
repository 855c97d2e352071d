"""The mix of users, and that the intake takes what they report."""

import random
from collections import Counter

import pytest
import requests

from gamepilot_mon.loadtest.dialogues import transports
from gamepilot_mon.loadtest.people import KINDS, crowd_of, event
from gamepilot_mon.loadtest.plan import MIX
from tests.serving import Server


def test_it_deals_kinds_and_transports_by_their_shares() -> None:
    crowd = crowd_of(200, {"websocket": 70, "sse": 30})
    assert Counter(kind.name for kind, _ in crowd) == {
        "mood selector": 50, "dashboard viewer": 60, "recommendation user": 40, "monitor": 30, "idle": 20,
    }  # fmt: skip
    assert Counter(transport for kind, transport in crowd if kind.name == "monitor") == {
        "websocket": 21,
        "sse": 9,
    }


def test_it_has_the_same_mix_in_a_small_stage_of_a_large_crowd() -> None:
    counts = Counter(kind.name for kind, _ in crowd_of(2000, {"websocket": 1})[:100])
    assert all(abs(counts[kind.name] - kind.share * 100) <= 1 for kind in KINDS)


def test_it_deals_out_every_transport_there_is() -> None:
    assert dict(MIX).keys() == transports().keys()
    assert sum(share for _, share in MIX) == 100


@pytest.mark.parametrize("kind", sorted({kind for user in KINDS for kind in user.reports}))
def test_it_reports_what_the_intake_takes(server: Server, kind: str) -> None:
    body = {"events": [event(kind, 1, random.Random(1))]}
    answer: requests.Response = server.post("/api/v1/events", "ingest", json=body)
    assert (answer.status_code, answer.json()["rejected"]) == (202, [])
