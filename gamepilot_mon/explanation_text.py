"""An explanation as lines for a console. Pure."""

from collections.abc import Iterator
from typing import Any

from gamepilot_mon.clock import SECOND_MS, format_duration, parse_iso
from gamepilot_mon.counted import times


def sentences(found: dict[str, Any]) -> list[str]:
    fired_at = parse_iso(found["measured"]["at"])
    return [*_around(found, fired_at), *_what_ran(found), *_past(found["past"])]


def _around(found: dict[str, Any], fired_at: int) -> Iterator[str]:
    for deploy in found["deploys"]:
        yield f"deploy {deploy['version']}, {_apart(deploy['at'], fired_at)}"
    for change in found["configChanges"]:
        paths = ", ".join(f"{d['pointer']} {d['old']} → {d['new']}" for d in change["diff"][:3])
        yield f"configuration by {change['author']}, {_apart(change['at'], fired_at)}: {paths}"
    for other in found["otherAlerts"]:
        yield f"also alert {other['id']}, {_apart(other['startedAt'], fired_at)}: {other['message']}"


def _what_ran(found: dict[str, Any]) -> Iterator[str]:
    for error in found["errors"]:
        yield f"error {times(error['count'])} in {error['operation']}: {error['error']}"
    for one in found["operations"]:
        failed = f"{one['failures']} of {one['count']} failed"
        yield f"operation {one['operation']}: {failed}, 95 % within {one['p95Ms']:g} ms"


def _past(past: dict[str, Any]) -> Iterator[str]:
    if not past["count"]:
        yield "it never fired before in what is kept"
        return
    yield f"it fired {times(past['count'])} before; {'that time' if past['count'] == 1 else 'the last times'}:"
    for one in past["last"]:
        lasted = "still open" if one["durationMs"] is None else f"for {_span(one['durationMs'])}"
        owner = f"acknowledged by {one['acknowledgedBy']}" if one["acknowledgedBy"] else "nobody acknowledged"
        reason = f" ({one['reason']})" if one["reason"] else ""
        yield f"  alert {one['id']} at {one['firedAt']} {lasted}, {owner}{reason}"
        yield from (f"    note by {note['author']}: {note['text']}" for note in one["notes"])


def _apart(at: str, fired_at: int) -> str:
    away = fired_at - parse_iso(at)
    return f"{_span(abs(away))} {'before' if away >= 0 else 'after'} it fired"


def _span(ms: int) -> str:
    return format_duration(ms // SECOND_MS * SECOND_MS)
