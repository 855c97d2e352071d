"""Spans become operations and queries, their exceptions errors. Pure.

An operation is what somebody waits for: a request that is served, a message that is consumed, or work that nothing
called. Spans within it are its details, and there may be dozens; one that matters is named by `gamepilot.operation`.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from gamepilot_mon.sources import plain
from gamepilot_mon.sources.kinds import Error, Operation, Query, Reported
from gamepilot_mon.sources.otlp.records import (
    CLIENT,
    CONSUMER,
    ERROR_STATUS,
    INTERNAL,
    NS_PER_MS,
    PRODUCER,
    SERVER,
    Attributes,
    Resource,
    Span,
    SpanEvent,
)  # fmt: skip
from gamepilot_mon.sources.taken import Taken
from gamepilot_mon.statements import normalised

OPERATION = "gamepilot.operation"  # an attribute: the name of an operation, or true for the span's own
USER = ("enduser.id", "user.id")
# Libraries whose spans are connections, names looked up and files, also where no request encloses them.
PLUMBING = ("instrumentation-net", "instrumentation-dns", "instrumentation-fs")
DURATION_MAX_MS = 1e12
CLIMB_MAX = 50
_KINDS = {SERVER: "server", CLIENT: "client", PRODUCER: "producer", CONSUMER: "consumer"}


def taken(spans: Sequence[Span]) -> Taken:
    found = Taken()
    known = {(span.trace_id, span.span_id): span for span in spans}
    for span in spans:
        if wrong := _wrong(span):
            found.reject(wrong)
        else:
            found.keep(events(span, enclosing(span, known)), "span." + _KINDS.get(span.kind, "internal"))
    return found


def enclosing(span: Span, known: Mapping[tuple[str, str], Span]) -> Span:
    """The operation that the span is a part of; itself when that did not come in the same request."""
    outer: Span | None = span
    for _ in range(CLIMB_MAX):
        if outer is None or is_operation(outer):
            break
        outer = known.get((outer.trace_id, outer.parent_id))
    return outer if outer and is_operation(outer) else span


def events(span: Span, operation: Span) -> Iterator[Reported]:
    if is_operation(span):
        yield _operation(span)
    elif "db.system.name" in span.attributes or "db.system" in span.attributes:
        yield _query(span)
    for event in span.events:
        if event.name == "exception":
            yield _error(span, event, operation)


def is_operation(span: Span) -> bool:
    if span.attributes.get(OPERATION):
        return True
    if span.kind in (SERVER, CONSUMER):
        return True
    return span.kind in INTERNAL and not span.parent_id and not span.resource.scope.endswith(PLUMBING)


def operation_name(span: Span) -> str:
    said, route = span.attributes.get(OPERATION), span.attributes.get("http.route")
    if isinstance(said, str) and (named := plain.name(said)):
        return named
    if span.kind == SERVER and route:
        return plain.name(f"{_method(span.attributes) or ''} {route}") or "unnamed"
    return plain.name(span.name) or "unnamed"


def succeeded(span: Span) -> bool:
    code = _first(span.attributes, "http.response.status_code", "http.status_code")
    return span.status != ERROR_STATUS and not (isinstance(code, int) and code >= 500)


def exception_key(trace_id: str, kind: object, message: object) -> str:
    """One exception that passes through several spans of a trace, and is logged, is one error."""
    what = hashlib.blake2b(f"{kind}\n{message}".encode(errors="replace"), digest_size=12).hexdigest()
    return f"otlp:{trace_id}:{what}"


def told_of(resource: Resource) -> dict[str, object]:
    """What metadata says of the sender."""
    wanted = {
        "service": "service.name", "service_version": "service.version", "instance": "service.instance.id",
        "environment": "deployment.environment.name",
    }  # fmt: skip
    said = {short: resource.attributes.get(long) for short, long in wanted.items()}
    said["environment"] = said["environment"] or resource.attributes.get("deployment.environment")
    return plain.kept(said.items())


def user_of(attributes: Attributes) -> str | None:
    return plain.identity(_first(attributes, *USER))


def _operation(span: Span) -> Operation:
    return Operation(
        id=_key(span), timestamp=span.start_ns // NS_PER_MS or None, operation=operation_name(span),
        duration_ms=_duration_ms(span), success=succeeded(span), user_id=user_of(span.attributes),
        metadata=_metadata(span),
    )  # fmt: skip


def _query(span: Span) -> Query:
    text = _first(span.attributes, "db.query.text", "db.statement")
    shape = normalised(text) if isinstance(text, str) else None
    said = shape or plain.first_name(span.attributes.get("db.query.summary"), span.name) or "unnamed"
    metadata = {
        key: value for key, value in _metadata(span).items() if key not in ("db.query.text", "db.statement")
    }
    return Query(
        id=_key(span), timestamp=span.start_ns // NS_PER_MS or None, statement=said,
        duration_ms=_duration_ms(span), metadata=metadata,
    )  # fmt: skip


def _error(span: Span, event: SpanEvent, operation: Span) -> Error:
    kind, message = event.attributes.get("exception.type"), event.attributes.get("exception.message")
    stack = event.attributes.get("exception.stacktrace")
    return Error(
        id=exception_key(span.trace_id, kind, message), timestamp=event.at_ns // NS_PER_MS or None,
        operation=operation_name(operation), error=error_text(kind, message) or "exception",
        stack_trace=plain.cut(str(stack), plain.LONG_MAX) if stack else None,
        user_id=user_of(span.attributes) or user_of(operation.attributes), metadata=_metadata(span),
    )  # fmt: skip


def error_text(kind: object, message: object) -> str:
    return plain.cut(": ".join(str(part) for part in (kind, message) if part), plain.LONG_MAX)


def _metadata(span: Span) -> dict[str, object]:
    ids = {"trace_id": span.trace_id, "span_id": span.span_id, "parent_span_id": span.parent_id or None}
    said = {"status_message": span.status_message or None, **span.attributes}
    return {**plain.kept(ids.items()), **told_of(span.resource), **plain.kept(said.items())}


def _key(span: Span) -> str:
    return f"otlp:{span.trace_id}:{span.span_id}"


def _duration_ms(span: Span) -> float:
    return (span.end_ns - span.start_ns) / NS_PER_MS


def _wrong(span: Span) -> str:
    if not _is_id(span.trace_id, 32) or not _is_id(span.span_id, 16):
        return "a span has no valid trace id or span id"
    if not 0 <= _duration_ms(span) <= DURATION_MAX_MS:
        return "a span ends before it starts"
    return ""


def _is_id(text: str, length: int) -> bool:
    return len(text) == length and text.strip("0") != "" and not text.strip("0123456789abcdef")


def _method(attributes: Attributes) -> object:
    return _first(attributes, "http.request.method", "http.method")


def _first(attributes: Attributes, *names: str) -> object:
    return next((attributes[name] for name in names if attributes.get(name) is not None), None)
