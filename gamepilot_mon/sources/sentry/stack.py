"""The text of a stack trace, from frames: what the app's own code did comes first, the newest call on top."""

from collections.abc import Mapping
from typing import Any

from gamepilot_mon.sources import plain

FRAMES_MAX = 100
EXCEPTIONS_MAX = 20


def text(exceptions: list[Mapping[str, Any]]) -> str | None:
    """`exceptions` as Sentry sends them: a cause before what it caused, frames from the outside in."""
    parts = [part for raised in reversed(exceptions[-EXCEPTIONS_MAX:]) if (part := _of(raised))]
    return plain.cut("\n\ncaused by ".join(parts), plain.LONG_MAX) or None


def frames(holder: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    trace = holder.get("stacktrace")
    found = trace.get("frames") if isinstance(trace, Mapping) else None
    return [frame for frame in found if isinstance(frame, Mapping)] if isinstance(found, list) else []


def raised_text(raised: Mapping[str, Any]) -> str:
    parts = (raised.get("type"), raised.get("value"))
    return plain.cut(": ".join(str(part) for part in parts if part), plain.VALUE_MAX)


def _of(raised: Mapping[str, Any]) -> str:
    newest_first = frames(raised)[::-1][:FRAMES_MAX]
    own = [frame for frame in newest_first if frame.get("in_app")]
    others = [frame for frame in newest_first if not frame.get("in_app")]
    lines = [raised_text(raised), *map(_frame, own)]
    if own and others:
        lines.append("  libraries:")
    return "\n".join([*lines, *map(_frame, others)]).strip()


def _frame(frame: Mapping[str, Any]) -> str:
    where = plain.first_name(frame.get("filename"), frame.get("abs_path"), frame.get("module")) or "?"
    line, source = plain.name(frame.get("lineno")), frame.get("context_line")
    said = f"  at {plain.name(frame.get('function')) or '?'} ({where}{':' + line if line else ''})"
    return (
        f"{said}\n      {plain.cut(source.strip(), 200)}"
        if isinstance(source, str) and source.strip()
        else said
    )
