"""The page of moods and personas: figures with numbers behind them, by the reader's clock."""

import csv
import io
import re
import uuid
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from gamepilot_mon import db
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS, utcnow
from gamepilot_mon.models import Event
from gamepilot_mon.moods import folding
from tests.serving import Server

HOSTILE = "<img src=x onerror=alert(1)>\u202e" + "Z\u0351\u036b" * 30


def report(*events: dict[str, Any]) -> None:
    now = utcnow()
    with db.write():
        for event in events:
            at = now - event.pop("ago", 0)
            Event.create(**{"at": at, "received_at": now, **event})
    while folding.STREAM.pending():
        with db.write():
            folding.fold(now)


@pytest.fixture
def name(served: Server) -> str:
    """A mood, an action, a trigger and a metric of that name, of now; a player came to the mood from calm."""
    name = f"n-{uuid.uuid4().hex}"
    shown = {
        "mood_context": name,
        "recommended_games": ["g1"],
        "clicked_game_id": "g1",
        "metadata": {"trigger": name},
    }
    report(
        {"kind": "mood_selection", "name": "calm", "value": 0.5, "user": name, "ago": 2 * MINUTE_MS},
        {"kind": "mood_selection", "name": name, "value": 0.25, "user": name, "ago": MINUTE_MS},
        {"kind": "recommendation", "user": name, "ok": True, "data": shown, "ago": MINUTE_MS},
        {"kind": "user_action", "name": "launch", "user": name, "data": {"game_id": "g1"}},
        {"kind": "user_action", "name": name, "user": name},
        {"kind": "learning", "name": name, "value": 2.0, "ago": 30 * HOUR_MS},
        {"kind": "learning", "name": name, "value": 4.0},
    )
    return name


def test_it_shows_what_players_feel_and_do(served: Server, name: str) -> None:
    page = served.get("/mood-persona?span=24h", "viewer").text
    assert page.count("<h1") == 1
    for said in ("Moods over time", "From mood to mood", "From recommendation to game", "What players do",
                 "Active players", "The usual week", "Learning"):  # fmt: skip
        assert said in page
    assert page.count(name) > 5
    assert f"calm → {name}: 1, 100%" in unescape(page)
    assert "2 in the span before" in page and "rising" in page


@pytest.mark.parametrize("span", ["24h", "7d", "30d"])
@pytest.mark.parametrize("signal", ["mood_selection", "user_action", "recommendation"])
def test_it_draws_each_span_and_signal(served: Server, name: str, span: str, signal: str) -> None:
    page = served.get(f"/mood-persona?span={span}&signal={signal}&zone=Asia/Kathmandu", "viewer")
    assert page.status_code == 200
    assert page.text.count("data-level=") == 7 * 24 + 6
    assert "style=" not in page.text


def test_it_has_a_text_and_a_table_for_each_figure(served: Server, name: str) -> None:
    page = served.get("/mood-persona", "viewer").text
    assert 'role="img" aria-label=""' not in page
    assert {"time-numbers", "people-numbers", "rhythm-numbers", "learning-numbers"} <= set(
        re.findall(r'id="([\w-]+)"', page)
    )


def test_it_offers_each_part_as_a_file(served: Server, name: str) -> None:
    page = served.get("/mood-persona?zone=Europe/Berlin", "viewer").text
    paths = [unescape(path) for path in re.findall(r'href="(/api/v1/moods[^"]*)"', page)]
    assert len(paths) == 7
    for path in paths:
        answer = served.get(path, "viewer")
        assert answer.headers["Content-Type"].startswith("text/csv"), path
        assert list(csv.DictReader(io.StringIO(answer.text))), path


def test_it_marks_the_hour_of_the_reader(served: Server, name: str) -> None:
    places = {
        re.findall(r'class="heat-here" x="(\d+)"', served.get(f"/mood-persona?zone={zone}", "viewer").text)[0]
        for zone in ("Etc/GMT-6", "Etc/GMT+6")
    }
    assert len(places) == 2


def test_it_compares_the_last_hour_with_the_same_one_of_past_weeks(serve: Callable[[], Server]) -> None:
    own = serve()
    own.open_store()
    at = [7 * DAY_MS + 10 * MINUTE_MS, 14 * DAY_MS + 10 * MINUTE_MS, 10 * MINUTE_MS]
    report(
        *({"kind": "mood_selection", "name": "calm", "value": 0.5, "user": "ann", "ago": ago} for ago in at)
    )
    page = " ".join(own.get("/mood-persona", "viewer").text.split())
    assert "usual at this hour: 1.0 ± 1.0, by 2 past weeks" in page
    db.database.close()


@pytest.mark.parametrize("zone", ["Nowhere/Town", "../etc/passwd", "x" * 400, "\x00"])
def test_it_says_at_the_field_that_a_zone_is_unknown(served: Server, name: str, zone: str) -> None:
    answer = served.get("/mood-persona", "viewer", params={"zone": zone}, headers={"Accept": "text/html"})
    assert answer.status_code == 422
    assert 'id="zone-problem"' in answer.text


@pytest.mark.parametrize("query", ["span=1y", "signal=pulse"])
def test_it_says_when_an_address_asks_for_something_unknown(server: Server, query: str) -> None:
    answer = server.get(f"/mood-persona?{query}", "viewer", headers={"Accept": "text/html"})
    assert answer.status_code == 422
    assert "This address" in answer.text


def test_it_holds_hostile_names(served: Server) -> None:
    report(
        {"kind": "mood_selection", "name": HOSTILE, "value": 0.5, "user": "eve"},
        {"kind": "mood_selection", "name": HOSTILE, "value": 0.5, "user": "eve"},
        {"kind": "user_action", "name": HOSTILE, "user": "eve"},
        {
            "kind": "recommendation",
            "user": "eve",
            "data": {"mood_context": HOSTILE, "metadata": {"trigger": HOSTILE}},
        },
        {"kind": "learning", "name": HOSTILE, "value": 2.0},
    )
    page = served.get("/mood-persona?span=24h", "viewer").text
    assert "<img" not in page
    assert "&lt;img" in page


def test_it_teaches_how_to_begin(serve: Callable[[], Server]) -> None:
    page = serve().get("/mood-persona", "viewer").text
    assert "primary_mood" in page and "monitor.mood_selection" in page
    assert "Moods over time" not in page


def test_it_shows_no_data_as_no_data(serve: Callable[[], Server]) -> None:
    own = serve()
    own.open_store()
    report({"kind": "user_action", "name": "view", "user": "ann"})
    db.database.close()
    page = own.get("/mood-persona", "viewer").text
    assert "No recommendation was shown in this span." in page
    assert re.search(r"<dt>Led to a launch</dt><dd>—</dd>", page)
