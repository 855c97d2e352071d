"""What one encoding says, the other says as well: OpenTelemetry's own messages, written both ways."""

import contextlib
import json as text
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from gamepilot_mon.sources.otlp import json, protobuf
from gamepilot_mon.sources.otlp.records import Malformed, TooMany

TRACE, SPAN = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174"
RESOURCE = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
ATTRIBUTES = [
    {"key": "text", "value": {"stringValue": "é"}},
    {"key": "whole", "value": {"intValue": "9007199254740993"}},
    {"key": "small", "value": {"intValue": 7}},
    {"key": "double", "value": {"doubleValue": 0.5}},
    {"key": "infinite", "value": {"doubleValue": "-Infinity"}},
    {"key": "yes", "value": {"boolValue": True}},
    {"key": "list", "value": {"arrayValue": {"values": [{"intValue": "1"}, {"stringValue": "a"}]}}},
    {"key": "map", "value": {"kvlistValue": {"values": [{"key": "k", "value": {"boolValue": False}}]}}},
    {"key": "nothing", "value": {}},
]
SPANS: dict[str, Any] = {
    "resourceSpans": [{
        "resource": RESOURCE,
        "scopeSpans": [{
            "scope": {"name": "lib"},
            "spans": [{
                "traceId": TRACE, "spanId": SPAN, "parentSpanId": "1" * 16, "name": "work", "kind": 2,
                "startTimeUnixNano": "1795000000123456789", "endTimeUnixNano": "1795000000999999999",
                "attributes": ATTRIBUTES, "status": {"code": 2, "message": "no"},
                "events": [{"name": "exception", "timeUnixNano": "1795000000123456790", "attributes": ATTRIBUTES}],
            }],
        }],
    }]
}  # fmt: skip
TIMES = {"timeUnixNano": "1795000000123456789", "startTimeUnixNano": "1795000000000000000"}
COUNTED = {**TIMES, "count": "5", "sum": 12.5, "attributes": ATTRIBUTES}
METRICS: dict[str, Any] = {
    "resourceMetrics": [{
        "resource": RESOURCE,
        "scopeMetrics": [{
            "metrics": [
                {"name": "gauge", "gauge": {"dataPoints": [{**TIMES, "asInt": "-3"}, {**TIMES, "asDouble": 0.5}]}},
                {"name": "sum", "sum": {
                    "aggregationTemporality": 2, "isMonotonic": True, "dataPoints": [{**TIMES, "asInt": 7}]}},
                {"name": "updown", "sum": {"aggregationTemporality": 2, "dataPoints": [{**TIMES, "asDouble": -1}]}},
                {"name": "delta", "sum": {
                    "aggregationTemporality": 1, "isMonotonic": True, "dataPoints": [{**TIMES, "asDouble": 1}]}},
                {"name": "none", "gauge": {"dataPoints": [{**TIMES, "asInt": "0", "flags": 1}]}},
                {"name": "h", "histogram": {"aggregationTemporality": 1, "dataPoints": [COUNTED]}},
                {"name": "e", "exponentialHistogram": {"aggregationTemporality": 2, "dataPoints": [COUNTED]}},
                {"name": "s", "summary": {"dataPoints": [COUNTED]}},
            ],
        }],
    }]
}  # fmt: skip
LOGS: dict[str, Any] = {
    "resourceLogs": [{
        "resource": RESOURCE,
        "scopeLogs": [{
            "scope": {"name": "shop.orders"},
            "logRecords": [
                {"observedTimeUnixNano": "1795000000123456789", "severityNumber": 17, "severityText": "ERROR",
                 "body": {"stringValue": "it broke"}, "attributes": ATTRIBUTES, "traceId": TRACE, "spanId": SPAN},
                {"timeUnixNano": "1", "body": {"arrayValue": {"values": []}}},
            ],
        }],
    }]
}  # fmt: skip
SIGNALS: dict[str, tuple[dict[str, Any], Any, Any, Any]] = {
    "spans": (SPANS, ExportTraceServiceRequest, json.spans, protobuf.spans),
    "points": (METRICS, ExportMetricsServiceRequest, json.points, protobuf.points),
    "log_records": (LOGS, ExportLogsServiceRequest, json.log_records, protobuf.log_records),
}
READERS = [*(row[2] for row in SIGNALS.values()), *(row[3] for row in SIGNALS.values())]
NAMED = [f"{encoding}-{signal}" for encoding in ("json", "protobuf") for signal in SIGNALS]


def plain(kind: Any, value: Any) -> Any:
    if kind.type == kind.TYPE_BYTES:
        return bytes.fromhex(value)
    if kind.type == kind.TYPE_DOUBLE:
        return float(value)
    return value if kind.type in (kind.TYPE_STRING, kind.TYPE_BOOL) else int(value)


def as_protobuf(document: Any, message: Any) -> Any:
    """Fill in the message by hand: the library's own reader of JSON takes ids in base64."""
    for key, value in document.items():
        name = "".join("_" + letter.lower() if letter.isupper() else letter for letter in key)
        kind = message.DESCRIPTOR.fields_by_name[name]
        if isinstance(value, list):
            for item in value:
                as_protobuf(item, getattr(message, name).add())
        elif isinstance(value, dict):
            getattr(message, name).SetInParent()
            as_protobuf(value, getattr(message, name))
        else:
            setattr(message, name, plain(kind, value))
    return message


@pytest.mark.parametrize("signal", SIGNALS)
def test_it_reads_the_same_from_both(signal: str) -> None:
    document, message, from_json, from_protobuf = SIGNALS[signal]

    found = from_json(text.dumps(document).encode())

    assert found == from_protobuf(as_protobuf(document, message()).SerializeToString())
    assert found


def test_it_reads_ids_times_and_values() -> None:
    [span] = json.spans(text.dumps(SPANS).encode())

    assert (span.trace_id, span.span_id, span.start_ns) == (TRACE, SPAN, 1_795_000_000_123_456_789)
    assert span.attributes["whole"] == 9_007_199_254_740_993
    assert span.attributes["list"] == [1, "a"]
    assert span.attributes["map"] == {"k": False}
    assert span.resource.service == "shop"


def test_it_tells_temporality_and_names_the_parts_of_a_histogram() -> None:
    found = [(p.name, p.value, p.temporality) for p in json.points(text.dumps(METRICS).encode())]

    assert found == [
        ("gauge", -3, None), ("gauge", 0.5, None), ("sum", 7, "cumulative"), ("updown", -1, None),
        ("delta", 1, "delta"), ("none", None, None), ("h.count", 5, "delta"), ("h.sum", 12.5, "delta"),
        ("e.count", 5, "cumulative"), ("e.sum", 12.5, "cumulative"), ("s.count", 5, "cumulative"),
        ("s.sum", 12.5, "cumulative"),
    ]  # fmt: skip


def test_it_ignores_fields_that_it_does_not_know() -> None:
    document = {
        "resourceSpans": [{"later": 1, "scopeSpans": [{"spans": [{"name": "a", "later": {"b": []}}]}]}]
    }
    assert len(json.spans(text.dumps(document).encode())) == 1
    assert json.spans(b'{"resourceMetrics": []}') == []
    assert protobuf.spans(b"") == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"null", b"{", b'{"resourceSpans": 1}', b'{"resourceSpans":' + b"[" * 100_000,
        b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind": "SPAN_KIND_SERVER"}]}]}]}',
        b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano": "-1"}]}]}]}',
        b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano": "99999999999999999999"}]}]}]}',
        b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano": NaN}]}]}]}',
        b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"value":{"doubleValue":"x"}}]}]}]}]}',
        b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"name": "\xff"}]}]}]}',
    ],
    ids=range(12),
)  # fmt: skip
def test_it_refuses_json_that_is_no_request(body: bytes) -> None:
    with pytest.raises(Malformed):
        json.spans(body)


@pytest.mark.parametrize(
    "body",
    [b"\x0a", b"\x0a\x05ab", b"\x0a\xff\xff\xff\xff\x7f", b"\x0a" + b"\xff" * 20, b"\x0b", b"hello", b"\x09abc"],
    ids=["no-length", "lying", "huge", "endless", "group", "text", "cut-number"],
)  # fmt: skip
def test_it_refuses_bytes_that_are_no_request(body: bytes) -> None:
    for read in (protobuf.spans, protobuf.points, protobuf.log_records):
        with pytest.raises(Malformed):
            read(body)


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_it_refuses_a_message_cut_short(cut: int) -> None:
    whole = as_protobuf(SPANS, ExportTraceServiceRequest()).SerializeToString()
    with pytest.raises(Malformed):
        protobuf.spans(whole[:-cut])


def field(number: int, payload: bytes) -> bytes:
    length, size = b"", len(payload)
    while size > 127:
        length, size = length + bytes([size & 127 | 128]), size >> 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + payload


def request(*records: bytes) -> bytes:
    """Of one resource and one scope."""
    return field(1, field(2, b"".join(field(2, record) for record in records)))


def test_it_refuses_too_many_before_they_take_memory() -> None:
    assert len(protobuf.spans(request(*[b""] * 5_000))) == 5_000
    for read in (protobuf.spans, protobuf.log_records, protobuf.points):
        with pytest.raises(TooMany):
            read(request(*[b""] * 5_001))
    with pytest.raises(TooMany):
        protobuf.points(request(field(5, field(1, b"") * 200_000)))
    with pytest.raises(TooMany):
        protobuf.spans(request(field(9, b"") * 200_000))
    with pytest.raises(TooMany):
        protobuf.spans(b"\x78\x00" * 200_001)
    with pytest.raises(TooMany):
        json.spans(b'{"x":[' + b"{}," * 200_000 + b"{}]}")
    document = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{}] * 5_001}]}]}
    with pytest.raises(TooMany):
        json.log_records(text.dumps(document).encode())


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
@pytest.mark.parametrize("read", READERS, ids=NAMED)
def test_it_reads_or_refuses_any_bytes(read: Any, body: bytes) -> None:
    with contextlib.suppress(Malformed, TooMany):
        read(body)
