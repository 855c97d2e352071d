"""The JSON encoding: protobuf's mapping with OTLP's own differences (ids in hex, enums as numbers only).

Unknown fields are ignored, as the protocol asks; 64-bit numbers may come as text; a double may be "NaN".
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

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

NS_MAX = 2**64
OBJECTS_MAX = 200_000  # of 5,000 spans with a dozen attributes each
DEPTH_MAX = 8
Digits = Annotated[str, Meta(pattern=r"^-?[0-9]{1,20}$")]
Whole = int | Digits
Double = float | str


class _Shape(Struct, rename="camel", omit_defaults=True):
    pass


class _Any(_Shape):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: Whole | None = None
    double_value: Double | None = None
    array_value: "_Values | None" = None
    kvlist_value: "_Pairs | None" = None
    bytes_value: str | None = None


class _Pair(_Shape):
    key: str = ""
    value: _Any | None = None


class _Values(_Shape):
    values: list[_Any] | None = None


class _Pairs(_Shape):
    values: list[_Pair] | None = None


class _Resource(_Shape):
    attributes: list[_Pair] | None = None


class _Scope(_Shape):
    name: str = ""


class _Event(_Shape):
    name: str = ""
    time_unix_nano: Whole = 0
    attributes: list[_Pair] | None = None


class _Status(_Shape):
    code: int = 0
    message: str = ""


class _Span(_Shape):
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    name: str = ""
    kind: int = 0
    start_time_unix_nano: Whole = 0
    end_time_unix_nano: Whole = 0
    attributes: list[_Pair] | None = None
    events: list[_Event] | None = None
    status: _Status | None = None


class _DataPoint(_Shape):
    attributes: list[_Pair] | None = None
    time_unix_nano: Whole = 0
    start_time_unix_nano: Whole = 0
    as_double: Double | None = None
    as_int: Whole | None = None
    count: Whole = 0
    sum: Double | None = None
    flags: int = 0


class _Data(_Shape):
    data_points: list[_DataPoint] | None = None
    aggregation_temporality: int = 0
    is_monotonic: bool = False


class _Metric(_Shape):
    name: str = ""
    gauge: _Data | None = None
    sum: _Data | None = None
    histogram: _Data | None = None
    exponential_histogram: _Data | None = None
    summary: _Data | None = None


class _Log(_Shape):
    time_unix_nano: Whole = 0
    observed_time_unix_nano: Whole = 0
    severity_number: int = 0
    severity_text: str = ""
    body: _Any | None = None
    attributes: list[_Pair] | None = None
    trace_id: str = ""
    span_id: str = ""
    event_name: str = ""


class _ScopePart(_Shape):
    scope: _Scope | None = None
    spans: list[_Span] | None = None
    metrics: list[_Metric] | None = None
    log_records: list[_Log] | None = None


class _ResourcePart(_Shape):
    resource: _Resource | None = None
    scope_spans: list[_ScopePart] | None = None
    scope_metrics: list[_ScopePart] | None = None
    scope_logs: list[_ScopePart] | None = None


class _Request(_Shape):
    resource_spans: list[_ResourcePart] | None = None
    resource_metrics: list[_ResourcePart] | None = None
    resource_logs: list[_ResourcePart] | None = None


_decoder = msgspec.json.Decoder(_Request)
T = TypeVar("T")


def spans(body: bytes) -> list[Span]:
    parts = _scopes(_decoded(body).resource_spans, "scope_spans")
    return _few(_span(resource, span) for resource, scope in parts for span in scope.spans or ())


def points(body: bytes) -> list[Point]:
    parts = _scopes(_decoded(body).resource_metrics, "scope_metrics")
    return _few(
        point
        for resource, scope in parts
        for metric in scope.metrics or ()
        for point in _points(resource, metric)
    )


def log_records(body: bytes) -> list[LogRecord]:
    parts = _scopes(_decoded(body).resource_logs, "scope_logs")
    return _few(_log(resource, record) for resource, scope in parts for record in scope.log_records or ())


def _decoded(body: bytes) -> _Request:
    if body.count(b"{") > OBJECTS_MAX:
        raise TooMany  # each would take twenty times its size in memory
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(str(error)[:300]) from None


def _few(records: Iterator[T]) -> list[T]:
    found: list[T] = []
    for record in records:
        if len(found) == RECORDS_MAX:
            raise TooMany
        found.append(record)
    return found


def _scopes(parts: Sequence[_ResourcePart] | None, name: str) -> Iterator[tuple[Resource, _ScopePart]]:
    for part in parts or ():
        attributes = _attributes(part.resource.attributes if part.resource else None)
        for scope in getattr(part, name) or ():
            yield Resource(attributes, scope.scope.name if scope.scope else ""), scope


def _span(resource: Resource, span: _Span) -> Span:
    status = span.status or _Status()
    events = tuple(
        SpanEvent(e.name, _ns(e.time_unix_nano), _attributes(e.attributes)) for e in span.events or ()
    )
    return Span(
        resource, span.trace_id.lower(), span.span_id.lower(), span.parent_span_id.lower(), span.name, span.kind,
        _ns(span.start_time_unix_nano), _ns(span.end_time_unix_nano), _attributes(span.attributes),
        status.code, status.message, events,
    )  # fmt: skip


def _log(resource: Resource, record: _Log) -> LogRecord:
    return LogRecord(
        resource, _ns(record.time_unix_nano) or _ns(record.observed_time_unix_nano), record.severity_number,
        record.severity_text, _value(record.body), _attributes(record.attributes), record.trace_id.lower(),
        record.span_id.lower(), record.event_name,
    )  # fmt: skip


def _points(resource: Resource, metric: _Metric) -> Iterator[Point]:
    for kind in ("gauge", "sum", "histogram", "exponential_histogram", "summary"):
        data: _Data | None = getattr(metric, kind)
        for point in data.data_points or () if data else ():
            for name, value in _numbers(kind, metric.name, point):
                yield Point(
                    resource, name, _ns(point.time_unix_nano), _ns(point.start_time_unix_nano),
                    None if point.flags & 1 else value, _temporality(kind, data), _attributes(point.attributes),
                )  # fmt: skip


def _temporality(kind: str, data: _Data | None) -> Temporality | None:
    said = data.aggregation_temporality if data else 0
    if kind == "gauge" or (kind == "sum" and not (data and data.is_monotonic) and said != 1):
        return None
    return "delta" if kind != "summary" and said == 1 else "cumulative"


def _numbers(kind: str, name: str, point: _DataPoint) -> Iterator[tuple[str, float | None]]:
    if kind in ("gauge", "sum"):
        value = point.as_double if point.as_int is None else point.as_int
        if value is not None:
            yield name, _double(value)
        return
    yield f"{name}.count", _double(point.count)
    if point.sum is not None:
        yield f"{name}.sum", _double(point.sum)


def _attributes(pairs: Sequence[_Pair] | None) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs or ()}


def _value(value: _Any | None, depth: int = 0) -> Any:
    if value is None or depth > DEPTH_MAX:
        return None
    if value.array_value is not None:
        return [_value(item, depth + 1) for item in value.array_value.values or ()]
    if value.kvlist_value is not None:
        return {pair.key: _value(pair.value, depth + 1) for pair in value.kvlist_value.values or ()}
    if value.int_value is not None:
        return int(value.int_value)
    if value.double_value is not None:
        return _double(value.double_value)
    plain = (value.string_value, value.bool_value, value.bytes_value)
    return next((found for found in plain if found is not None), None)


def _ns(value: int | str) -> int:
    found = int(value)
    if not 0 <= found < NS_MAX:
        raise Malformed("has a time that is not a 64-bit number of nanoseconds")
    return found


def _double(value: float | str) -> float:
    try:
        return float(value)
    except (ValueError, OverflowError):
        raise Malformed("has a number that is none") from None
