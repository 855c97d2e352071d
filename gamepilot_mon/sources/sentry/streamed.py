"""Spans that newer SDKs send one by one, in no transaction: those that begin a trace are operations. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from gamepilot_mon.sources import plain
from gamepilot_mon.sources.kinds import Operation, Query, Reported
from gamepilot_mon.sources.releases import Version
from gamepilot_mon.sources.sentry.times import duration_ms, moment
from gamepilot_mon.statements import normalised

SPANS_MAX = 1_000
# Of dozens of attributes, those that say what was asked and by whom it was answered.
KEPT = (
    "http.request.method", "http.response.status_code", "http.route", "server.address", "url.path",
    "db.system.name", "messaging.system",
)  # fmt: skip

Span = Mapping[str, Any]


def spans_of(document: Mapping[str, Any]) -> list[Span]:
    found = document.get("items")
    return [span for span in found if isinstance(span, Mapping)] if isinstance(found, list) else []


def events(span: Span) -> Iterator[Reported]:
    took, name = (
        duration_ms(span.get("start_timestamp"), span.get("end_timestamp")),
        plain.name(span.get("name")),
    )
    said = _attributes(span)
    if took is None or name is None:
        return
    if span.get("is_segment") is True:
        yield Operation(
            id=_key(span), timestamp=moment(span.get("start_timestamp")), operation=name, duration_ms=took,
            success=_succeeded(span, said), user_id=plain.identity(said.get("user.id")), metadata=_metadata(span, said),
        )  # fmt: skip
    elif is_query(said.get("sentry.op")):
        text = said.get("db.query.text") or said.get("db.statement") or span.get("name")
        yield Query(
            id=_key(span), timestamp=moment(span.get("start_timestamp")), statement=normalised(str(text)) or name,
            duration_ms=took, metadata=_metadata(span, said),
        )  # fmt: skip


def is_query(op: object) -> bool:
    """By Sentry's name of the work: `db`, `db.query`, `db.sql.execute`, but not `db.redis`."""
    return op == "db" or (isinstance(op, str) and op.startswith(("db.query", "db.sql", "db.execute")))


def version(span: Span) -> Version | None:
    said = _attributes(span)
    release, where = plain.name(said.get("sentry.release")), plain.name(said.get("sentry.environment"))
    return Version("", release, where or "") if release else None


def _attributes(span: Span) -> dict[str, Any]:
    """`{"name": {"value": …, "type": …}}` without the wrapping."""
    found = span.get("attributes")
    pairs = found.items() if isinstance(found, Mapping) else ()
    return {name: held.get("value") for name, held in pairs if isinstance(held, Mapping)}


def _succeeded(span: Span, said: Mapping[str, Any]) -> bool:
    """An answer of 4xx is the caller's mistake, although the span's status is an error then."""
    code = said.get("http.response.status_code")
    return code < 500 if isinstance(code, int) else span.get("status") != "error"


def _metadata(span: Span, said: Mapping[str, Any]) -> dict[str, Any]:
    pairs = [(name, span.get(name)) for name in ("trace_id", "span_id", "parent_span_id")]
    pairs += [("op", said.get("sentry.op")), ("environment", said.get("sentry.environment"))]
    pairs += [("release", said.get("sentry.release")), ("operation", said.get("sentry.segment.name"))]
    return plain.kept([*pairs, *((name, said.get(name)) for name in KEPT)])


def _key(span: Span) -> str | None:
    trace, number = plain.name(span.get("trace_id")), plain.name(span.get("span_id"))
    return f"sentry:{trace[:64]}:{number[:64]}" if trace and number else None
