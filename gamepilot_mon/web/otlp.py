"""POST /v1/traces, /v1/metrics and /v1/logs: OpenTelemetry's protocol over HTTP, in protobuf and in JSON."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Response, request
from flask_openapi import APIBlueprint

from gamepilot_mon.sources.otlp import json as as_json
from gamepilot_mon.sources.otlp import logs, points, spans, versions
from gamepilot_mon.sources.otlp import protobuf as as_protobuf
from gamepilot_mon.sources.otlp.points import Total
from gamepilot_mon.sources.otlp.records import RECORDS_MAX, Malformed, TooMany
from gamepilot_mon.sources.taken import Taken
from gamepilot_mon.web import store, taking
from gamepilot_mon.web.otlp_answers import JSON, PROTOBUF, REQUEST_BODY, RESPONSES, partial, status
from gamepilot_mon.web.problems import Pointed

Read = Callable[[bytes], list[Any]]
Become = Callable[[list[Any]], tuple[Taken, Sequence[Total]]]

blueprint = APIBlueprint("otlp", __name__, url_prefix="/v1")


@blueprint.post("/traces", request_body=REQUEST_BODY, responses=RESPONSES)
def traces() -> Response:
    """Spans by OTLP/HTTP: operations, queries and errors come of them."""
    return _take("rejectedSpans", as_protobuf.spans, as_json.spans, lambda found: (spans.taken(found), ()))


@blueprint.post("/metrics", request_body=REQUEST_BODY, responses=RESPONSES)
def metrics() -> Response:
    """Metrics by OTLP/HTTP: a sample for each reading and each difference."""
    return _take("rejectedDataPoints", as_protobuf.points, as_json.points, points.taken)


@blueprint.post("/logs", request_body=REQUEST_BODY, responses=RESPONSES)
def log_records() -> Response:
    """Log records by OTLP/HTTP: errors come of ERROR and FATAL."""
    return _take(
        "rejectedLogRecords", as_protobuf.log_records, as_json.log_records,
        lambda found: (logs.taken(found), ()),
    )  # fmt: skip


def _take(counted: str, protobuf: Read, json: Read, become: Become) -> Response:
    if request.mimetype not in (PROTOBUF, JSON):
        raise Pointed(415, f"Content-Type must be {PROTOBUF} or {JSON}.")
    in_json = request.mimetype == JSON
    # Thousands of spans take a good part of a second, in which the event loop must go on.
    taken, totals = store.compute(_digested, taking.body(), json if in_json else protobuf, become)
    taking.keep(taken, totals)
    return partial(taken.rejected, taken.reason, counted, in_json=in_json)


def _digested(body: bytes, read: Read, become: Become) -> tuple[Taken, Sequence[Total]]:
    try:
        found = read(body)
    except Malformed as error:
        raise Pointed(400, f"The body {error}") from None
    except TooMany:
        raise Pointed(413, f"At most {RECORDS_MAX} spans, data points or records in one request.") from None
    taken, totals = become(found)
    taken.versions = versions.seen(found)
    return taken, totals


def _refused(code: int, detail: str, retry_after_s: int | None = None) -> Response:
    return status(code, detail, retry_after_s, in_json=request.mimetype == JSON)


taking.refuse_by(blueprint, _refused)
