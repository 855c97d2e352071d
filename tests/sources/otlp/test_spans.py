import math
from typing import Any

import pytest

from gamepilot_mon.sources.kinds import Error, Operation, Query
from gamepilot_mon.sources.otlp.records import CLIENT, CONSUMER, PRODUCER, SERVER, Resource
from gamepilot_mon.sources.otlp.spans import taken
from tests.sources.otlp.made import AT_NS, SPAN, TRACE, exception, said, span


def test_it_makes_an_operation_of_a_served_request() -> None:
    attributes = {"http.request.method": "GET", "http.route": "/games/:id", "enduser.id": "player-7"}

    [event] = taken([span(name="GET /games/7", attributes=attributes)]).events

    assert isinstance(event, Operation)
    assert (event.operation, event.duration_ms, event.success) == ("GET /games/:id", 2.5, True)
    assert (event.id, event.timestamp) == (f"otlp:{TRACE}:{SPAN}", AT_NS // 1_000_000)
    assert event.user_id == "player-7"
    assert said(event)["service"] == "shop"
    assert said(event)["http.route"] == "/games/:id"


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ({"kind": SERVER, "parent_id": "a" * 16}, True),
        ({"kind": CONSUMER, "parent_id": "a" * 16}, True),
        ({"kind": 1}, True),
        ({"kind": 0}, True),
        ({"kind": 1, "parent_id": "a" * 16}, False),
        ({"kind": 1, "parent_id": "a" * 16, "attributes": {"gamepilot.operation": True}}, True),
        ({"kind": 1, "resource": Resource({}, "@opentelemetry/instrumentation-net")}, False),
        ({"kind": CLIENT}, False),
        ({"kind": PRODUCER}, False),
        ({"kind": 99, "parent_id": "a" * 16}, False),
    ],
    ids=[
        "server",
        "consumer",
        "root",
        "root-unspecified",
        "inner",
        "named",
        "plumbing",
        "client",
        "producer",
        "unknown",
    ],
)
def test_it_takes_as_operation_what_somebody_waits_for(changed: dict[str, Any], kept: bool) -> None:
    found = taken([span(**changed)])

    assert len(found.events) == kept
    assert found.passed_over.total() == (not kept)
    assert found.rejected == 0


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({}, "work"),
        ({"http.method": "POST", "http.route": "/a"}, "POST /a"),
        ({"http.route": "/a"}, "/a"),
        ({"gamepilot.operation": "recommend", "http.route": "/a"}, "recommend"),
    ],
    ids=["span", "older-names", "no-method", "own"],
)
def test_it_names_operations(attributes: dict[str, Any], name: str) -> None:
    [event] = taken([span(attributes=attributes)]).events
    assert isinstance(event, Operation)
    assert event.operation == name


@pytest.mark.parametrize(
    ("changed", "success"),
    [
        ({"status": 0}, True),
        ({"status": 1}, True),
        ({"status": 2}, False),
        ({"attributes": {"http.response.status_code": 404}}, True),
        ({"attributes": {"http.response.status_code": 503}}, False),
        ({"attributes": {"http.status_code": 500}}, False),
    ],
    ids=["unset", "ok", "error", "404", "503", "older-500"],
)
def test_it_tells_success_from_status(changed: dict[str, Any], success: bool) -> None:
    [event] = taken([span(**changed)]).events
    assert isinstance(event, Operation)
    assert event.success is success


@pytest.mark.parametrize("names", [("db.system", "db.statement"), ("db.system.name", "db.query.text")])
def test_it_makes_a_query_of_a_database_call(names: tuple[str, str]) -> None:
    system, text = names
    attributes = {system: "postgresql", text: "SELECT * FROM games WHERE owner = 'Ann' AND id IN (1, 2)"}

    [event] = taken([span(kind=CLIENT, attributes=attributes)]).events

    assert isinstance(event, Query)
    assert event.statement == "SELECT * FROM games WHERE owner = ? AND id IN (?)"
    assert "Ann" not in str(said(event))


def test_it_makes_one_error_of_an_exception_that_passes_through_spans() -> None:
    inner = span(
        span_id="1" * 16, parent_id=SPAN, kind=1, events=(exception(**{"exception.stacktrace": "at a"}),)
    )
    outer = span(name="POST /buy", attributes={"user.id": 7}, events=(exception(),))

    events = [event for event in taken([inner, outer]).events if isinstance(event, Error)]

    assert len({event.id for event in events}) == 1
    assert {event.operation for event in events} == {"POST /buy"}
    assert events[0].error == "ValueError: boom"
    assert events[0].stack_trace == "at a"
    assert events[0].user_id == "7"


def test_it_does_not_climb_in_circles() -> None:
    one = span(kind=1, span_id="1" * 16, parent_id="2" * 16, events=(exception(),))
    two = span(kind=1, span_id="2" * 16, parent_id="1" * 16)
    [event] = taken([one, two]).events
    assert isinstance(event, Error)
    assert event.operation == "work"


@pytest.mark.parametrize(
    "changed",
    [{"trace_id": ""}, {"trace_id": "0" * 32}, {"span_id": "0" * 16}, {"span_id": "x" * 16}, {"end_ns": 1}],
    ids=["no-trace", "zero-trace", "zero-span", "no-hex", "backwards"],
)
def test_it_rejects_what_is_no_span(changed: dict[str, Any]) -> None:
    found = taken([span(**changed), span()])

    assert (found.rejected, len(found.events)) == (1, 1)
    assert found.reason


def test_it_bounds_what_it_keeps_of_attributes() -> None:
    attributes = {f"a{n}": "x" * 10_000 for n in range(500)} | {"nan": math.nan}
    [event] = taken([span(attributes=attributes)]).events
    assert len(str(said(event))) < 100_000
