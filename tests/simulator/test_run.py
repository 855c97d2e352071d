import sqlite3
import threading
import time
from contextlib import closing

import pytest

from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.simulator.push import PushRefused
from gamepilot_mon.simulator.run import simulate
from gamepilot_mon.simulator.scenarios import UnknownScenario


class Playing:
    """A run in a thread of its own."""

    def __init__(self, **arguments):
        self.said: list[str] = []
        self.stop = threading.Event()
        self.summary = None
        self.error = None
        self._arguments = {"scenario": "calm", "seed": 1, "speed": 1.0, **arguments}
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        try:
            self.summary = simulate(**self._arguments, stop=self.stop, echo=self.said.append)
        except Exception as error:
            self.error = error

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive()

    @property
    def url(self):
        return next(text.split()[-1] for text in self.said if text.startswith("simulated GamePilot at"))


def rows(path, table):
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reader:
        return reader.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_it_pushes_and_writes_the_same_events(tmp_path, receiver):
    path = tmp_path / "gamepilot.db"
    before = utcnow()
    summary = simulate(
        "calm", 1, 60.0, receiver.url, "gpm_x", path, None, 1_200, threading.Event(), lambda text: None
    )
    sent = [event for request in receiver.requests for event in request["events"]]
    assert summary.events == summary.accepted == len(sent) > 100
    assert summary.lost == 0
    assert summary.rows == len([e for e in sent if e["kind"] not in ("query", "metric", "deploy")])
    assert rows(path, "performance_metrics") == len([e for e in sent if e["kind"] == "operation"])
    assert rows(path, "users") > 0
    assert iso(before) <= min(e["timestamp"] for e in sent) <= max(e["timestamp"] for e in sent)
    assert max(e["timestamp"] for e in sent) <= iso(utcnow())


def test_it_stops_when_it_is_told(eventually):
    with Playing(http_address="127.0.0.1:0") as playing:
        eventually(lambda: "calm: calm" in playing.said)
        started = time.monotonic()
        playing.stop.set()
        eventually(lambda: playing.summary)
        assert time.monotonic() - started < 10
    assert playing.error is None


def test_it_stops_by_itself_after_its_duration():
    started = time.monotonic()
    simulate(duration_ms=500, echo=lambda text: None)
    assert 0.5 <= time.monotonic() - started < 10


def test_it_shortens_the_phases_at_speed(receiver, eventually):
    with Playing(scenario="error-spike", speed=8.0, push_url=receiver.url) as playing:
        eventually(lambda: "error-spike: recovery" in playing.said)
    phases = [text for text in playing.said if text.startswith("error-spike: ")]
    assert phases == ["error-spike: lull", "error-spike: spike", "error-spike: recovery"]
    sent = [event for request in receiver.requests for event in request["events"]]
    assert any(event.get("severity") == "critical" for event in sent)
    assert any(event.get("success") is False for event in sent)


def test_it_serves_health_and_takes_another_scenario(eventually, receiver, client):
    with Playing(http_address="127.0.0.1:0", push_url=receiver.url, speed=5.0) as playing:
        eventually(lambda: "calm: calm" in playing.said)
        assert client.get(playing.url, timeout=5).status_code == 200
        control = playing.url.replace("/health", "/control")
        client.post(control, json={"scenario": "outage"}, timeout=5).raise_for_status()
        eventually(lambda: client.get(control, timeout=5).json()["phase"] == "unavailable")
        assert client.get(playing.url, timeout=5).status_code == 503
        client.post(control, json={"scenario": "calm"}, timeout=5).raise_for_status()
        assert client.get(playing.url, timeout=5).status_code == 200
    assert len(receiver.accepted) == playing.summary.accepted
    assert max(receiver.seen.values()) == 1


def test_it_keeps_the_rows_while_another_writer_has_the_lock(tmp_path, eventually):
    path = tmp_path / "gamepilot.db"
    with Playing(database=path, speed=30.0) as playing:
        eventually(lambda: path.exists() and "calm: calm" in playing.said)
        with closing(sqlite3.connect(path, isolation_level=None, timeout=5)) as other:
            other.execute("BEGIN IMMEDIATE")
            eventually(lambda: any("takes no rows now" in text for text in playing.said))
            other.execute("ROLLBACK")
    tables = ("performance_metrics", "error_logs", "mood_selections", "user_actions",
              "recommendation_events", "learning_metrics")  # fmt: skip
    assert playing.summary.lost == 0
    assert playing.summary.rows == sum(rows(path, table) for table in tables) > 0


def test_it_ends_with_the_reason_when_its_token_is_refused(receiver, eventually):
    receiver.script.extend([(401, {})] * 10)
    with Playing(push_url=receiver.url, token="gpm_wrong", speed=30.0) as playing:
        eventually(lambda: playing.error)
    assert isinstance(playing.error, PushRefused)
    assert "401" in str(playing.error)
    assert "gpm_wrong" not in str(playing.error)


def test_it_skips_what_a_stall_missed(receiver):
    """The first word of the run is held up for longer than a stall, as by a machine that slept."""
    said = []

    def echo(text):
        if not said:
            threading.Event().wait(2.5)
        said.append(text)

    simulate("calm", 1, 20.0, receiver.url, None, None, None, 3_200, threading.Event(), echo)
    assert any("skipped" in text for text in said)
    # At twenty times the speed 3.2 s would be 64 s of events; only those after the stall are told.
    whole = simulate("calm", 1, 20.0, None, None, None, None, 700, threading.Event(), said.append)
    assert len(receiver.accepted) < 3 * whole.events


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"scenario": "earthquake"}, UnknownScenario, "no scenario"),
        ({"speed": 0.0}, ValueError, "speed"),
        ({"speed": float("nan")}, ValueError, "speed"),
        ({"speed": float("inf")}, ValueError, "speed"),
        ({"http_address": "4000"}, ValueError, "host:port"),
        ({"http_address": "127.0.0.1:99999"}, ValueError, "host:port"),
        ({"push_url": "monitor:3001"}, ValueError, "http://"),
    ],
)
def test_it_refuses_arguments_that_make_no_sense(arguments, error, text):
    with pytest.raises(error, match=text):
        simulate(**arguments, duration_ms=100)
