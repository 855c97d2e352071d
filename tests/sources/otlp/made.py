"""Records as an SDK would have sent them."""

from collections.abc import Mapping
from typing import Any

from gamepilot_mon.sources.otlp.records import SERVER, LogRecord, Point, Resource, Span, SpanEvent

SHOP = Resource({"service.name": "shop", "service.version": "1.2"}, "shop.orders")
TRACE, SPAN = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174"
AT_NS = 1_795_000_000_123_456_789


def span(**changed: Any) -> Span:
    made: dict[str, Any] = {
        "resource": SHOP, "trace_id": TRACE, "span_id": SPAN, "parent_id": "", "name": "work", "kind": SERVER,
        "start_ns": AT_NS, "end_ns": AT_NS + 2_500_000, "attributes": {}, "status": 0, "status_message": "",
    }  # fmt: skip
    return Span(**{**made, **changed})


def exception(kind: str = "ValueError", message: str = "boom", **attributes: str) -> SpanEvent:
    said = {"exception.type": kind, "exception.message": message, **attributes}
    return SpanEvent("exception", AT_NS, said)


def log(body: Any = "it broke", severity: int = 17, **changed: Any) -> LogRecord:
    made: dict[str, Any] = {
        "resource": SHOP, "at_ns": AT_NS, "severity": severity, "severity_text": "", "body": body,
        "attributes": {}, "trace_id": "", "span_id": "",
    }  # fmt: skip
    return LogRecord(**{**made, **changed})


def point(value: float | None, temporality: Any = None, **changed: Any) -> Point:
    made: dict[str, Any] = {
        "resource": SHOP, "name": "jobs", "at_ns": AT_NS, "start_ns": AT_NS - 10**9, "value": value,
        "temporality": temporality, "attributes": {},
    }  # fmt: skip
    return Point(**{**made, **changed})


def said(event: Any) -> Mapping[str, Any]:
    metadata: Mapping[str, Any] = event.metadata
    return metadata
