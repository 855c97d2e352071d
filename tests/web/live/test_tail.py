"""The tail keeps reading, whatever becomes of nudges, the store, or what it reads."""

from collections.abc import Callable

from gamepilot_mon import db, feed
from gamepilot_mon.clock import utcnow
from tests.web.live.server import Server, wait_until

Start = Callable[..., Server]


def test_it_finds_items_of_which_no_nudge_came(web: Server) -> None:
    client = web.websocket().subscribe("alerts").settle()
    with db.write():
        id = feed.append("alert:new", {}, utcnow())
    assert client.receive()["id"] == id


def test_it_goes_on_after_the_store_failed_and_says_so_once(start: Start) -> None:
    server = start()
    client = server.websocket().subscribe("alerts").settle()
    last = server.inside()["progressAt"]
    with db.write():
        db.database.execute_sql("ALTER TABLE feed_item RENAME TO mislaid")
    wait_until(lambda: "the live tail failed" in server.log.read_text())
    stalled = wait_until(lambda: server.inside()["progressAt"])
    with db.write():
        db.database.execute_sql("ALTER TABLE mislaid RENAME TO feed_item")
    id = server.append()
    assert client.receive()["id"] == id
    wait_until(lambda: server.inside()["progressAt"] > stalled >= last)
    assert server.log.read_text().count("the live tail failed") == 1


def test_it_sends_a_burst_in_order(web: Server) -> None:
    client = web.websocket().subscribe("alerts").settle()
    ids = [web.append() for _ in range(200)] + web.append_many(1500)
    assert [item["id"] for item in client.items(1700)] == ids
