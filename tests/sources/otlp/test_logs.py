from typing import Any

import pytest

from gamepilot_mon.sources.kinds import Error
from gamepilot_mon.sources.otlp import logs, spans
from gamepilot_mon.sources.otlp.records import LogRecord, Resource
from tests.sources.otlp.made import TRACE, exception, log, span


def only(record: LogRecord) -> Error:
    [event] = logs.taken([record]).events
    assert isinstance(event, Error)
    return event


@pytest.mark.parametrize(
    ("number", "text", "severity"),
    [(17, "", "error"), (20, "", "error"), (21, "", "critical"), (24, "", "critical"),
     (0, "ERROR", "error"), (0, "Critical", "critical")],
    ids=["17", "20", "21", "24", "error", "critical"],
)  # fmt: skip
def test_it_makes_errors_of_error_and_fatal(number: int, text: str, severity: str) -> None:
    assert only(log(severity=number, severity_text=text)).severity == severity


@pytest.mark.parametrize(
    ("number", "name"),
    [(0, "unspecified"), (1, "trace"), (5, "debug"), (9, "info"), (13, "warn"), (16, "warn"), (-3, "trace")],
)
def test_it_counts_the_others(number: int, name: str) -> None:
    found = logs.taken([log(severity=number)])
    assert found.events == []
    assert found.passed_over == {f"log.{name}": 1}


@pytest.mark.parametrize(
    ("body", "attributes", "text"),
    [
        ("it broke", {}, "it broke"),
        ({"a": [1]}, {}, '{"a":[1]}'),
        ("it broke", {"exception.type": "KeyError", "exception.message": "'x'"}, "it broke: KeyError: 'x'"),
        (None, {"exception.type": "KeyError"}, "KeyError"),
        (None, {}, "an error without a text"),
    ],
    ids=["text", "structure", "exception", "only-exception", "nothing"],
)
def test_it_says_what_happened(body: Any, attributes: dict[str, Any], text: str) -> None:
    assert only(log(body, attributes=attributes)).error == text


def test_it_names_the_logger_as_operation() -> None:
    assert only(log()).operation == "shop.orders"
    assert only(log(attributes={"gamepilot.operation": "buy"})).operation == "buy"
    assert only(log(resource=Resource({"service.name": "shop"}))).operation == "shop"
    assert only(log(resource=Resource({}))).operation == "log"


def test_it_tells_a_record_sent_again_from_one_that_happened_again() -> None:
    first = [event.id for event in logs.taken([log(), log(), log("other")]).events]

    assert len(set(first)) == 3
    assert [event.id for event in logs.taken([log(), log(), log("other")]).events] == first


def test_it_counts_an_exception_once_that_is_traced_and_logged() -> None:
    [_, traced] = spans.taken([span(events=(exception(),))]).events
    attributes = {"exception.type": "ValueError", "exception.message": "boom"}

    assert only(log(trace_id=TRACE, attributes=attributes)).id == traced.id
    assert only(log(trace_id=TRACE, attributes=attributes, severity=21)).id != traced.id
