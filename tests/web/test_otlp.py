"""OTLP over HTTP, with OpenTelemetry's own SDK as the client."""

import gzip
import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest
import requests
from google.rpc.status_pb2 import Status
from opentelemetry import trace
from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from gamepilot_mon import pseudonym
from gamepilot_mon.models import Event
from tests.serving import Server

PROTOBUF = "application/x-protobuf"
TRACE = "5b8efff798038103d269b633813fc60c"
Compressions = pytest.mark.parametrize("compression", list(Compression), ids=lambda one: str(one.value))


def resource(service: str) -> Resource:
    return Resource.create({"service.name": service, "service.version": "1.2"})


@pytest.fixture
def closing() -> Iterator[list[Callable[[], Any]]]:
    """What is put in here is called at the end."""
    found: list[Callable[[], Any]] = []
    yield found
    for close in found:
        close()


def of_service(name: str) -> list[Event]:
    return [
        event for event in Event.select().order_by(Event.id)
        if name in ((event.data or {}).get("metadata") or (event.data or {}).get("labels") or {}).get("service", "")
    ]  # fmt: skip


@Compressions
def test_it_takes_the_spans_of_the_sdk(served: Server, closing: list[Any], compression: Compression) -> None:
    service = f"traced-{compression.value}"
    exporter = OTLPSpanExporter(
        f"{served.url}/v1/traces", headers=served.bearer("ingest"), compression=compression
    )
    provider = TracerProvider(resource=resource(service))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    closing.append(provider.shutdown)
    tracer = provider.get_tracer("shop")
    attributes = {"http.request.method": "GET", "http.route": "/games/{id}", "user.id": "player-7"}
    query = {"db.system.name": "postgresql", "db.query.text": "SELECT * FROM games WHERE id = 42"}

    with (
        pytest.raises(LookupError),
        tracer.start_as_current_span("GET", kind=trace.SpanKind.SERVER, attributes=attributes),
    ):
        tracer.start_span("SELECT", kind=trace.SpanKind.CLIENT, attributes=query).end()
        with tracer.start_as_current_span("find"):
            raise LookupError("no such game")
    assert provider.force_flush()

    found = {event.kind: event for event in of_service(service)}
    assert found.keys() == {"operation", "query", "error", "deploy"}
    assert (found["operation"].name, found["operation"].ok) == ("GET /games/{id}", False)
    assert found["operation"].user == pseudonym.of("player-7")
    assert found["query"].name == "SELECT * FROM games WHERE id = ?"
    assert (found["error"].name, found["error"].user) == ("GET /games/{id}", pseudonym.of("player-7"))
    assert "LookupError: no such game" in found["error"].data["stack_trace"]
    assert found["deploy"].name == "1.2"


@pytest.mark.parametrize("temporality", list(AggregationTemporality)[1:], ids=lambda one: one.name.lower())
def test_it_takes_the_metrics_of_the_sdk(
    served: Server, closing: list[Any], temporality: AggregationTemporality
) -> None:
    service = f"measured-{temporality.name}"
    exporter = OTLPMetricExporter(
        f"{served.url}/v1/metrics", headers=served.bearer("ingest"),
        preferred_temporality={Counter: temporality, Histogram: temporality},
    )  # fmt: skip
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    provider = MeterProvider([reader], resource=resource(service))
    closing.append(provider.shutdown)
    meter = provider.get_meter("shop")
    jobs, waited = meter.create_counter("jobs"), meter.create_histogram("wait")
    size = meter.create_up_down_counter("queue")

    for amount in (3, 4):
        jobs.add(amount, {"mood": "social"})
        waited.record(amount * 10)
        size.add(amount)
        assert provider.force_flush()

    found = [(event.name, event.value) for event in of_service(service) if event.kind == "metric"]
    assert sorted(found) == [
        ("jobs", 3), ("jobs", 4), ("queue", 3), ("queue", 7),
        ("wait.count", 1), ("wait.count", 1), ("wait.sum", 30), ("wait.sum", 40),
    ]  # fmt: skip
    [job, _] = [event for event in of_service(service) if event.name == "jobs"]
    assert job.data["labels"] == {"service": service, "mood": "social"}


def test_it_takes_the_log_records_of_the_sdk(served: Server, closing: list[Any]) -> None:
    provider = LoggerProvider(resource=resource("logged"))
    provider.add_log_record_processor(
        BatchLogRecordProcessor(OTLPLogExporter(f"{served.url}/v1/logs", headers=served.bearer("ingest")))
    )
    closing.append(provider.shutdown)
    logger = provider.get_logger("shop.orders")

    for severity in (SeverityNumber.INFO, SeverityNumber.ERROR, SeverityNumber.FATAL):
        logger.emit(severity_number=severity, body=f"it is {severity.name}")
    assert provider.force_flush()

    found = [event for event in of_service("logged") if event.kind == "error"]
    assert [(event.data["error"], event.severity) for event in found] == [
        ("it is ERROR", "error"), ("it is FATAL", "critical"),
    ]  # fmt: skip
    assert {event.name for event in found} == {"shop.orders"}


def spans(*each: dict[str, Any]) -> bytes:
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": list(each)}]}]}).encode()


def span(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "traceId": TRACE, "spanId": f"{number:016x}", "name": "by hand", "kind": 2,
        "startTimeUnixNano": "1795000000000000000", "endTimeUnixNano": "1795000000001500000", **changed,
    }  # fmt: skip


def post(
    server: Server, body: bytes, media: str = "application/json", signal: str = "traces", **headers: str
) -> requests.Response:
    return server.post(f"/v1/{signal}", "ingest", data=body, headers={"Content-Type": media, **headers})


def test_it_takes_json_and_counts_a_repeated_span_once(served: Server) -> None:
    for _ in range(2):
        answer = post(served, spans(span(1)), "application/json; charset=utf-8")
        assert (answer.status_code, answer.json()) == (200, {})
        assert answer.headers["Content-Type"] == "application/json"

    [event] = Event.select().where(Event.name == "by hand")
    assert (event.key, event.value) == (f"otlp:{TRACE}:{1:016x}", 1.5)


def test_it_keeps_the_good_and_says_how_many_it_rejected(served: Server) -> None:
    body = spans(span(2, name="good"), span(3, traceId="0" * 32), span(4, traceId="x"))

    answer = post(served, body).json()

    assert answer["partialSuccess"]["rejectedSpans"] == "2"
    assert "trace id" in answer["partialSuccess"]["errorMessage"]
    assert Event.select().where(Event.name == "good").count() == 1


def test_it_says_so_in_protobuf_to_whom_speaks_it(server: Server) -> None:
    # A resource of one scope with one empty span.
    answer = post(server, bytes.fromhex("0a0412021200"), PROTOBUF)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, PROTOBUF)
    assert ExportTraceServiceResponse.FromString(answer.content).partial_success.rejected_spans == 1
    assert post(server, b"", PROTOBUF).content == b""


@pytest.mark.parametrize("signal", ["traces", "metrics", "logs"])
@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"\x0a\x7f\x01", PROTOBUF, 400),
        (b"hello", PROTOBUF, 400),
        (b"{}", "text/plain", 415),
        (b"\x0a\x00" * 6_000, PROTOBUF, 200),
        (b"\x0a\x04\x12\x02\x12\x00" * 6_000, PROTOBUF, 413),
        (b"[" * 200_000, "application/json", 400),
        (b'{"resourceSpans": NaN}', "application/json", 400),
        (b"x" * (1024 * 1024 + 1), PROTOBUF, 413),
    ],
    ids=["lying-length", "text", "media", "empty", "many", "deep", "nan", "large"],
)
def test_it_answers_a_status_in_the_encoding_of_the_request(
    server: Server, signal: str, body: bytes, media: str, status: int
) -> None:
    answer = post(server, body, media, signal)

    assert answer.status_code == status
    if status != 200 and media == PROTOBUF:
        assert Status.FromString(answer.content).message
        assert Status.FromString(answer.content).code == 3
    elif status == 400:
        assert answer.json()["code"] == 3


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (gzip.compress(b"\0" * 100_000_000), "gzip", 413),
        (gzip.compress(b"{}")[:-3], "gzip", 400),
        (b"{}", "gzip", 400),
        (b"{}", "br", 415),
    ],
    ids=["bomb", "cut", "not", "unknown"],
)
def test_it_refuses_what_does_not_inflate(server: Server, body: bytes, encoding: str, status: int) -> None:
    answer = post(server, body, **{"Content-Encoding": encoding})

    assert answer.status_code == status
    assert answer.json()["message"]


def test_it_grows_by_nothing_under_what_is_meant_to_make_it_grow(server: Server) -> None:
    child = psutil.Process(server.process.pid).children()[0]
    scope = b"\x12\x80\x80\x20" + b"\x0a\x00" * 262_144  # 256 Ki empty things in half a MiB
    bodies = [
        (gzip.compress(b"\0" * 200_000_000), PROTOBUF),
        (b"\x12\x00" * 500_000, PROTOBUF),
        (b"\x0a\x84\x80\x20" + scope, PROTOBUF),
        (gzip.compress(b'{"resourceSpans":[' + b"{}," * 1_000_000 + b"{}]}"), "application/json"),
        (gzip.compress(spans(span(9, attributes=[{"key": "k"}] * 100_000))), "application/json"),
    ]

    def all_of_them() -> int:
        for body, media in bodies:
            gzipped = {"Content-Encoding": "gzip"} if body[:2] == b"\x1f\x8b" else {}
            assert post(server, body, media, **gzipped).status_code < 500
        return int(child.memory_info().rss)

    first = all_of_them()
    for _ in range(2):
        last = all_of_them()

    assert last - first < 20 * 1024 * 1024


def test_it_wants_a_token_of_the_role(server: Server) -> None:
    headers = {"Content-Type": PROTOBUF}
    unknown = server.post("/v1/traces", data=b"", headers=headers)
    viewer = server.post("/v1/traces", "viewer", data=b"", headers=headers)

    assert (unknown.status_code, Status.FromString(unknown.content).code) == (401, 16)
    assert (viewer.status_code, Status.FromString(viewer.content).code) == (403, 7)
    assert unknown.headers["WWW-Authenticate"].startswith("Bearer")


def test_it_answers_503_with_retry_after_while_the_store_is_locked_and_the_sdk_sends_again(
    serve: Callable[..., Server], closing: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    server = serve()
    server.open_store()
    blocker = sqlite3.connect(server.state / "mon.db", isolation_level=None, check_same_thread=False)
    blocker.execute("BEGIN IMMEDIATE")
    freed = threading.Event()

    def free() -> None:
        if not freed.is_set():
            freed.set()
            blocker.execute("ROLLBACK")

    closing += [free, blocker.close]
    answer = post(server, spans(span(5, name="late")))
    assert answer.status_code == 503
    assert (int(answer.headers["Retry-After"]) > 0, answer.json()["code"]) == (True, 14)

    class Freeing(logging.Handler):
        """The SDK logs that it will try again; then it may succeed."""

        def emit(self, record: logging.LogRecord) -> None:
            free()

    handler = Freeing()
    logging.getLogger("opentelemetry").addHandler(handler)
    closing.append(lambda: logging.getLogger("opentelemetry").removeHandler(handler))
    provider = TracerProvider(resource=resource("patient"))
    exporter = OTLPSpanExporter(f"{server.url}/v1/traces", headers=server.bearer("ingest"), timeout=30)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    closing.append(provider.shutdown)
    provider.get_tracer("x").start_span("again", kind=trace.SpanKind.SERVER).end()

    assert provider.force_flush(60_000)
    assert freed.is_set()
    assert [event.name for event in of_service("patient") if event.kind == "operation"] == ["again"]


def test_it_counts_what_becomes_no_event(server: Server) -> None:
    def counted() -> float:
        lines = server.get("/metrics", "viewer").text.splitlines()
        wanted = 'gamepilot_mon_items_passed_over_total{item="span.producer"} '
        return next((float(line[len(wanted) :]) for line in lines if line.startswith(wanted)), 0)

    before = counted()
    assert post(server, spans(span(6, kind=4), span(7, kind=4))).json() == {}
    assert counted() == before + 2


def test_it_is_described(server: Server) -> None:
    paths = server.get("/api/openapi.json").json()["paths"]
    for signal in ("traces", "metrics", "logs"):
        body = paths[f"/v1/{signal}"]["post"]["requestBody"]["content"]
        assert body[PROTOBUF]["schema"] == {"type": "string", "format": "binary"}
        assert "429" in paths[f"/v1/{signal}"]["post"]["responses"]
