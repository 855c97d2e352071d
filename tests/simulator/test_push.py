import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import islice

import pytest

from gamepilot_mon.simulator.push import BATCH, Push, PushRefused
from gamepilot_mon.simulator.traffic import Traffic

CUT = "cut"


def events(number: int):
    return list(islice(Traffic(1, "calm").between(0, 3_600_000), number))


def ids(batch):
    return {event["id"]: 1 for event in batch}


@pytest.fixture
def said():
    return []


@pytest.fixture
def push(receiver, said):
    pusher = Push(receiver.url + "/", "gpm_secret", said.append)
    yield pusher
    pusher.close(0)


def test_it_sends_the_events_with_the_token(push, receiver, eventually):
    batch = events(20)
    push.offer(batch)
    eventually(lambda: push.totals.accepted == 20)
    request = receiver.requests[0]
    assert request["path"] == "/api/v1/events"
    assert request["headers"]["Authorization"] == "Bearer gpm_secret"
    assert request["events"] == batch


def test_it_sends_at_most_five_hundred_at_once(push, receiver, eventually):
    push.offer(events(1_234))
    eventually(lambda: push.totals.accepted == 1_234)
    assert [len(request["events"]) for request in receiver.requests] == [BATCH, BATCH, 234]
    assert len(receiver.accepted) == 1_234


@pytest.mark.parametrize("trouble", [CUT, 500, 503, 408, 429])
def test_it_sends_again_with_the_same_ids_until_it_is_answered(push, receiver, eventually, trouble, said):
    receiver.script.extend([(trouble, {}), (trouble, {})])
    batch = events(700)
    push.offer(batch)
    eventually(lambda: push.totals.accepted == 700)
    assert receiver.accepted == ids(batch)
    assert max(receiver.seen.values()) == 3
    assert [text.split(";")[0].split(" (")[0] for text in said] == [
        "the monitor takes nothing now", "the monitor takes events again",
    ]  # fmt: skip


def test_it_keeps_the_order_of_the_events(push, receiver, eventually):
    receiver.script.extend([(202, {}), (CUT, {}), (503, {})])
    batch = events(1_400)
    push.offer(batch)
    eventually(lambda: push.totals.accepted == 1_400)
    sent = [event for request in receiver.requests if request["status"] == 202 for event in request["events"]]
    assert sent == batch


def test_it_waits_as_long_as_the_receiver_asks(push, receiver, eventually):
    receiver.script.append((429, {"Retry-After": "1"}))
    push.offer(events(5))
    eventually(lambda: push.totals.accepted == 5)
    first, second = receiver.requests
    assert second["at"] - first["at"] >= 1.0


def test_it_understands_a_date_to_wait_for(push, receiver, eventually):
    receiver.script.append((503, {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=4))}))
    push.offer(events(5))
    eventually(lambda: push.totals.accepted == 5)
    first, second = receiver.requests
    # The header has whole seconds, so up to one of the four may be cut off, and the answer is late.
    assert second["at"] - first["at"] > 0.9


def test_it_makes_batches_smaller_when_they_are_too_large(push, receiver, eventually):
    receiver.script.append((413, {}))
    batch = events(500)
    push.offer(batch)
    eventually(lambda: push.totals.accepted == 500)
    assert [len(request["events"]) for request in receiver.requests] == [500, 250, 250]
    assert receiver.accepted == ids(batch)


def test_it_goes_on_after_a_batch_that_is_refused(push, receiver, eventually, said):
    receiver.script.append((422, {}))
    push.offer(events(600))
    eventually(lambda: push.totals.accepted == 100)
    assert push.totals.refused == 500
    assert said[0].startswith("500 events refused with 422")


@pytest.mark.parametrize("status", [401, 403, 404, 302])
def test_it_gives_up_when_the_receiver_takes_nothing_at_all(push, receiver, eventually, status):
    receiver.script.append((status, {"Location": "/elsewhere"}))
    push.offer(events(5))
    eventually(lambda: push.failure)
    with pytest.raises(PushRefused, match=str(status)):
        push.offer(events(5))
    assert len(receiver.requests) == 1
    assert "gpm_secret" not in str(push.failure)


def test_it_sends_what_is_left_when_it_closes(push, receiver):
    batch = events(1_100)
    push.offer(batch)
    assert push.close() == 0
    assert receiver.accepted == ids(batch)


def test_it_drops_the_oldest_and_counts_them_when_nobody_listens(said):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    pusher = Push(f"http://127.0.0.1:{port}", None, said.append, buffer=100)
    for event in events(1_000):
        pusher.offer([event])
    started = time.monotonic()
    unanswered = pusher.close(0.3)
    assert time.monotonic() - started < 10
    totals = pusher.totals
    assert totals.accepted == 0
    assert totals.dropped >= 800
    assert unanswered + totals.dropped == totals.offered == 1_000


def test_it_delivers_once_a_receiver_comes_up(receiver, eventually, said):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    pusher = Push(f"http://127.0.0.1:{port}", None, said.append)
    batch = events(50)
    pusher.offer(batch)
    eventually(lambda: said)
    with type(receiver)() as late:  # the same ingest, on a port of its own
        pusher.url = pusher.url.replace(str(port), str(late.server_address[1]))
        late.timeout = 10
        late.handle_request()
        eventually(lambda: pusher.totals.accepted == 50)
        assert late.accepted == ids(batch)
    pusher.close(0)


def test_it_wants_an_http_address(said):
    with pytest.raises(ValueError, match="http://"):
        Push("localhost:3001", None, said.append)


def test_it_keeps_a_malformed_token_to_itself(receiver, eventually, said):
    pusher = Push(receiver.url, "gpm_secret\n", said.append)
    pusher.offer(events(1))
    eventually(lambda: pusher.failure)
    assert "gpm_secret" not in f"{pusher.failure}{said}"
    pusher.close(0)
