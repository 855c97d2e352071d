import json
import threading
import time

import pytest
import requests

from gamepilot_mon.simulator.server import GamePilotServer
from gamepilot_mon.simulator.stage import Stage

START = 1_790_000_000_000


class Hand:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.elapsed = 0

    def __call__(self) -> int:
        return self.elapsed


@pytest.fixture
def hand():
    return Hand()


@pytest.fixture
def server(hand):
    running = GamePilotServer(("127.0.0.1", 0), Stage("calm", 1, 1.0, START), hand)
    running.start()
    yield running
    running.close()


def health(client, server, timeout=5.0):
    return client.get(f"{server.url}/health", timeout=timeout)


def direct(client, server, scenario):
    return client.post(f"{server.url}/control", json={"scenario": scenario}, timeout=5)


def test_it_is_healthy_in_calm(client, server, hand):
    hand.elapsed = 90_500
    answer = health(client, server)
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "uptime": 90.5, "database": "connected"}


def test_it_answers_head_without_a_body(client, server):
    answer = client.head(f"{server.url}/health", timeout=5)
    assert (answer.status_code, answer.content) == (200, b"")


def test_it_knows_no_other_page(client, server):
    assert client.get(f"{server.url}/games", timeout=5).status_code == 404
    assert client.post(f"{server.url}/health", json={}, timeout=5).status_code == 404


def test_it_is_unavailable_in_an_outage(client, server, hand):
    direct(client, server, "outage")
    assert health(client, server).status_code == 200
    hand.elapsed = 10_000
    answer = health(client, server)
    assert answer.status_code == 503
    assert answer.json()["database"] == "disconnected"


def test_it_hangs_in_the_second_part_of_an_outage(client, server, hand):
    direct(client, server, "outage")
    hand.elapsed = 60_000
    with pytest.raises(requests.ReadTimeout):
        health(client, server, timeout=0.4)


def test_it_leaves_those_who_hang_when_the_phase_is_over(server, hand, client):
    direct(client, server, "outage")
    hand.elapsed = 60_000
    failed = threading.Event()

    def ask():
        with pytest.raises(requests.ConnectionError):
            health(client, server, timeout=10)
        failed.set()

    asking = threading.Thread(target=ask)
    asking.start()
    assert not failed.wait(0.3)
    hand.elapsed = 130_000
    assert failed.wait(5)
    asking.join()


def test_it_cuts_connections_in_the_third_part_of_an_outage(client, server, hand):
    direct(client, server, "outage")
    hand.elapsed = 100_000
    with pytest.raises(requests.ConnectionError):
        health(client, server)


def test_it_is_up_again_after_an_outage(client, server, hand):
    direct(client, server, "outage")
    hand.elapsed = 130_000
    assert health(client, server).status_code == 200


def test_it_flaps(client, server, hand):
    direct(client, server, "flap")
    seen = []
    for elapsed in range(0, 240_000, 20_000):
        hand.elapsed = elapsed
        seen.append(health(client, server).status_code)
    assert seen == [200, 200, 503, 503] * 3


def test_it_can_be_directed_while_it_is_down(client, server, hand):
    direct(client, server, "outage")
    hand.elapsed = 100_000
    assert client.get(f"{server.url}/control", timeout=5).json() == {"scenario": "outage", "phase": "cut"}
    answer = direct(client, server, "calm")
    assert answer.json() == {"scenario": "calm", "phase": "calm"}
    assert health(client, server).status_code == 200


def test_it_begins_a_scenario_when_it_is_asked_to(client, server, hand):
    hand.elapsed = 3_600_000
    assert direct(client, server, "error-spike").json() == {"scenario": "error-spike", "phase": "lull"}
    hand.elapsed += 10_000
    assert client.get(f"{server.url}/control", timeout=5).json()["phase"] == "spike"


def test_it_names_the_scenarios_when_asked_for_another(client, server):
    answer = direct(client, server, "earthquake")
    assert answer.status_code == 422
    assert "error-spike" in answer.json()["scenarios"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"scenario": 3}', b"\xff\xfe", b"[" * 4_000, b" " * 5_000],
    ids=["empty", "cut short", "list", "number", "not text", "deep", "long"],
)
def test_it_refuses_a_body_of_another_shape(client, server, body):
    headers = {"Content-Type": "application/json"}
    answer = client.post(f"{server.url}/control", data=body, headers=headers, timeout=5)
    assert answer.status_code == 400
    assert server.stage.scenario.name == "calm"


def test_it_takes_no_orders_from_a_form_of_another_site(client, server):
    body = json.dumps({"scenario": "storm"})
    answer = client.post(
        f"{server.url}/control", data=body, headers={"Content-Type": "text/plain"}, timeout=5
    )
    assert answer.status_code == 415
    assert server.stage.scenario.name == "calm"


def test_it_stops_at_once_though_a_client_hangs(hand, client):
    hand.elapsed = 60_000
    running = GamePilotServer(("127.0.0.1", 0), Stage("outage", 1, 1.0, START), hand)
    running.start()
    with pytest.raises(requests.ReadTimeout):
        health(client, running, timeout=0.2)
    started = time.monotonic()
    running.close()
    assert time.monotonic() - started < 10


def test_it_says_when_its_address_is_taken(server, hand):
    with pytest.raises(OSError, match="in use"):
        GamePilotServer(("127.0.0.1", server.server_port), server.stage, hand)
