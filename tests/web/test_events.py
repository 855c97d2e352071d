import gzip
import json
import socket
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from gamepilot_mon import nudge, pseudonym
from gamepilot_mon.models import Event
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


def test_it_refuses_a_compressed_body(server: Server) -> None:
    body = gzip.compress(json.dumps({"events": [OPERATION]}).encode())

    answer = server.post("/api/v1/events", "ingest", data=body, headers={"Content-Encoding": "gzip"})

    assert answer.status_code == 415


def test_it_accepts_no_events(server: Server) -> None:
    assert post(server).json()["accepted"] == 0


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

    assert slowest < 1
    assert answers[0].status_code == 503
    assert int(answers[0].headers["Retry-After"]) > 0
    assert Event.select().where(Event.key == "locked").count() == 0
    assert post(served, {**OPERATION, "id": "locked"}).status_code == 202


def test_it_sends_answers_without_delay(server: Server) -> None:
    """Without TCP_NODELAY each small answer on a kept connection waits about 40 ms."""
    with requests.Session() as session:
        session.get(f"{server.url}/healthz", timeout=5)
        began = time.monotonic()
        for _ in range(20):
            session.get(f"{server.url}/healthz", timeout=5)
        assert time.monotonic() - began < 20 * 0.035


def test_it_outlives_a_client_that_leaves_in_the_middle(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        head = (
            f"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.tokens['ingest']}\r\n"
        )
        client.sendall(head.encode() + b'Content-Length: 500\r\n\r\n{"events": [')

    assert post(server, OPERATION).status_code == 202
