"""What becomes of each item: events are errors, transactions operations; all else is counted and dropped. Pure."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from gamepilot_mon.sources import plain
from gamepilot_mon.sources.kinds import Error, Operation, Query, Reported
from gamepilot_mon.sources.releases import Version
from gamepilot_mon.sources.sentry import stack, streamed
from gamepilot_mon.sources.sentry.envelope import Item, decoded
from gamepilot_mon.sources.sentry.streamed import SPANS_MAX, is_query
from gamepilot_mon.sources.sentry.times import duration_ms, moment
from gamepilot_mon.sources.taken import Taken
from gamepilot_mon.statements import normalised

Severity = Literal["critical", "error", "warning"]
SEVERITIES: dict[str, Severity] = {"fatal": "critical", "error": "error", "warning": "warning"}
# What gRPC calls the server's fault; the others are the caller's, as with HTTP 4xx.
FAILURES = frozenset({
    "aborted", "data_loss", "deadline_exceeded", "error", "internal", "internal_error", "resource_exhausted",
    "unavailable", "unimplemented", "unknown", "unknown_error",
})  # fmt: skip
KINDS = frozenset({
    "event", "transaction", "session", "sessions", "client_report", "attachment", "span", "log", "trace_metric",
    "profile", "profile_chunk", "check_in", "replay_event", "replay_recording", "feedback", "user_report", "statsd",
})  # fmt: skip

UNNAMED = (None, "?", "<anonymous>", "<module>", "<lambda>")


def taken(items: Iterable[Item], fallback_id: str) -> Taken:
    """`fallback_id` is the envelope's own event id; Malformed when an event is no JSON object."""
    found = Taken()
    for item in items:
        if item.type in ("event", "transaction"):
            document = decoded(item.payload)
            key = event_id(document) or fallback_id or _key_of(item.payload)
            found.versions |= _versions(document)
            found.keep(events(document, item.type, key), f"sentry.{item.type}")
        elif item.type == "span":
            _keep_spans(found, streamed.spans_of(decoded(item.payload)))
        else:
            found.passed_over[f"sentry.{item.type if item.type in KINDS else 'other'}"] += 1
    return found


def _keep_spans(found: Taken, spans: list[streamed.Span]) -> None:
    for span in spans[:SPANS_MAX]:
        found.keep(streamed.events(span), "sentry.span")
        found.versions |= {version} if (version := streamed.version(span)) else set()
    found.rejected += max(0, len(spans) - SPANS_MAX)


def events(document: Mapping[str, Any], kind: str, key: str) -> Iterator[Reported]:
    if kind == "transaction":
        yield from _transaction(document, key)
    elif severity := SEVERITIES.get(str(document.get("level") or "error").lower()):
        yield _error(document, severity, key)


def event_id(document: Mapping[str, Any]) -> str:
    """32 hex digits, or nothing."""
    said = document.get("event_id")
    text = said.replace("-", "").lower() if isinstance(said, str) else ""
    return text if len(text) == 32 and not text.strip("0123456789abcdef") else ""


def _error(document: Mapping[str, Any], severity: Severity, key: str) -> Error:
    raised = _listed(document.get("exception"))
    return Error(
        id=f"sentry:{key}", timestamp=moment(document.get("timestamp")),
        operation=_operation(document, raised), error=_text(document, raised), stack_trace=_stack(document, raised),
        severity=severity, user_id=_user(document), metadata=_metadata(document),
    )  # fmt: skip


def _transaction(document: Mapping[str, Any], key: str) -> Iterator[Reported]:
    duration = duration_ms(document.get("start_timestamp"), document.get("timestamp"))
    if duration is None:
        return
    yield Operation(
        id=f"sentry:{key}", timestamp=moment(document.get("start_timestamp")),
        operation=plain.name(document.get("transaction")) or "unnamed", duration_ms=duration,
        success=str(_trace(document).get("status") or "ok").lower() not in FAILURES, user_id=_user(document),
        metadata=_metadata(document),
    )  # fmt: skip
    spans = document.get("spans")
    for span in spans[:SPANS_MAX] if isinstance(spans, list) else ():
        if isinstance(span, Mapping) and is_query(span.get("op")):
            yield from _query(span, document)


def _query(span: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Query]:
    duration = duration_ms(span.get("start_timestamp"), span.get("timestamp"))
    said = span.get("description")
    trace, number = plain.name(span.get("trace_id")), plain.name(span.get("span_id"))
    if duration is None or not isinstance(said, str) or not (shape := normalised(said)):
        return
    yield Query(
        id=f"sentry:{trace}:{number}"[: plain.NAME_MAX] if trace and number else None,
        timestamp=moment(span.get("start_timestamp")), statement=shape, duration_ms=duration,
        metadata=plain.kept([
            ("trace_id", trace), ("span_id", number), ("operation", plain.name(document.get("transaction"))),
        ]),
    )  # fmt: skip


def _operation(document: Mapping[str, Any], raised: list[Mapping[str, Any]]) -> str:
    said = plain.first_name(document.get("transaction"), document.get("culprit"))
    if said:
        return said
    named = [
        function for frame in _own(raised) if (function := plain.name(frame.get("function"))) not in UNNAMED
    ]
    return plain.first_name(*named[-1:], document.get("logger")) or "unnamed"


def _own(raised: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [frame for frame in stack.frames(raised[-1]) if frame.get("in_app")] if raised else []


def _text(document: Mapping[str, Any], raised: list[Mapping[str, Any]]) -> str:
    if raised and (said := stack.raised_text(raised[-1])):
        return said
    entry, message = document.get("logentry"), document.get("message")
    for holder in (entry, message):
        if isinstance(holder, Mapping):
            message = holder.get("formatted") or holder.get("message") or message
    return (
        plain.cut(message, plain.LONG_MAX)
        if isinstance(message, str) and message
        else "an event without a text"
    )


def _stack(document: Mapping[str, Any], raised: list[Mapping[str, Any]]) -> str | None:
    if raised:
        return stack.text(raised)
    threads = [thread for thread in _listed(document.get("threads")) if stack.frames(thread)]
    return (
        stack.text([next((t for t in threads if t.get("crashed") or t.get("current")), threads[0])])
        if threads
        else None
    )


def _listed(holder: Any) -> list[Mapping[str, Any]]:
    """`{"values": […]}`, or the list itself, or one alone."""
    found = holder.get("values", [holder]) if isinstance(holder, Mapping) else holder
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _metadata(document: Mapping[str, Any]) -> dict[str, Any]:
    trace, tags = _trace(document), document.get("tags")
    said = [
        (name, document.get(name)) for name in ("environment", "release", "server_name", "platform", "logger")
    ]
    said += [("trace_id", trace.get("trace_id")), ("span_id", trace.get("span_id")), ("op", trace.get("op"))]
    said += [("status", trace.get("status")), ("handled", _handled(document))]
    request = document.get("request")
    if isinstance(request, Mapping):
        said += [("method", request.get("method")), ("url", _without_query(request.get("url")))]
    if isinstance(tags, list):
        tags = {str(pair[0]): pair[1] for pair in tags if isinstance(pair, list) and len(pair) == 2}
    if isinstance(tags, Mapping) and tags:
        said.append(("tags", tags))
    return plain.kept((name, value) for name, value in said if value != "")


def _without_query(url: Any) -> str | None:
    """A query may hold what should not be kept."""
    return url.split("?")[0].split("#")[0] if isinstance(url, str) else None


def _handled(document: Mapping[str, Any]) -> bool | None:
    raised = _listed(document.get("exception"))
    mechanism = raised[-1].get("mechanism") if raised else None
    handled = mechanism.get("handled") if isinstance(mechanism, Mapping) else None
    return handled if isinstance(handled, bool) else None


def _trace(document: Mapping[str, Any]) -> Mapping[str, Any]:
    contexts = document.get("contexts")
    trace = contexts.get("trace") if isinstance(contexts, Mapping) else None
    return trace if isinstance(trace, Mapping) else {}


def _user(document: Mapping[str, Any]) -> str | None:
    user = document.get("user")
    return plain.identity(user.get("id")) if isinstance(user, Mapping) else None


def _versions(document: Mapping[str, Any]) -> set[Version]:
    release, where = plain.name(document.get("release")), plain.name(document.get("environment"))
    return {Version("", release, where or "")} if release else set()


def _key_of(payload: bytes) -> str:
    """An id for an event that has none: the same bytes again are the same event."""
    return hashlib.blake2b(payload, digest_size=16).hexdigest()
