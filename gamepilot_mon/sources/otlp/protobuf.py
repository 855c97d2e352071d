"""The protobuf encoding. What OpenTelemetry generated of its schema is imported at the first request only.

A message of two bytes on the wire takes a hundred in memory, so they are counted before they are made; and the
counting ends early, because the event loop waits for it.
"""

from collections.abc import Iterator
from typing import Any

from gamepilot_mon.sources.otlp.records import (
    RECORDS_MAX,
    LogRecord,
    Malformed,
    Point,
    Resource,
    Span,
    SpanEvent,
    Temporality,
    TooMany,
)  # fmt: skip

FIELDS_MAX = 200_000  # of 5,000 spans with a dozen attributes each
DEPTH_MAX = 8

RECORD_DEPTH, RECORD = 2, 2  # request.resource.scope, and in it the records

# Fields that hold messages: {number: (what it may hold)}; an empty one is counted and not gone into.
Tree = dict[int, "Tree"]
_LEAF: Tree = {}
_POINTS: Tree = {1: {7: _LEAF, 9: _LEAF}}
_SPAN: Tree = {9: _LEAF, 11: {3: _LEAF}, 13: _LEAF}
_METRIC: Tree = dict.fromkeys((5, 7, 9, 10, 11), _POINTS)
_LOG: Tree = {6: _LEAF}


def spans(body: bytes) -> list[Span]:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    request = _parsed(ExportTraceServiceRequest(), body, _SPAN)
    return [
        _span(resource, span)
        for resource, scope in _scopes(request.resource_spans, "scope_spans")
        for span in scope.spans
    ]


def points(body: bytes) -> list[Point]:
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    request = _parsed(ExportMetricsServiceRequest(), body, _METRIC)
    found = [
        point
        for resource, scope in _scopes(request.resource_metrics, "scope_metrics")
        for metric in scope.metrics
        for point in _points(resource, metric)
    ]
    if len(found) > RECORDS_MAX:
        raise TooMany
    return found


def log_records(body: bytes) -> list[LogRecord]:
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

    request = _parsed(ExportLogsServiceRequest(), body, _LOG)
    return [
        _log_record(resource, record)
        for resource, scope in _scopes(request.resource_logs, "scope_logs")
        for record in scope.log_records
    ]


def _parsed(message: Any, body: bytes, record: Tree) -> Any:
    from google.protobuf.message import DecodeError

    _count(body, {1: {1: {1: _LEAF}, 2: {2: record}}})
    try:
        message.ParseFromString(body)
    except DecodeError:
        raise Malformed("is not a protobuf message of this signal") from None
    return message


def _scopes(resources: Any, name: str) -> Iterator[tuple[Resource, Any]]:
    for one in resources:
        attributes = _attributes(one.resource.attributes)
        for scope in getattr(one, name):
            yield Resource(attributes, scope.scope.name), scope


def _span(resource: Resource, span: Any) -> Span:
    events = tuple(SpanEvent(e.name, e.time_unix_nano, _attributes(e.attributes)) for e in span.events)
    return Span(
        resource, span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(), span.name, span.kind,
        span.start_time_unix_nano, span.end_time_unix_nano, _attributes(span.attributes),
        span.status.code, span.status.message, events,
    )  # fmt: skip


def _log_record(resource: Resource, record: Any) -> LogRecord:
    return LogRecord(
        resource, record.time_unix_nano or record.observed_time_unix_nano, record.severity_number,
        record.severity_text, _value(record.body), _attributes(record.attributes), record.trace_id.hex(),
        record.span_id.hex(), record.event_name,
    )  # fmt: skip


def _points(resource: Resource, metric: Any) -> Iterator[Point]:
    kind = metric.WhichOneof("data")
    if kind is None:
        return
    data = getattr(metric, kind)
    temporality = _temporality(kind, data)
    for point in data.data_points:
        for name, value in _numbers(kind, metric.name, point):
            yield Point(
                resource, name, point.time_unix_nano, point.start_time_unix_nano,
                None if point.flags & 1 else value, temporality, _attributes(point.attributes),
            )  # fmt: skip


def _temporality(kind: str, data: Any) -> Temporality | None:
    if kind == "gauge" or (kind == "sum" and not data.is_monotonic and data.aggregation_temporality != 1):
        return None
    return "delta" if kind != "summary" and data.aggregation_temporality == 1 else "cumulative"


def _numbers(kind: str, name: str, point: Any) -> Iterator[tuple[str, float]]:
    if kind in ("gauge", "sum"):
        which = point.WhichOneof("value")
        if which:
            yield name, getattr(point, which)
        return
    yield f"{name}.count", point.count
    if kind == "summary" or point.HasField("sum"):
        yield f"{name}.sum", point.sum


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: Any, depth: int = 0) -> Any:
    kind = value.WhichOneof("value")
    if kind is None or depth > DEPTH_MAX:
        return None
    if kind == "array_value":
        return [_value(item, depth + 1) for item in value.array_value.values]
    if kind == "kvlist_value":
        return {pair.key: _value(pair.value, depth + 1) for pair in value.kvlist_value.values}
    found = getattr(value, kind)
    return found.hex() if kind == "bytes_value" else found


def _count(body: bytes, tree: Tree) -> None:
    """TooMany past RECORDS_MAX records or FIELDS_MAX fields; Malformed when a length lies."""
    records, fields = 0, 0
    waiting = [(0, len(body), tree, 0)]
    while waiting:
        start, end, wanted, depth = waiting.pop()
        for number, inside, after in _fields(body, start, end):
            fields += 1
            inner = wanted.get(number)
            records += inner is not None and depth == RECORD_DEPTH and number == RECORD
            if records > RECORDS_MAX or fields > FIELDS_MAX:
                raise TooMany
            if inner:
                waiting.append((inside, after, inner, depth + 1))


def _fields(body: bytes, place: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(number, start, end) of each field that has a length; (0, …) of the others."""
    while place < end:
        tag, place = _varint(body, place, end)
        number, start = 0, place
        match tag & 7:
            case 0:
                place = _varint(body, place, end)[1]
            case 1:
                place += 8
            case 5:
                place += 4
            case 2:
                length, start = _varint(body, place, end)
                number, place = tag >> 3, start + length
            case _:
                raise Malformed("has a field of an unknown type")
        if place > end:
            raise Malformed("ends in the middle of a field")
        yield number, start, place


def _varint(body: bytes, place: int, end: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if place >= end:
            raise Malformed("ends in the middle of a number")
        byte = body[place]
        place += 1
        if byte < 128:
            return value | byte << shift, place
        value |= (byte & 127) << shift
    raise Malformed("has a number without an end")
