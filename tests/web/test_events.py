import gzip
import json
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from statistics import median
from typing import Any

import pytest
import requests

from gamepilot_mon import nudge, pseudonym
from gamepilot_mon.clock import HOUR_MS, MINUTE_MS, utcnow
from gamepilot_mon.models import Event, SourceExcess
from gamepilot_mon.sources.allowance import LIMIT, OTHER
from tests.serving import Server

OPERATION = {"kind": "operation", "operation": "recommend", "duration_ms": 12.5, "success": True}


def post(server: Server, *events: Any) -> requests.Response:
    return server.post("/api/v1/events", "ingest", json={"events": list(events)})


def test_it_answers_202_once_the_events_are_stored(served: Server) -> None:
    answer = post(served, {**OPERATION, "id": "stored-1", "user_id": 7, "metadata": {"a": [1]}})

    assert answer.status_code == 202
    assert (answer.json()["accepted"], answer.json()["rejected"]) == (1, [])
    row = Event.get(Event.key == "stored-1")
    assert (row.kind, row.name, row.value, row.ok) == ("operation", "recommend", 12.5, True)
    assert row.user == pseudonym.of("7")
    assert row.data == {"metadata": {"a": [1]}}
    assert row.at == row.received_at


def test_it_keeps_the_good_events_beside_the_bad(served: Server) -> None:
    bad = {**OPERATION, "duration_ms": -1}

    answer = post(served, bad, {**OPERATION, "id": "beside-1"}, {"kind": "unheard"}).json()

    assert answer["accepted"] == 1
    assert [r["index"] for r in answer["rejected"]] == [0, 2]
    assert [r["errors"][0]["pointer"] for r in answer["rejected"]] == ["/duration_ms", "/kind"]
    assert Event.select().where(Event.key == "beside-1").count() == 1


def test_it_counts_a_repeated_id_once(served: Server) -> None:
    event = {**OPERATION, "id": "twice"}

    assert post(served, event, event).json()["accepted"] == 2
    assert post(served, event).json()["accepted"] == 1
    assert Event.select().where(Event.key == "twice").count() == 1


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"event": []}', '{"events": {}}', '{"events": [1}'])
def test_it_refuses_a_body_that_it_cannot_read(server: Server, body: str) -> None:
    answer = server.post("/api/v1/events", "ingest", data=body)

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["success"] is False


def test_it_survives_a_body_nested_past_reason(server: Server) -> None:
    answer = server.post("/api/v1/events", "ingest", data='{"events":[' + "[" * 500_000)
    deep = '{"events":[{"kind":"deploy","version":"1","metadata":{"a":' + "[" * 9_000 + "]" * 9_000 + "}}]}"

    assert answer.status_code == 400
    assert server.post("/api/v1/events", "ingest", data=deep).status_code in (202, 400)


def test_it_refuses_more_than_1_mib(server: Server) -> None:
    body = json.dumps({"events": [{**OPERATION, "metadata": {"a": "x" * (1024 * 1024)}}]})

    assert server.post("/api/v1/events", "ingest", data=body).status_code == 413


def test_it_refuses_more_than_1_mib_in_chunks(server: Server) -> None:
    chunks = (b" " * 65_536 for _ in range(20))

    answer = server.post("/api/v1/events", "ingest", data=chunks)

    assert answer.status_code == 413


def test_it_reads_a_body_in_chunks(server: Server) -> None:
    whole = json.dumps({"events": [OPERATION]}).encode()

    answer = server.post("/api/v1/events", "ingest", data=iter([whole[:20], whole[20:]]))

    assert answer.json()["accepted"] == 1


def test_it_refuses_more_than_5000_events_and_stores_none(served: Server) -> None:
    before = Event.select().count()

    answer = post(served, *[{"kind": "deploy", "version": "1"}] * 5_001)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/events"
    assert Event.select().count() == before


def test_it_takes_5000_events(served: Server) -> None:
    before = Event.select().count()

    assert post(served, *[OPERATION] * 5_000).json()["accepted"] == 5_000
    assert Event.select().count() == before + 5_000


def compressed(server: Server, body: bytes, encoding: str = "gzip") -> requests.Response:
    return server.post("/api/v1/events", "ingest", data=body, headers={"Content-Encoding": encoding})


def test_it_takes_a_gzip_body(server: Server) -> None:
    body = gzip.compress(json.dumps({"events": [OPERATION] * 3}).encode())

    answer = compressed(server, body)

    assert (answer.status_code, answer.json()["accepted"]) == (202, 3)


def test_it_bounds_what_a_gzip_body_becomes(server: Server) -> None:
    bomb = gzip.compress(b'{"events":[' + b" " * 100_000_000 + b"]}")

    assert len(bomb) < 200_000
    assert compressed(server, bomb).status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"events":[]}', id="plain"),
        pytest.param(gzip.compress(b'{"events":[]}')[:-4], id="cut"),
        pytest.param(gzip.compress(b'{"events":[]}') + b"more", id="more-behind"),
        pytest.param(gzip.compress(b"") * 1_000, id="many-members"),
    ],
)
def test_it_refuses_what_is_not_one_gzip_member(server: Server, body: bytes) -> None:
    assert compressed(server, body).status_code == 400


def test_it_refuses_another_encoding(server: Server) -> None:
    assert compressed(server, b"", "br").status_code == 415


def test_it_accepts_no_events(server: Server) -> None:
    assert post(server).json()["accepted"] == 0


def test_it_limits_the_series_of_one_sender(serve: Callable[..., Server]) -> None:
    server = serve()
    many = [{"kind": "metric", "name": "load", "value": n, "labels": {"n": str(n)}} for n in range(LIMIT)]
    more = {"kind": "metric", "name": "load", "value": 1, "labels": {"n": "more"}}

    assert post(server, *many).json()["accepted"] == LIMIT
    answer = post(server, {"kind": "unheard"}, more, many[0], {**OPERATION, "id": "beyond"}).json()

    assert answer["accepted"] == 2
    assert [(r["index"], r["errors"][0]["pointer"]) for r in answer["rejected"]] == [
        (0, "/kind"),
        (1, "/labels"),
    ]
    server.open_store()
    beyond = Event.get(Event.key == "beyond")
    assert (beyond.name, beyond.data) == (OTHER, {"name": "recommend"})
    assert (SourceExcess.get().name, SourceExcess.get().count) == ("ingest", 2)
    seen = server.get("/metrics", "viewer").text
    assert 'gamepilot_mon_events_beyond_series_limit_total{source="ingest"} 2' in seen

    tokens = server.tokens
    server.stop()
    server.start().tokens = tokens  # the allowance outlives the process
    assert post(server, more).json()["accepted"] == 0


def test_it_counts_events_of_clocks_that_are_wrong(serve: Callable[..., Server]) -> None:
    server, now = serve(), utcnow()

    post(server, *({**OPERATION, "timestamp": now + n * MINUTE_MS} for n in (-1, 0, 1, 10)))
    post(server, {**OPERATION, "timestamp": now - 2 * HOUR_MS})

    seen = server.get("/metrics", "viewer").text
    assert 'gamepilot_mon_events_skewed_total{direction="ahead"} 1' in seen
    assert 'gamepilot_mon_events_skewed_total{direction="behind"} 1' in seen


def test_it_stores_what_many_send_at_once(served: Server) -> None:
    def send(number: int) -> int:
        return int(post(served, {**OPERATION, "operation": "at-once", "id": f"at-once-{number}"}).status_code)

    with ThreadPoolExecutor(16) as pool:
        statuses = set(pool.map(send, range(200)))

    assert statuses == {202}
    assert Event.select().where(Event.name == "at-once").count() == 200


def test_it_nudges_the_other_processes(served: Server) -> None:
    listener = nudge.Listener(nudge.folder_of(served.state), "test")
    try:
        post(served, OPERATION)
        assert "events" in listener.wait(5)
    finally:
        listener.close()


def test_it_stays_responsive_while_the_store_is_locked_then_answers_503(served: Server) -> None:
    blocker = sqlite3.connect(served.state / "mon.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    answers: list[requests.Response] = []
    sender = threading.Thread(target=lambda: answers.append(post(served, {**OPERATION, "id": "locked"})))
    try:
        sender.start()
        slowest = 0.0
        while sender.is_alive():
            began = time.monotonic()
            assert served.get("/healthz").ok
            slowest = max(slowest, time.monotonic() - began)
    finally:
        blocker.execute("ROLLBACK")
        blocker.close()
    sender.join()

    assert slowest < 4  # the store waits for five
    assert answers[0].status_code == 503
    assert int(answers[0].headers["Retry-After"]) > 0
    assert Event.select().where(Event.key == "locked").count() == 0
    assert post(served, {**OPERATION, "id": "locked"}).status_code == 202


def test_it_sends_answers_without_delay(server: Server) -> None:
    """Without TCP_NODELAY each small answer on a kept connection waits about 40 ms."""
    with requests.Session() as session:
        session.get(f"{server.url}/healthz", timeout=5)
        took = [session.get(f"{server.url}/healthz", timeout=5).elapsed for _ in range(21)]
    assert median(took) < timedelta(milliseconds=35)


def test_it_outlives_a_client_that_leaves_in_the_middle(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        head = (
            f"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.tokens['ingest']}\r\n"
        )
        client.sendall(head.encode() + b'Content-Length: 500\r\n\r\n{"events": [')

    assert post(server, OPERATION).status_code == 202
