import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import gamepilot_mon.client
from gamepilot_mon.client import Client, Stats
from gamepilot_mon.models import Event
from tests.client.trouble import ACCEPTED, Trouble, answered
from tests.serving import Server

Open = Callable[..., Client]


@pytest.fixture
def client() -> Iterator[Open]:
    opened: list[Client] = []

    def build(url: str, token: str = "gpm_test", **options: float) -> Client:
        opened.append(Client(url, token, **{"interval_s": 0.01, **options}))  # type: ignore[arg-type]
        return opened[-1]

    yield build
    for one in opened:
        one.close(0)


def test_it_reports_every_kind(served: Server, client: Open) -> None:
    monitor = client(served.url, served.tokens["ingest"])
    before = Event.select().count()

    monitor.operation("py-operation", duration_ms=3.5, user_id=7, metadata={"path": Path("/a")})
    monitor.error("py-error", ValueError("no"), severity="critical")
    monitor.query("select 1", duration_ms=2)
    monitor.mood_selection("u1", "creative", 0.5, secondary_mood="social")
    monitor.user_action("u1", "launch", game_id=3)
    monitor.recommendation("u1", "creative", [1, 2], clicked_game_id=2, success=True)
    monitor.learning("accuracy", 0.8, "daily")
    monitor.deploy("1.2.3")
    monitor.metric("queue_length", 4, {"queue": "mail"})

    assert monitor.flush(20)
    assert monitor.stats() == Stats(waiting=0, sent=9, dropped=0)
    assert Event.select().count() == before + 9
    stored = Event.get(Event.name == "py-error")
    assert stored.severity == "critical"
    assert stored.data["error"] == "ValueError: no"


def test_it_times_a_block_and_lets_its_exception_go_on(served: Server, client: Open) -> None:
    monitor = client(served.url, served.tokens["ingest"])

    with pytest.raises(KeyError), monitor.timed("py-timed"):
        {}["nothing"]

    assert monitor.flush(20)
    operation, error = Event.select().where(Event.name == "py-timed").order_by(Event.id)
    assert (operation.kind, operation.ok, error.kind) == ("operation", False, "error")
    assert "test_python.py" in error.data["stack_trace"]


def test_it_times_a_function(served: Server, client: Open) -> None:
    monitor = client(served.url, served.tokens["ingest"])

    @monitor.timing()
    def double(number: int) -> int:
        return 2 * number

    assert double(4) == 8
    assert monitor.flush(20)
    assert Event.get(Event.name.endswith("double")).ok


def test_a_refused_event_does_not_take_the_others_with_it(
    served: Server, client: Open, caplog: pytest.LogCaptureFixture
) -> None:
    monitor = client(served.url, served.tokens["ingest"])

    monitor.operation("py-good", duration_ms=1)
    monitor.operation("py-bad", duration_ms=-1)

    assert monitor.flush(20)
    assert monitor.stats() == Stats(waiting=0, sent=1, dropped=1)
    assert "1 of 2 events were refused" in caplog.text
    assert served.tokens["ingest"] not in caplog.text


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(None, id="cut"),
        pytest.param(answered("500 Internal Server Error"), id="500"),
        pytest.param(answered("429 Too Many Requests", b"{}", "Retry-After: 1"), id="429"),
        pytest.param(b"HTTP/1.1 202 Acc", id="half an answer"),
    ],
)
def test_it_sends_the_same_events_again(
    first: bytes | None, client: Open, trouble: Callable[..., Trouble]
) -> None:
    monitor_in_trouble = trouble(first, first, ACCEPTED)
    monitor = client(monitor_in_trouble.url)

    monitor.operation("again", duration_ms=1)

    monitor_in_trouble.wait(3)
    assert monitor.flush(20)
    assert monitor.stats() == Stats(waiting=0, sent=1, dropped=0)
    assert len(set(monitor_in_trouble.bodies)) == 1


def test_it_halves_a_batch_that_is_refused_as_a_whole(client: Open, trouble: Callable[..., Trouble]) -> None:
    refusal = answered("413 Content Too Large")
    monitor_in_trouble = trouble(refusal, ACCEPTED)
    monitor = client(monitor_in_trouble.url, interval_s=1, batch_max=4)

    for number in range(4):
        monitor.metric("m", number)

    assert monitor.flush(20)
    sizes = [len(events) for events in monitor_in_trouble.events()]
    assert sizes == [4, 2, 2]
    assert [event["value"] for events in monitor_in_trouble.events()[1:] for event in events] == [0, 1, 2, 3]


def test_a_wrong_token_is_said_once_and_not_asked_again_at_once(
    client: Open, trouble: Callable[..., Trouble], caplog: pytest.LogCaptureFixture
) -> None:
    monitor_in_trouble = trouble(answered("401 Unauthorized"))
    monitor = client(monitor_in_trouble.url, "gpm_secret")

    monitor.operation("a", duration_ms=1)
    monitor_in_trouble.wait(1)

    assert not monitor.flush(0.5)
    assert len(monitor_in_trouble.bodies) == 1
    assert caplog.text.count("401") == 1
    assert "gpm_secret" not in caplog.text


def test_a_dead_monitor_never_fills_the_memory(client: Open) -> None:
    monitor = client("http://127.0.0.1:9", queue_max=100)

    for number in range(1_000):
        monitor.metric("m", number)

    stats = monitor.stats()
    assert stats.waiting + stats.dropped == 1_000
    assert stats.waiting <= 100 + 500  # the queue, and the batch in the air


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("fields", "dropped"),
    [
        pytest.param({"value": float("nan")}, 1, id="nan"),
        pytest.param({"value": 1, "labels": {(1, 2): "a"}}, 1, id="a key that JSON does not know"),
        pytest.param(
            {"value": 1, "labels": {"object": Hostile()}}, 0, id="an object that cannot say what it is"
        ),
        pytest.param({"value": 1, "labels": {"text": "\ud800"}}, 0, id="lone surrogate"),
    ],
)
def test_nothing_that_is_reported_raises(
    fields: dict[str, object], dropped: int, served: Server, client: Open
) -> None:
    monitor = client(served.url, served.tokens["ingest"])

    monitor.report("metric", name="m", **fields)

    assert monitor.flush(20)
    assert monitor.stats() == Stats(waiting=0, sent=1 - dropped, dropped=dropped)


def test_a_child_of_a_fork_reports_its_own_events_only(served: Server, client: Open) -> None:
    monitor = client(served.url, served.tokens["ingest"], interval_s=5)
    monitor.operation("py-fork-parent", duration_ms=1)

    child = os.fork()
    if child == 0:
        monitor.operation("py-fork-child", duration_ms=1)
        os._exit(0 if monitor.flush(20) and monitor.stats().sent == 1 else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert monitor.flush(20)
    names = [event.name for event in Event.select().where(Event.name.startswith("py-fork"))]
    assert sorted(names) == ["py-fork-child", "py-fork-parent"]


PROGRAM = """
import sys
from client import Client
Client(sys.argv[1], sys.argv[2], interval_s=60).operation("py-at-exit", duration_ms=1)
"""


def run_alone(tmp_path: Path, url: str, token: str) -> subprocess.CompletedProcess[str]:
    """A program that carries a copy of the client and has nothing else installed."""
    (tmp_path / "client.py").write_text(Path(gamepilot_mon.client.__file__).read_text())
    (tmp_path / "app.py").write_text(PROGRAM)
    command = [sys.executable, "-S", "app.py", url, token]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30)


def test_a_program_that_ends_sends_what_waits(served: Server, tmp_path: Path) -> None:
    done = run_alone(tmp_path, served.url, served.tokens["ingest"])

    assert (done.returncode, done.stderr) == (0, "")
    assert Event.select().where(Event.name == "py-at-exit").count() == 1


def test_a_program_ends_although_the_monitor_is_dead(tmp_path: Path) -> None:
    done = run_alone(tmp_path, "http://127.0.0.1:9", "gpm_x")

    assert done.returncode == 0
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("url", ["", "monitor:3001", "ftp://monitor"])
def test_a_malformed_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        Client(url, "gpm_x")
