import http.client
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import websocket

from gamepilot_mon import alerts, db, feed
from gamepilot_mon.clock import utcnow
from gamepilot_mon.custom_alert import CustomAlert, raise_alert
from gamepilot_mon.models import Alert, FeedItem
from gamepilot_mon.settings import Settings
from tests.web.live.raw import frame
from tests.web.live.server import Live, Server, wait_until

Start = Callable[..., Server]


def test_it_greets_with_the_newest_id_and_the_epoch_of_the_log(web: Server) -> None:
    newest = web.append()
    wait_until(lambda: web.websocket().hello["id"] == newest)
    assert web.websocket().hello == {"type": "hello", "id": newest, "epoch": feed.epoch()}


def until_shutdown(client: Live) -> list[dict[str, Any]]:
    items = [client.receive()]
    while items[-1]["event"] != "system:shutdown":
        items.append(client.receive())
    return items


def test_it_sends_an_item_as_it_stands_in_the_log(web: Server) -> None:
    client = web.websocket().subscribe("alerts").settle()
    id = web.append("alert:new", {"message": "Überlast", "value": None})
    (item,) = feed.since(id - 1)
    assert client.connection.recv() == item.envelope()


def test_it_sends_within_a_moment_of_the_commit(web: Server) -> None:
    client = web.websocket().subscribe("alerts").settle()
    web.append()
    begun = time.monotonic()
    client.receive()
    assert time.monotonic() - begun < 0.2


def test_it_sends_only_what_was_subscribed_and_system_always(web: Server) -> None:
    client = web.websocket().subscribe("alerts").settle()
    web.append("performance:update", {})
    wanted = [web.append("alert:new"), web.append("alert:broadcast")]
    assert [item["id"] for item in client.items(2)] == wanted
    client.say(type="unsubscribe", topics=["alerts", "system"])
    client.settle()
    web.append("alert:new")
    last = web.append("system:error")
    assert client.receive()["id"] == last


def test_it_shows_the_latest_state_first(web: Server) -> None:
    web.append("health:update", {"status": "critical"})
    shown = [
        web.append("health:update", {"status": "healthy"}),
        web.append("errors:update", {"totalErrors": 3}),
    ]
    web.append("alert:update", {"a change": "is not a state"})
    last = web.append("performance:update", {})
    wait_until(lambda: web.websocket().hello["id"] == last)
    client = web.websocket().subscribe("health", "alerts")
    items = client.items(2)
    assert [item["id"] for item in items] == shown
    assert items[0]["data"] == {"status": "healthy"}
    client.settle()


def test_it_shows_the_latest_state_of_before_its_start(start: Start) -> None:
    server = start()
    id = server.append("health:update", {"status": "healthy"})
    assert server.websocket().subscribe("health").receive()["id"] == id


@pytest.mark.parametrize("way", ["in one message", "in a message each"])
def test_it_resumes_with_exactly_what_was_missed(web: Server, way: str) -> None:
    since = web.append("health:update", {})
    missed = [
        web.append(event) for event in ("alert:new", "alert:broadcast", "health:update", "alert:update")
    ]
    hidden = web.append("performance:update", {})
    wait_until(lambda: web.websocket().hello["id"] == hidden)
    client = web.websocket()
    if way == "in one message":
        client.subscribe("alerts", "health", since=since)
        assert [item["id"] for item in client.items(4)] == missed
    else:
        client.subscribe("alerts", since=since).subscribe("health", since=since)
        assert [item["id"] for item in client.items(4)] == missed
    client.settle()
    live = web.append("alert:new")
    assert client.receive()["id"] == live


def test_it_shows_what_was_missed_of_topics_that_are_subscribed_already(web: Server) -> None:
    """All of it, and nothing that has come already; what is always on was heard from the beginning on."""
    missed = [web.append("alert:new"), web.append("alert:broadcast"), web.append("alert:new")]
    wait_until(lambda: web.websocket().hello["id"] == missed[-1])
    client = web.websocket().subscribe("alerts").settle()
    live = [web.append("alert:new"), web.append("alert:broadcast")]
    assert [item["id"] for item in client.items(2)] == live

    client.subscribe("alerts", since=missed[1])
    assert client.receive()["id"] == missed[2]
    client.subscribe("alerts", since=missed[0] - 1)
    assert [item["id"] for item in client.items(2)] == missed[:2]
    client.subscribe("alerts", "health", since=missed[0] - 1).settle()


def test_a_since_that_this_process_has_not_read_yet_takes_nothing_from_what_is_subscribed(
    web: Server,
) -> None:
    client = web.websocket().subscribe("alerts").settle()
    with db.write():  # no nudge: it is found by the look that comes every now and then
        ids = [feed.append("alert:new", {"n": n}, utcnow()) for n in range(5)]
    client.subscribe("health", since=ids[-1])
    assert [item["id"] for item in client.items(5)] == ids
    state = web.append("health:update", {})
    assert client.receive()["id"] == state


def test_a_stop_does_not_hide_what_is_still_owed(start: Start) -> None:
    """Whether it comes before or after what was missed: resuming from its id misses nothing."""
    server = start()
    missed = server.append_many(5)
    wait_until(lambda: server.websocket().hello["id"] == missed[-1])
    client = server.websocket().subscribe("alerts", since=missed[0] - 1)
    server.signal()
    *shown, goodbye = until_shutdown(client)
    assert [item["id"] for item in shown] == [id for id in missed if id <= goodbye["id"]]


def test_it_sends_nothing_again_to_whom_nothing_is_missing(web: Server) -> None:
    newest = web.append()
    wait_until(lambda: web.websocket().hello["id"] == newest)
    web.websocket().subscribe("alerts", "health", since=newest).settle()


def test_it_tells_of_a_gap_when_the_log_is_not_that_long(web: Server) -> None:
    state = web.append("mood-persona:update", {})
    newest = web.append()
    wait_until(lambda: web.websocket().hello["id"] == newest)
    client = web.websocket().subscribe("mood-persona", since=newest + 1000)
    gap, snapshot = client.items(2)
    assert gap["id"] == newest
    assert (gap["event"], gap["topic"]) == ("system:gap", "system")
    assert gap["data"] == {"from": newest + 1000, "to": newest, "reason": "ahead of the log"}
    assert snapshot["id"] == state
    again = client.subscribe("mood-persona", since=newest + 1000).items(2)
    assert [item["id"] for item in again] == [gap["id"], state], "of what is subscribed already, too"


def test_it_tells_of_a_gap_when_the_missed_items_are_pruned(start: Start) -> None:
    server = start()
    ids = server.append_many(20)
    state = server.append("health:update", {})
    with db.write():
        FeedItem.delete().where(FeedItem.id <= ids[9]).execute()
    client = server.websocket().subscribe("health", "alerts", since=ids[8])
    gap, snapshot = client.items(2)
    assert gap["data"] == {"from": ids[8], "to": state, "reason": "no longer kept"}
    assert snapshot["id"] == state
    client.settle()
    kept = server.websocket().subscribe("alerts", since=ids[9])
    assert [item["id"] for item in kept.items(10)] == ids[10:]


def raised(server: Server, text: str) -> Alert:
    settings = Settings.from_env({"GAMEPILOT_MON_DATABASE_URL": server.url}, dotenv=None)
    with db.write():
        return raise_alert(settings, CustomAlert(type="drill", severity="warning", message=text), utcnow())


def test_it_shows_the_open_alerts_after_a_gap(start: Start) -> None:
    """Those of before the hub began, too; what is over is not among them."""
    server = start()
    old, ended = raised(server, "old"), raised(server, "over before")
    with db.write():
        alerts.close(ended, utcnow())
    server.websocket()  # the hub begins with the first client
    new, over = raised(server, "new"), raised(server, "over")
    with db.write():
        alerts.close(over, utcnow())
    newest = server.append("health:update", {})
    wait_until(lambda: server.websocket().hello["id"] == newest)

    client = server.websocket().subscribe("alerts", since=newest + 1000)

    gap, *shown = client.items(3)
    assert gap["event"] == "system:gap"
    assert [(item["data"]["id"], item["data"]["status"]) for item in shown] == [
        (old.id, "firing"),
        (new.id, "firing"),
    ]
    client.settle()


def test_it_tells_of_a_gap_when_everything_is_pruned(start: Start) -> None:
    server = start()
    client = server.websocket().subscribe("alerts").settle()
    ids = server.append_many(2100)
    client.items(2100)
    with db.write():
        FeedItem.delete().execute()
    gap = server.websocket().subscribe("alerts", since=ids[0]).receive()
    assert gap["data"] == {"from": ids[0], "to": ids[-1], "reason": "no longer kept"}


def test_it_resumes_past_what_this_process_has_read_when_another_has_read_it(start: Start) -> None:
    server = start({"poll_ms": 300, "coalesce_ms": 300})
    client = server.websocket().subscribe("alerts").settle()
    first = server.append()
    assert client.receive()["id"] == first
    unread = server.append()  # within the pause that makes items travel together
    other = server.websocket().subscribe("alerts", since=unread)
    assert client.receive()["id"] == unread
    later = server.append()
    assert other.receive()["id"] == later


def test_it_answers_requests(web: Server) -> None:
    client = web.websocket()
    client.say(type="request", what="health", hours=6)
    answer = client.receive()
    assert answer == {"type": "response", "what": "health", "data": {"hours": 6, "lastId": feed.last_id()}}
    client.say(type="request", what="health")
    assert client.receive()["data"]["hours"] is None


def test_it_does_what_it_is_told_in_order(web: Server) -> None:
    client = web.websocket()
    for hours in range(1, 20):
        client.say(type="request", what="health", hours=hours)
    client.say(type="ping")
    answers = client.items(20)
    assert [answer["data"]["hours"] for answer in answers[:-1]] == list(range(1, 20))
    assert answers[-1] == {"type": "pong"}


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ("no json", "JSON"),
        ("[]", "JSON"),
        ("[" * 60_000, "JSON"),
        ('{"type":"dance"}', "type"),
        ('{"type":["subscribe"]}', "type"),
        ('{"type":"subscribe"}', "topics"),
        ('{"type":"subscribe","topics":"alerts"}', "topics"),
        ('{"type":"subscribe","topics":[1]}', "topics"),
        ('{"type":"subscribe","topics":["alerts","stars"]}', "stars"),
        ('{"type":"subscribe","topics":["alerts"],"since":"7"}', "since"),
        ('{"type":"subscribe","topics":["alerts"],"since":true}', "since"),
        ('{"type":"subscribe","topics":["alerts"],"since":-1}', "since"),
        ('{"type":"request","what":"gold"}', "what"),
        ('{"type":"request","what":["health"]}', "what"),
        ('{"type":"request","what":"health","hours":0}', "hours"),
        ('{"type":"request","what":"health","hours":1.5}', "hours"),
    ],
)
def test_it_says_what_was_wrong_and_goes_on(web: Server, message: str, word: str) -> None:
    client = web.websocket()
    client.connection.send(message)
    answer = client.receive()
    assert answer["type"] == "error"
    assert word in answer["message"]
    client.settle()


def test_it_takes_a_since_of_any_size(web: Server) -> None:
    client = web.websocket().subscribe("alerts", since=10**30)
    assert client.receive()["data"]["reason"] == "ahead of the log"


def test_it_asks_for_each_message_who_may_send_it(web: Server) -> None:
    client = web.websocket(token=web.new_token("admin"))
    client.say(type="request", what="health")
    assert client.receive() == {"type": "error", "message": "the role admin may not request"}
    client.settle()


def test_it_closes_on_a_snapshot_that_cannot_be_made(web: Server) -> None:
    client = web.websocket()
    client.say(type="request", what="performance")
    assert client.close_code() == 1011


def test_it_says_that_the_store_cannot_be_read_and_goes_on(start: Start) -> None:
    client = start().websocket()
    with db.write():
        db.database.execute_sql("ALTER TABLE feed_item RENAME TO mislaid")
    client.say(type="request", what="health")
    assert client.receive() == {"type": "error", "message": "health cannot be read now; try again"}
    client.settle()


@pytest.mark.parametrize(("code", "payload"), [(1000, b"\x03\xe8"), (4000, b"\x0f\xa0bye")])
def test_it_answers_a_close_with_its_code(web: Server, code: int, payload: bytes) -> None:
    client = web.raw()
    client.send(8, payload)
    assert client.close_code() == code
    assert client.ended()


def test_it_joins_fragments_that_come_byte_by_byte(web: Server) -> None:
    client = web.raw()
    text = json.dumps({"type": "subscribe", "topics": ["stars-é"]}, ensure_ascii=False).encode()
    stream = frame(1, text[:20], final=False) + frame(9, b"still here") + frame(0, text[20:])
    for byte in stream:
        client.socket.sendall(bytes([byte]))
    assert client.frame() == (10, b"still here")
    assert "stars-é" in client.frame()[1].decode()


@pytest.mark.parametrize(
    "headers", [{"Sec_WebSocket_Version": "8"}, {"Sec_WebSocket_Key": "short"}, {"Sec_WebSocket_Key": "ü"}]
)
def test_it_refuses_a_malformed_handshake(web: Server, headers: dict[str, str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", web.port)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(
        "GET",
        "/ws",
        headers={
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            **web.bearer,
            **names,
        },
    )
    status = connection.getresponse().status
    connection.close()
    assert status == 400


def test_it_wants_a_role(web: Server) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException) as caught:
        web.websocket(token=web.new_token("ingest"))
    assert caught.value.status_code == 403
