import json
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from gamepilot_mon.models import Event
from tests import npm
from tests.client.trouble import ACCEPTED, Trouble, answered
from tests.processes import eventually
from tests.serving import ROOT, Server

CLIENT = ROOT / "static/client/gamepilot-mon.js"
APP = Path(__file__).parent / "app.cjs"


@pytest.mark.parametrize("version", ["4.21.2", "5.1.0"])
def test_an_express_app_is_reported_by_its_routes(version: str, served: Server) -> None:
    modules = npm.installed(f"express@{version}") / "node_modules"
    before = Event.select().count()
    command = ["node", str(APP), str(CLIENT), str(modules), served.url, served.tokens["ingest"]]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as app:
        assert app.stdin is not None and app.stdout is not None
        address = f"http://127.0.0.1:{app.stdout.readline().strip()}"
        for path in ("/games/1", "/games/2", "/broken", "/wp-login.php"):
            requests.get(address + path, headers={"X-User": "u9"}, timeout=10)
        app.stdin.close()
        told = json.loads(app.stdout.readline())

    assert told == {"done": True, "waiting": 0, "sent": 5, "dropped": 0}
    rows = list(Event.select().order_by(Event.id).offset(before))
    operations = [(row.name, row.ok, row.user is not None) for row in rows if row.kind == "operation"]
    assert sorted(operations) == [
        ("GET (unmatched)", True, True), ("GET /broken", False, True),
        ("GET /games/:id", True, True), ("GET /games/:id", True, True),
    ]  # fmt: skip
    [error] = [row for row in rows if row.kind == "error"]
    assert (error.name, error.data["error"]) == ("GET /broken", "Error: out of moods")
    assert "app.cjs" in error.data["stack_trace"]


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    npm.need_node()
    program = f"const {{ Monitor }} = require({json.dumps(str(CLIENT))});{script}"
    command = ["node", "-e", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_a_program_that_ends_sends_what_waits(served: Server) -> None:
    script = """
      const monitor = new Monitor({ url: process.argv[1], token: process.argv[2], intervalMs: 60000 })
      monitor.operation('js-at-exit', 3)
      monitor.report('mood_selection', { user_id: 'u1', primary_mood: 'creative', intensity: 0.5 })
    """

    done = run(script, served.url, served.tokens["ingest"])

    assert (done.returncode, done.stderr) == (0, "")
    assert Event.select().where(Event.name == "js-at-exit").count() == 1


@pytest.mark.parametrize(
    "crash",
    [
        pytest.param("throw new Error('of it')", id="at once"),
        pytest.param("setTimeout(() => { throw new Error('of it') }, 50)", id="later"),
        pytest.param("Promise.reject(new Error('of it'))", id="a rejection"),
    ],
)
def test_a_program_that_crashes_reports_it_and_crashes(crash: str, served: Server) -> None:
    name = f"crash-{uuid.uuid4().hex[:8]}"
    begin = "new Monitor({ url: process.argv[1], token: process.argv[2] }).captureErrors(process.argv[3]);"

    done = run(begin + crash, served.url, served.tokens["ingest"], name)

    assert done.returncode == 1
    assert "Error: of it" in done.stderr and "Node.js v" in done.stderr
    # A busy monitor may take longer to answer than a program waits that ends.
    [error] = eventually(lambda: list(Event.select().where(Event.name == name)), what="the report")
    assert (error.kind, error.severity, error.data["error"]) == ("error", "critical", "Error: of it")


def test_a_program_that_crashes_ends_although_the_monitor_is_dead() -> None:
    done = run(
        "new Monitor({ url: 'http://127.0.0.1:9', token: 'x' }).captureErrors(); throw new Error('of it')"
    )

    assert done.returncode == 1 and "Error: of it" in done.stderr


def test_a_program_that_looks_after_its_crashes_goes_on(served: Server) -> None:
    name = f"crash-{uuid.uuid4().hex[:8]}"
    script = """
      const monitor = new Monitor({ url: process.argv[1], token: process.argv[2] }).captureErrors(process.argv[3])
      process.on('uncaughtException', () => monitor.close().then(() => console.log('went on')))
      throw new Error('of it')
    """

    done = run(script, served.url, served.tokens["ingest"], name)

    assert (done.returncode, done.stdout) == (0, "went on\n")
    eventually(lambda: Event.select().where(Event.name == name).count() == 1, what="the report")


def test_a_program_ends_although_the_monitor_is_dead() -> None:
    done = run("new Monitor({ url: 'http://127.0.0.1:9', token: 'x' }).operation('a', 1)")

    assert done.returncode == 0
    assert "cannot be reached" in done.stderr


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(None, id="cut"),
        pytest.param(answered("500 Internal Server Error"), id="500"),
        pytest.param(answered("429 Too Many Requests", b"{}", "Retry-After: 1"), id="429"),
        pytest.param(answered("202 Accepted", b'{"accepted"'), id="half an answer"),
    ],
)
def test_it_sends_the_same_events_again(first: bytes | None, trouble: Callable[..., Trouble]) -> None:
    monitor = trouble(first, first, ACCEPTED)
    script = """
      const monitor = new Monitor({ url: process.argv[1], token: 'x', intervalMs: 1, log() {} })
      monitor.operation('again', 1)
      const timer = setInterval(() => {
        if (monitor.stats().waiting) return
        clearInterval(timer)
        console.log(JSON.stringify(monitor.stats()))
      }, 10)
    """

    done = run(script, monitor.url)

    assert json.loads(done.stdout) == {"waiting": 0, "sent": 1, "dropped": 0}
    assert len(monitor.bodies) == 3
    assert len(set(monitor.bodies)) == 1


def test_it_halves_a_batch_that_is_refused_as_a_whole(trouble: Callable[..., Trouble]) -> None:
    monitor = trouble(answered("413 Content Too Large"), ACCEPTED)
    script = """
      const monitor = new Monitor({ url: process.argv[1], token: 'x', intervalMs: 1000, log() {} })
      for (let value = 0; value < 4; value++) monitor.metric('m', value)
      monitor.flush(20000)
    """

    run(script, monitor.url)

    values = [[event["value"] for event in events] for events in monitor.events()]
    assert values == [[0, 1, 2, 3], [0, 1], [2, 3]]


def test_nothing_that_is_reported_throws(served: Server) -> None:
    script = """
      const monitor = new Monitor({ url: process.argv[1], token: process.argv[2], log() { throw new Error() } })
      const round = {}; round.round = round
      monitor.report('metric', { name: 'm', value: 1, labels: round })
      monitor.report('metric', { name: 'm', value: 1n })
      monitor.report('metric', { name: 'm', value: 1, labels: { text: '\\ud800', written: '\\\\ud800' } })
      monitor.error('js-odd', undefined)
      monitor.operation(null, NaN)
      monitor.close().then(() => console.log(JSON.stringify(monitor.stats())))
    """

    done = run(script, served.url, served.tokens["ingest"])

    # dropped: what goes round in itself, a value that is a text, a duration that is no number
    assert (done.stderr, json.loads(done.stdout)) == ("", {"waiting": 0, "sent": 2, "dropped": 3})
