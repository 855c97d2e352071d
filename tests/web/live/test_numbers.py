"""What the live feed says of itself."""

from collections.abc import Callable

from prometheus_client.parser import text_string_to_metric_families

from tests.web.live.server import Server

Start = Callable[..., Server]


def test_it_counts_clients_subscriptions_and_items(start: Start) -> None:
    server = start()
    clients = [server.websocket().subscribe("alerts", "health").settle() for _ in range(3)]
    stream = server.stream("?topics=alerts")
    stream.block()
    ids = [server.append() for _ in range(2)]
    for client in clients:
        assert [item["id"] for item in client.items(2)] == ids
    assert [int(event["id"]) for event in stream.events(2)] == ids

    told = {
        (sample.name.removeprefix("gamepilot_mon_live_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(server.inside()["metrics"])
        for sample in family.samples
    }

    assert told["clients", "websocket"] == 3
    assert told["clients", "sse"] == 1
    assert told["subscriptions", "alerts"] == 4
    assert told["subscriptions", "health"] == 3
    assert told["connections_total",] == 4
    assert told["items_sent_total",] == 8
    assert told["clients_behind",] == told["dropped_total",] == 0
    assert told["delivery_seconds_count",] == told["delivery_seconds_bucket", "+Inf"] == 2
    assert 0 <= told["delivery_seconds_sum",] < 10
