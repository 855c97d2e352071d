"""The command against the real web process."""

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.loadtest.conftest import Ran, finished
from tests.loadtest.relay import Relay, Tamper
from tests.serving import Server

FRAMED = pytest.mark.parametrize("transport", ["websocket", "socket.io"])
MIX = "websocket=1,sse=1,socket.io=1"
UNDISTURBED = ("--stages", "20", "--cuts", "0", "--stuck", "0")


@pytest.fixture
def relay(server: Server) -> Iterator[Callable[[Tamper], Relay]]:
    opened: list[Relay] = []

    def open_relay(tamper: Tamper) -> Relay:
        opened.append(Relay(server.port, tamper))
        return opened[-1]

    yield open_relay
    for one in opened:
        one.close()


def test_it_reports_stages_latency_and_the_server(
    server: Server, load: Callable[..., Ran], tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    ran = load(
        server, "--stages", "20,60", "--mix", MIX, "--cuts", "5", "--target", "4s", "--report", str(page)
    )
    assert ran.code == 0, ran.errors
    report = ran.report
    assert report["intact"] and report["ended"] == "done"
    assert [stage["connected"] for stage in report["stages"]] == [20, 60]
    last = report["stages"][-1]
    for transport in ("all", "websocket", "sse", "socket.io"):
        times = last["latencyMs"][transport]
        assert times["count"] > 100 and last["stormMs"][transport]["count"] > 200
        assert 0 < times["p50"] <= times["p95"] <= times["p99"] <= times["max"] < 5000
    assert last["server"]["rss"] > 10_000_000 and last["server"]["cpuS"] > 0
    assert last["stuckReaders"] == 1
    assert report["totals"]["cuts"] > 0 and report["totals"]["returned"] >= report["totals"]["cuts"]
    # 2 stages of about 10 items and a storm of 20, and everybody has each.
    assert report["totals"]["published"] >= 55 and report["totals"]["neverSeen"] == 0
    assert report["capacity"]["clients"] >= 60
    assert report["requests"]["items"]["statuses"] == {"200": report["totals"]["published"]}
    assert [kind["clients"] for kind in report["users"]] == [15, 18, 12, 9, 6]
    text = page.read_text().replace("&lt;", "<")
    assert report["capacity"]["sentence"] in text
    assert text.count("<svg") == 3 and text.count("<h2>") == 8
    assert (
        f"{last['server']['rss'] / 1e6:.1f} MB" in text and f"{last['latencyMs']['all']['p99']:,.1f}" in text
    )


@pytest.mark.endurance
@pytest.mark.parametrize("transport", ["websocket", "sse", "socket.io"])
def test_it_has_everything_exactly_once_over_many_cuts(
    server: Server, load: Callable[..., Ran], transport: str
) -> None:
    """About 90 connections break in six seconds, while 20 items a second flow."""
    options = ("--hold", "6s", "--items", "20", "--cuts", "10", "--stuck", "0.05", "--settle", "20s")
    ran = load(server, "--stages", "90", "--mix", f"{transport}=1", *options)
    assert ran.code == 0, ran.errors
    totals = ran.report["totals"]
    assert totals["cuts"] > 40 and totals["returned"] >= totals["cuts"]
    assert totals["missing"] == totals["duplicates"] == totals["outOfOrder"] == totals["gaps"] == 0
    # Everybody has each, and the latest states beside them.
    assert totals["received"] >= 90 * totals["published"] and totals["published"] >= 50


def test_it_writes_a_page_that_loads_nothing(
    server: Server, load: Callable[..., Ran], tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    load(server, "--stages", "10", "--report", str(page))
    text = page.read_text()
    assert "prefers-color-scheme:dark" in text
    assert not re.search(r"(src|href|action)=|url\(|@import|<script", text)


@FRAMED
def test_it_counts_an_item_that_one_client_was_not_given(
    server: Server, load: Callable[..., Ran], relay: Callable[[Tamper], Relay], transport: str
) -> None:
    through = relay(lambda frame: b"" if b'"n":5,' in frame else frame)
    ran = load(server, *UNDISTURBED, "--mix", f"{transport}=1", "--settle", "4s", url=through.url)
    assert ran.code == 3
    assert ran.report["totals"]["missing"] == 1
    assert ran.report["totals"]["duplicates"] == ran.report["totals"]["outOfOrder"] == 0
    assert not ran.report["intact"]


@FRAMED
def test_it_counts_an_item_that_one_client_was_given_twice(
    server: Server, load: Callable[..., Ran], relay: Callable[[Tamper], Relay], transport: str
) -> None:
    through = relay(lambda frame: frame * 2 if b'"n":5,' in frame else frame)
    ran = load(server, *UNDISTURBED, "--mix", f"{transport}=1", url=through.url)
    assert ran.code == 3
    assert ran.report["totals"]["duplicates"] == 1
    assert ran.report["totals"]["missing"] == 0


@FRAMED
def test_it_counts_an_item_that_came_after_a_later_one(
    server: Server, load: Callable[..., Ran], relay: Callable[[Tamper], Relay], transport: str
) -> None:
    held: list[bytes] = []

    def swap(frame: bytes) -> bytes:
        if b'"n":5,' in frame:
            held.append(frame)
            return b""
        return frame + held.pop() if held and b'"n":6,' in frame else frame

    ran = load(server, *UNDISTURBED, "--mix", f"{transport}=1", url=relay(swap).url)
    assert ran.code == 3
    assert ran.report["totals"]["outOfOrder"] == 1
    assert ran.report["totals"]["missing"] == 0


def test_it_raises_alerts_and_ends_them(served: Server, load: Callable[..., Ran]) -> None:
    ran = load(served, "--stages", "20", "--storm-kind", "alert", "--storm", "10", "--cuts", "0")
    assert ran.code == 0, ran.errors
    # Six viewers of dashboards and three monitors; how the alerts end is not timed.
    assert ran.report["stages"][0]["stormMs"]["all"]["count"] == 9 * 10
    assert ran.report["requests"]["alerts"]["done"] == ran.report["requests"]["resolved"]["done"] == 10
    open_now = served.get("/api/v1/alerts?open=true", "viewer").json()["data"]
    assert [alert for alert in open_now if alert["type"] == "loadtest"] == []


def test_it_stops_where_the_server_refuses_more(
    serve: Callable[..., Server], load: Callable[..., Ran]
) -> None:
    server = serve(GAMEPILOT_MON_LIVE_MAX_PER_ADDRESS="30")
    ran = load(server, "--stages", "20,40,80", "--cuts", "0")
    assert ran.code == 3
    assert ran.report["ended"] == "refused with 429"
    assert [stage["connected"] for stage in ran.report["stages"]] == [20, 30]


def test_it_reports_what_there_is_when_interrupted(server: Server, begin: Callable[..., object]) -> None:
    child = begin(server, "--stages", "10", "--hold", "50s")
    for line in child.stderr:  # type: ignore[attr-defined]
        if "holding" in line:
            break
    child.send_signal(signal.SIGINT)  # type: ignore[attr-defined]
    ran = finished(child)  # type: ignore[arg-type]
    assert ran.code == 130
    assert ran.report["ended"] == "interrupted" and ran.report["stages"][0]["connected"] == 10


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--url", "http://192.0.2.1:3001"), "--allow-remote"),
        (("--url", "http://0.0.0.0:3001"), "--allow-remote"),
        (("--url", "https://127.0.0.1:3001"), "must look like"),
        (("--url", "http://127.0.0.1:99999"), "port"),
        (("--mix", "pigeon=1"), "transports are"),
        (("--stages", "10,x"), "rising numbers"),
    ],
)
def test_it_refuses_options(
    server: Server, load: Callable[..., Ran], options: tuple[str, ...], said: str
) -> None:
    ran = load(server, *options)
    assert ran.code == 2
    assert said in ran.errors and len(ran.errors.splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--stages", "50,10"), "rising"),
        (("--stages", "50000"), "at most"),
        (("--token", "wrong"), "viewer"),
        (("--operator-token", "wrong"), "operator"),
        (("--ingest-token", "wrong"), "ingest"),
        (("--url", "http://127.0.0.1:1"), "does not answer"),
    ],
)
def test_it_says_why_it_cannot_run(
    server: Server, load: Callable[..., Ran], options: tuple[str, ...], said: str
) -> None:
    ran = load(server, *options)
    assert ran.code == 1
    assert said in ran.errors and len(ran.errors.splitlines()) == 1
