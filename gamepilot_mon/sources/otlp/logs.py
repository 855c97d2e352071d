"""Log records: ERROR becomes an error and FATAL a critical one; the others are counted. Pure."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import Literal

import msgspec

from gamepilot_mon.sources import plain
from gamepilot_mon.sources.kinds import Error
from gamepilot_mon.sources.otlp.records import NS_PER_MS, LogRecord
from gamepilot_mon.sources.otlp.spans import OPERATION, error_text, exception_key, told_of, user_of
from gamepilot_mon.sources.taken import Taken

ERROR, FATAL = 17, 21
_LEVELS = ("trace", "debug", "info", "warn", "error", "fatal")
_TEXTS = {"error": ERROR, "err": ERROR, "fatal": FATAL, "critical": FATAL, "emergency": FATAL, "alert": FATAL}


def taken(records: Iterable[LogRecord]) -> Taken:
    found, seen = Taken(), Counter[str]()
    for record in records:
        level = severity(record)
        if level < ERROR:
            found.passed_over[f"log.{_LEVELS[max(level - 1, 0) // 4] if level else 'unspecified'}"] += 1
            continue
        key = _key(record, level)
        seen[key] += 1
        found.events.append(_error(record, level, key if seen[key] == 1 else f"{key}:{seen[key]}"))
    return found


def severity(record: LogRecord) -> int:
    """OpenTelemetry's number, from the text where no number is given."""
    return record.severity or _TEXTS.get(record.severity_text.strip().lower(), 0)


def _error(record: LogRecord, level: int, key: str) -> Error:
    said = record.attributes
    stack = said.get("exception.stacktrace")
    named: Literal["critical", "error"] = "critical" if level >= FATAL else "error"
    return Error(
        id=key, timestamp=record.at_ns // NS_PER_MS or None, operation=_operation(record), error=_text(record),
        stack_trace=plain.cut(str(stack), plain.LONG_MAX) if stack else None, severity=named,
        user_id=user_of(said), metadata=_metadata(record),
    )  # fmt: skip


def _operation(record: LogRecord) -> str:
    said = record.attributes
    where = (said.get("code.function.name"), said.get("code.function"))
    return (
        plain.first_name(
            said.get(OPERATION), record.event_name, record.resource.scope, *where, record.resource.service
        )
        or "log"
    )


def _text(record: LogRecord) -> str:
    body = record.body if isinstance(record.body, str) else _json(record.body)
    raised = error_text(record.attributes.get("exception.type"), record.attributes.get("exception.message"))
    if body and raised and raised not in body:
        return plain.cut(f"{body}: {raised}", plain.LONG_MAX)
    return plain.cut(body or raised or "an error without a text", plain.LONG_MAX)


def _json(body: object) -> str:
    return "" if body is None else msgspec.json.encode(plain.bounded(body)).decode()


def _metadata(record: LogRecord) -> dict[str, object]:
    ids = {"trace_id": record.trace_id or None, "span_id": record.span_id or None}
    return {**plain.kept(ids.items()), **told_of(record.resource), **plain.kept(record.attributes.items())}


def _key(record: LogRecord, level: int) -> str:
    kind, message = (record.attributes.get(f"exception.{part}") for part in ("type", "message"))
    if record.trace_id and kind and level < FATAL:
        return exception_key(record.trace_id, kind, message)
    whole = repr((
        record.resource.attributes, record.resource.scope, record.at_ns, level, record.body, record.attributes,
        record.trace_id, record.span_id,
    ))  # fmt: skip
    return f"otlp:log:{hashlib.blake2b(whole.encode(errors='replace'), digest_size=16).hexdigest()}"
