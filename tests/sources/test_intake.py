import json
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamepilot_mon import db, pseudonym
from gamepilot_mon.clock import iso
from gamepilot_mon.models import Event
from gamepilot_mon.sources import intake
from gamepilot_mon.sources.kinds import Error, Operation

NOW = 1_800_000_000_000


def rows(*events: Any) -> tuple[list[intake.Row], list[intake.Rejection]]:
    return intake.rows_of_body(json.dumps({"events": events}).encode(), NOW)


def row(event: Any) -> intake.Row:
    (found,), rejected = rows(event)
    assert rejected == []
    return found


def rejection(event: Any) -> tuple[str, str]:
    found, (rejected,) = rows(event)
    assert found == []
    return rejected.pointer, rejected.detail


@pytest.mark.parametrize(
    ("event", "columns", "data"),
    [
        (
            {"kind": "operation", "operation": "o", "duration_ms": 5, "success": False, "user_id": "u",
             "metadata": {"a": 1}},
            ("o", 5.0, False, None, "u"), {"metadata": {"a": 1}},
        ),
        (
            {"kind": "error", "operation": "o", "error": "e", "stack_trace": "s", "severity": "critical"},
            ("o", None, None, "critical", None), {"error": "e", "stack_trace": "s"},
        ),
        (
            {"kind": "error", "operation": "o", "error": "e"},
            ("o", None, None, "error", None), {"error": "e"},
        ),
        ({"kind": "query", "statement": "SELECT 1", "duration_ms": 0}, ("SELECT 1", 0.0, None, None, None), None),
        (
            {"kind": "mood_selection", "user_id": 5, "primary_mood": "social", "secondary_mood": "creative",
             "intensity": 1, "context": {"a": "b"}, "outcomes": ["x"]},
            ("social", 1.0, None, None, "5"),
            {"secondary_mood": "creative", "context": {"a": "b"}, "outcomes": ["x"]},
        ),
        (
            {"kind": "user_action", "user_id": "u", "type": "launch", "game_id": "g", "game_title": "G",
             "mood_context": "social", "session_id": "s", "metadata": {}},
            ("launch", None, None, None, "u"),
            {"game_id": "g", "game_title": "G", "mood_context": "social", "session_id": "s", "metadata": {}},
        ),
        (
            {"kind": "recommendation", "user_id": "u", "mood_context": "social",
             "recommended_games": ["a", 2], "clicked_game_id": 2, "success": True},
            (None, None, True, None, "u"),
            {"mood_context": "social", "recommended_games": ["a", 2], "clicked_game_id": 2},
        ),
        (
            {"kind": "learning", "metric_type": "accuracy", "value": -0.5, "period": "day"},
            ("accuracy", -0.5, None, None, None), {"period": "day"},
        ),
        ({"kind": "deploy", "version": "1.2"}, ("1.2", None, None, None, None), None),
        (
            {"kind": "metric", "name": "queue", "value": 3, "labels": {"a": "b"}},
            ("queue", 3.0, None, None, None), {"labels": {"a": "b"}},
        ),
    ],
)  # fmt: skip
def test_it_puts_each_kind_into_its_columns(event: Any, columns: tuple[Any, ...], data: Any) -> None:
    made = row(event)

    assert made.kind == event["kind"]
    *shown, user = columns
    assert [made.name, made.value, made.ok, made.severity] == shown
    assert made.user == pseudonym.of(user)
    assert (json.loads(made.data) if made.data else None) == data


OPERATION = {"kind": "operation", "operation": "o", "duration_ms": 5, "success": True}
MOOD = {"kind": "mood_selection", "user_id": "u", "primary_mood": "social", "intensity": 0.5}


@pytest.mark.parametrize(
    ("event", "pointer"),
    [
        ({**OPERATION, "duration_ms": -1}, "/duration_ms"),
        ({**OPERATION, "duration_ms": "5"}, "/duration_ms"),
        ({**OPERATION, "duration_ms": True}, "/duration_ms"),
        ({**OPERATION, "duration_ms": 1e13}, "/duration_ms"),
        ({**OPERATION, "success": 1}, "/success"),
        ({**OPERATION, "operation": ""}, "/operation"),
        ({**OPERATION, "operation": "x" * 201}, "/operation"),
        ({**OPERATION, "operation": None}, "/operation"),
        ({**OPERATION, "user_id": 2**60}, "/user_id"),
        ({**OPERATION, "id": ""}, "/id"),
        ({**OPERATION, "id": "x" * 201}, "/id"),
        ({**OPERATION, "metadata": []}, "/metadata"),
        ({**OPERATION, "more": 1}, "/more"),
        ({**OPERATION, "timestamp": "yesterday"}, "/timestamp"),
        ({**OPERATION, "timestamp": True}, "/timestamp"),
        ({**OPERATION, "timestamp": -1}, "/timestamp"),
        ({**MOOD, "intensity": 1.01}, "/intensity"),
        ({**MOOD, "intensity": -0.01}, "/intensity"),
        ({"kind": "metric", "name": "a", "value": 1, "labels": {"a": 1}}, "/labels"),
        ({"kind": "recommendation", "user_id": 1, "mood_context": "a", "recommended_games": [None]},
         "/recommended_games/0"),
        ({"kind": "error", "operation": "o", "error": "e", "severity": "info"}, "/severity"),
        ({"kind": "operation"}, "/operation"),
        ({"kind": "unheard"}, "/kind"),
        ({"kind": 5}, "/kind"),
        ({}, "/kind"),
        ([], ""),
        (None, ""),
        ("text", ""),
    ],
)  # fmt: skip
def test_it_points_at_what_it_refuses(event: Any, pointer: str) -> None:
    assert rejection(event)[0] == pointer


@pytest.mark.parametrize(
    ("timestamp", "at", "clamped"),
    [
        (NOW - 5_000, NOW - 5_000, False),
        (NOW - 0.5, NOW - 1, False),
        (iso(NOW - 5_000), NOW - 5_000, False),
        ("2026-11-24T12:00:00+02:00", 1_795_514_400_000, False),
        (NOW + 300_000, NOW + 300_000, False),
        (NOW + 300_001, NOW, True),
        ("9999-12-31T00:00:00Z", NOW, True),
        (None, NOW, False),
        (0, 0, False),
    ],
)
def test_it_reads_the_time_and_clamps_the_future(timestamp: Any, at: int, clamped: bool) -> None:
    made = row({**OPERATION, "timestamp": timestamp})

    assert made.at == at
    assert (made.data == '{"clamped":true}') is clamped


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "01", "1.", "'a'"])
def test_it_reads_no_json_that_is_none(literal: str) -> None:
    with pytest.raises(intake.Malformed):
        intake.rows_of_body(f'{{"events":[{{"kind":"deploy","version":{literal}}}]}}'.encode(), NOW)


@pytest.mark.parametrize("number", ["1e999", "-1e999"])
def test_it_refuses_a_number_beyond_all_bounds(number: str) -> None:
    body = f'{{"events":[{{"kind":"metric","name":"a","value":{number}}}]}}'

    _, (rejected,) = intake.rows_of_body(body.encode(), NOW)

    assert rejected.pointer == "/value"


def test_it_refuses_an_event_that_is_not_utf_8() -> None:
    bad = b'{"kind":"deploy","version":"\xff"}'

    made, rejected = intake.rows_of_body(b'{"events":[' + bad + b',{"kind":"deploy","version":"1"}]}', NOW)

    assert len(made) == 1
    assert [r.index for r in rejected] == [0]


def test_it_reads_no_half_of_a_character() -> None:
    with pytest.raises(intake.Malformed):
        intake.rows_of_body(b'{"events":[{"kind":"deploy","version":"\\ud800"}]}', NOW)


def test_it_stores_rows_that_another_source_built(store: Path) -> None:
    events = [
        Operation(operation="o", duration_ms=5, success=True, id="db:1"),
        Error(operation="o", error="e", severity="critical", id="db:2"),
    ]

    with db.write():
        intake.insert(intake.rows_of(events, NOW))
        intake.insert(intake.rows_of(events, NOW))

    assert [(e.key, e.kind, e.severity) for e in Event.select()] == [
        ("db:1", "operation", None), ("db:2", "error", "critical"),
    ]  # fmt: skip


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
NAMES = st.sampled_from(["id", "timestamp", *OPERATION, *MOOD])


@hypothesis.settings(max_examples=50, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
@given(st.lists(st.dictionaries(NAMES, ANY_JSON, max_size=3).map(lambda d: {**OPERATION, **d}), max_size=3))
def test_it_answers_for_every_event_whatever_is_sent(events: list[Any]) -> None:
    made, rejected = rows(*events)

    assert len(made) + len(rejected) == len(events)
