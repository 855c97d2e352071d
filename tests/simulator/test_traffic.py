import json
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gamepilot_mon.clock import iso, parse_iso
from gamepilot_mon.simulator.players import ACTIONS, MOODS, PLAYERS, players
from gamepilot_mon.simulator.scenarios import SCENARIOS
from gamepilot_mon.simulator.traffic import Traffic

MINUTE = 60_000
HOUR = 60 * MINUTE
START = 1_790_000_000_123  # not on a whole second, as real runs begin

FIELDS = {
    "operation": ({"operation", "duration_ms", "success"}, {"user_id", "metadata"}),
    "error": ({"operation", "error", "severity"}, {"stack_trace", "user_id"}),
    "query": ({"statement", "duration_ms"}, set()),
    "mood_selection": ({"user_id", "primary_mood", "intensity"}, {"secondary_mood", "context", "outcomes"}),
    "user_action": ({"user_id", "type", "mood_context"}, {"game_id", "game_title", "metadata"}),
    "recommendation": ({"user_id", "mood_context", "recommended_games", "success"}, {"clicked_game_id"}),
    "learning": ({"metric_type", "value", "period"}, set()),
    "deploy": ({"version"}, set()),
    "metric": ({"name", "value"}, set()),
}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_it_gives_the_same_events_for_the_same_seed(scenario):
    one = list(Traffic(7, scenario, START).between(START, START + 10 * MINUTE))
    two = list(Traffic(7, scenario, START).between(START, START + 10 * MINUTE))
    assert one == two


def test_it_gives_other_events_for_another_seed():
    one = list(Traffic(1, "calm", START).between(START, START + MINUTE))
    two = list(Traffic(2, "calm", START).between(START, START + MINUTE))
    assert [event["id"] for event in one] != [event["id"] for event in two]
    assert [event["timestamp"] for event in one] != [event["timestamp"] for event in two]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(SCENARIOS)), st.lists(st.integers(0, 90_000), max_size=12))
def test_it_gives_the_same_events_however_the_span_is_sliced(scenario, cuts):
    traffic = Traffic(3, scenario, START)
    edges = [0, *sorted(cuts), 90_000]
    sliced = [e for a, b in pairwise(edges) for e in traffic.between(START + a, START + b)]
    assert sliced == list(traffic.between(START, START + 90_000))


def test_it_says_nothing_before_it_starts():
    assert list(Traffic(1, "calm", START).between(START - HOUR, START)) == []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_it_gives_every_event_an_id_of_its_own_in_order_of_time(scenario):
    events = list(Traffic(5, scenario, START).between(START, START + 20 * MINUTE))
    assert len({event["id"] for event in events}) == len(events) > 0
    times = [event["timestamp"] for event in events]
    assert times == sorted(times)
    assert iso(START) <= times[0]
    assert times[-1] < iso(START + 20 * MINUTE)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_it_gives_only_the_fields_that_the_ingest_takes(scenario):
    for event in Traffic(5, scenario, START).between(START, START + 20 * MINUTE):
        required, optional = FIELDS[event["kind"]]
        fields = event.keys() - {"kind", "id", "timestamp"}
        assert required <= fields <= required | optional, event
        assert iso(parse_iso(event["timestamp"])) == event["timestamp"]
        json.dumps(event, allow_nan=False)


def test_it_tells_of_every_kind_mood_and_action():
    events = list(Traffic(1, "error-spike", START).between(START, START + 3 * HOUR))
    assert {event["kind"] for event in events} == FIELDS.keys()
    moods = {event["primary_mood"] for event in events if event["kind"] == "mood_selection"}
    assert moods == set(MOODS)
    assert {event["type"] for event in events if event["kind"] == "user_action"} == set(ACTIONS)
    assert all(0 <= e["intensity"] <= 1 for e in events if e["kind"] == "mood_selection")


def test_it_lets_the_mood_decide_what_players_do():
    actions: dict[str, Counter[str]] = {mood: Counter() for mood in MOODS}
    for event in Traffic(1, "calm").between(0, 8 * HOUR):
        if event["kind"] == "user_action":
            actions[event["mood_context"]][event["type"]] += 1
    share = {mood: {a: n / counts.total() for a, n in counts.items()} for mood, counts in actions.items()}
    assert share["competitive"]["launch"] > 3 * share["low-energy"]["launch"]
    assert share["low-energy"]["ignore"] > 3 * share["immersive"]["ignore"]
    assert share["exploratory"]["wishlist"] > 3 * share["competitive"]["wishlist"]
    assert share["deep-focus"]["session_complete"] > 3 * share["low-energy"]["session_complete"]


def test_it_is_busier_in_the_evening_than_in_the_early_hours():
    traffic = Traffic(1, "calm")
    evening = sum(1 for _ in traffic.between(17 * HOUR, 19 * HOUR))
    night = sum(1 for _ in traffic.between(5 * HOUR, 7 * HOUR))
    assert 3 < evening / night < 5


def test_it_draws_durations_with_a_long_tail():
    events = Traffic(1, "calm").between(0, 6 * HOUR)
    times = sorted(e["duration_ms"] for e in events if e.get("operation") == "recommendation")
    median, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
    assert 170 < median < 210
    assert p99 > 2 * median


def test_it_names_a_player_who_exists_in_every_event():
    known = {player.id for player in players(4)}
    assert len(known) == PLAYERS
    events = [e for e in Traffic(4, "storm").between(0, 10 * MINUTE) if "user_id" in e]
    assert {event["user_id"] for event in events} <= known
