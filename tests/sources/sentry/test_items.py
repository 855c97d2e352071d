import contextlib
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gamepilot_mon.sources.intake import rows_of
from gamepilot_mon.sources.kinds import Error, Operation, Query
from gamepilot_mon.sources.releases import Version
from gamepilot_mon.sources.sentry.envelope import Item, Malformed
from gamepilot_mon.sources.sentry.items import taken
from gamepilot_mon.sources.taken import Taken

ID = "fc6d8c0c43fc4630ad850ee518f1b9d0"
NOW = 1_795_000_000_000
LIBRARY = {"function": "get", "filename": "http.py", "lineno": 9, "in_app": False}
OWN = {"function": "buy", "filename": "shop.py", "lineno": 3, "in_app": True, "context_line": "    pay()"}
RAISED = {"type": "ValueError", "value": "boom", "stacktrace": {"frames": [LIBRARY, OWN]}}


def send(document: Any, kind: str = "event") -> Taken:
    return taken([Item(kind, msgspec.json.encode(document))], "")


def only(document: Any) -> Error:
    [event] = send(document).events
    assert isinstance(event, Error)
    return event


def test_it_makes_an_error_of_an_event() -> None:
    event = only({
        "event_id": ID, "timestamp": 1_795_000_000.25, "level": "error", "transaction": "/buy",
        "exception": {"values": [{"type": "KeyError", "value": "'x'"}, RAISED]}, "user": {"id": 7},
        "environment": "production", "release": "1.2", "tags": {"shelf": "top"},
        "request": {"method": "GET", "url": "http://shop/buy?card=4111"},
    })  # fmt: skip

    assert (event.id, event.timestamp) == (f"sentry:{ID}", 1_795_000_000_250)
    assert (event.operation, event.error, event.severity, event.user_id) == (
        "/buy",
        "ValueError: boom",
        "error",
        "7",
    )
    assert event.metadata == {
        "environment": "production", "release": "1.2", "method": "GET", "url": "http://shop/buy",
        "tags": {"shelf": "top"},
    }  # fmt: skip


def test_it_writes_the_stack_with_the_apps_own_frames_first() -> None:
    assert only({"exception": {"values": [{"type": "KeyError", "value": "'x'"}, RAISED]}}).stack_trace == (
        "ValueError: boom\n  at buy (shop.py:3)\n      pay()\n  libraries:\n  at get (http.py:9)"
        "\n\ncaused by KeyError: 'x'"
    )


@pytest.mark.parametrize(
    ("level", "severity"),
    [("fatal", "critical"), ("error", "error"), (None, "error"), ("warning", "warning")],
)
def test_it_tells_severity_from_level(level: str | None, severity: str) -> None:
    assert only({"level": level, "message": "x"}).severity == severity


@pytest.mark.parametrize("level", ["info", "debug", "log", "nonsense"])
def test_it_passes_over_what_is_no_error(level: str) -> None:
    found = send({"level": level, "message": "x"})
    assert (found.events, found.passed_over) == ([], {"sentry.event": 1})


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"message": "plain"}, "plain"),
        ({"message": {"formatted": "formatted"}}, "formatted"),
        ({"logentry": {"message": "raw %s", "formatted": "raw 1"}}, "raw 1"),
        ({"logentry": {"message": "raw"}}, "raw"),
        ({"exception": [{"type": "Alone"}]}, "Alone"),
        ({"exception": {"type": "Bare", "value": "v"}}, "Bare: v"),
        ({}, "an event without a text"),
    ],
    ids=["message", "formatted", "logentry", "unformatted", "list", "bare", "nothing"],
)
def test_it_finds_the_text(document: dict[str, Any], text: str) -> None:
    assert only(document).error == text


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ({"transaction": "/buy", "culprit": "c"}, "/buy"),
        ({"culprit": "shop.buy"}, "shop.buy"),
        ({"exception": {"values": [RAISED]}, "logger": "l"}, "buy"),
        ({"logger": "shop"}, "shop"),
        ({}, "unnamed"),
    ],
    ids=["transaction", "culprit", "frame", "logger", "nothing"],
)
def test_it_names_the_operation(document: dict[str, Any], name: str) -> None:
    assert only(document).operation == name


def test_it_counts_the_same_bytes_once_when_there_is_no_id() -> None:
    assert only({"message": "x"}).id == only({"message": "x"}).id != only({"message": "y"}).id


def test_it_makes_an_operation_of_a_transaction_and_queries_of_its_spans() -> None:
    document = {
        "event_id": ID, "transaction": "GET /buy", "start_timestamp": "2026-11-24T12:00:00.000100Z",
        "timestamp": "2026-11-24T12:00:00.250600Z", "contexts": {"trace": {"trace_id": "t", "status": "ok"}},
        "spans": [
            {"op": "db", "description": "SELECT 7", "span_id": "s", "trace_id": "t",
             "start_timestamp": 10.0, "timestamp": 10.5},
            {"op": "http.client", "description": "GET x", "start_timestamp": 1, "timestamp": 2},
            {"op": "db.redis", "description": "GET k", "start_timestamp": 1, "timestamp": 2},
            {"op": "db", "description": "SELECT 8"}, None, {"op": []},
        ],
    }  # fmt: skip

    operation, query = send(document, "transaction").events

    assert isinstance(operation, Operation)
    assert isinstance(query, Query)
    assert (operation.operation, operation.duration_ms, operation.success) == ("GET /buy", 250.5, True)
    assert (query.id, query.statement, query.duration_ms) == ("sentry:t:s", "SELECT ?", 500)


@pytest.mark.parametrize(
    ("status", "success"), [("ok", True), ("not_found", True), ("cancelled", True), ("internal_error", False)]
)
def test_it_tells_success_from_the_status_of_the_trace(status: str, success: bool) -> None:
    trace = {"contexts": {"trace": {"status": status}}}
    [event] = send({**trace, "start_timestamp": 1, "timestamp": 2}, "transaction").events
    assert isinstance(event, Operation)
    assert event.success is success


@pytest.mark.parametrize(
    ("status", "code", "success"), [("ok", 200, True), ("error", 404, True), ("error", None, False)]
)
def test_it_makes_operations_of_spans_that_come_alone(status: str, code: int | None, success: bool) -> None:
    span = {
        "name": "GET /buy", "trace_id": "t", "span_id": "s", "is_segment": True, "status": status,
        "start_timestamp": 10.0, "end_timestamp": 10.25,
        "attributes": {"http.response.status_code": {"value": code}, "sentry.release": {"value": "2"}},
    }  # fmt: skip

    found = send({"items": [span, {**span, "is_segment": False}, {}, 7]}, "span")

    [event] = found.events
    assert isinstance(event, Operation)
    assert (event.operation, event.duration_ms, event.success) == ("GET /buy", 250, success)
    assert found.passed_over == {"sentry.span": 2}
    assert found.versions == {Version("", "2", "")}


def test_it_counts_and_drops_the_rest() -> None:
    kinds = ("session", "client_report", "attachment", "made-up", "another")
    found = taken([Item(kind, b"\xff") for kind in kinds], "")

    assert found.events == []
    assert found.passed_over == {
        "sentry.session": 1, "sentry.client_report": 1, "sentry.attachment": 1, "sentry.other": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"nonsense", b'"a"', b'{"a":NaN}', b"[" * 100_000, b'{"a":"\xff"}']
)
def test_it_refuses_an_event_that_is_no_object(payload: bytes) -> None:
    with pytest.raises(Malformed):
        taken([Item("event", payload)], "")


WORDS = st.sampled_from([
    "exception", "values", "type", "value", "stacktrace", "frames", "user", "id", "level", "tags", "contexts",
    "trace", "status", "spans", "op", "description", "timestamp", "start_timestamp", "transaction", "request", "url",
    "threads", "logentry", "message", "items", "attributes", "is_segment", "name", "end_timestamp", "event_id",
])  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9) | WORDS
SHAPES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6)
)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(WORDS, SHAPES, max_size=8))
@pytest.mark.parametrize("kind", ["event", "transaction", "span"])
def test_it_takes_any_shape_for_what_it_is_worth(kind: str, document: dict[str, Any]) -> None:
    try:
        payload = msgspec.json.encode(document)
    except (UnicodeEncodeError, OverflowError):
        return
    with contextlib.suppress(Malformed):
        rows_of(taken([Item(kind, payload)], "").events, NOW)
