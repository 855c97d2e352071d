"""How an alert is put into words and colours, the same in every channel. Pure."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from gamepilot_mon.channels import Group, Message
from gamepilot_mon.channels.clean import clean, one_line, shorten

COLOURS = {"critical": "#dc3545", "warning": "#ffc107", "info": "#17a2b8", "resolved": "#28a745"}
EMOJI = {"critical": "🚨", "warning": "⚠️", "info": "ℹ️", "resolved": "✅"}
ABSENT = "n/a"
LATE_FROM_MS = 60_000
"""retries within a minute are the ordinary course; from there on the reader should know"""
EXTRAS_MAX = 20
EXTRA_TEXT_MAX = 300

_RATIOS = frozenset({"error_rate", "success_rate"})
_CHANGES = {
    "escalated": "This alert became more severe.",
    "deescalated": "This alert became less severe.",
    "repeat": "Reminder: this alert is still firing.",
    "test": "This is a test. Nothing is wrong.",
}


def state(message: Message) -> str:
    """critical | warning | info | resolved; an unknown severity is shown as info."""
    if message.change == "resolved" or message.status == "resolved":
        return "resolved"
    severity = message.severity.lower()
    return severity if severity in COLOURS else "info"


def title(message: Message) -> str:
    shown = state(message)
    name = "RESOLVED" if shown == "resolved" else f"{shown.upper()} Alert"
    return f"{EMOJI[shown]} {name}"


def notes(message: Message) -> list[str]:
    """Sentences about the notification itself rather than about the alert."""
    said = [_CHANGES[message.change]] if message.change in _CHANGES else []
    if message.incident and message.incident.others > 0:
        said.append(_together(message.incident))
    if message.resend:
        said.append("Sent again: an earlier attempt may already have reached you.")
    if message.late_ms >= LATE_FROM_MS:
        why = f": {one_line(message.late_because, 300)}" if message.late_because else ""
        said.append(f"This message is {span(message.late_ms)} late{why or '.'}")
    if message.instead_of:
        said.append(f"Sent here because {one_line(message.instead_of, 60)} could not deliver it.")
    return said


def _together(incident: Group) -> str:
    others = "1 other alert" if incident.others == 1 else f"{incident.others:,} other alerts"
    return f"Part of incident #{incident.incident_id}, with {others}."


def number(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return ABSENT
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return str(round(value, 6)) if abs(value) >= 1e-4 else f"{value:.3g}"


def measure(type_: str, value: float | None) -> str:
    """The number with its unit, for people: `7.34 % (0.0734)`, `1500 ms`."""
    plain = number(value)
    if plain == ABSENT or value is None:
        return ABSENT
    if type_ in _RATIOS and 0 <= value <= 1:
        return f"{number(round(value * 100, 2))} % ({plain})"
    return f"{plain} ms" if type_ == "response_time" else plain


def span(ms: int) -> str:
    """The two largest units: `3 d 4 h`, `5 min 12 s`, `40 s`."""
    left = max(ms, 0) // 1000
    parts = []
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def moment(ms: int) -> str:
    try:
        return datetime.fromtimestamp(ms / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, OSError, ValueError):
        return ABSENT


def extras(message: Message) -> list[tuple[str, str]]:
    """Labels, then metadata, as (name, text); the number and the length of what is shown are limited."""
    pairs = [*message.labels.items(), *message.metadata.items()]
    shown = [(one_line(str(name), 60) or "?", _flat(value)) for name, value in pairs[:EXTRAS_MAX]]
    if len(pairs) > EXTRAS_MAX:
        shown.append(("…", f"{len(pairs) - EXTRAS_MAX} more not shown"))
    return shown


def safe_url(url: str | None) -> str | None:
    """The link if it is plain http(s); characters that could end an attribute or a Slack link are encoded."""
    if not url or not url.startswith(("https://", "http://")):
        return None
    line = "".join(clean(url).split())
    for character in "<>|\"'`\\":
        line = line.replace(character, f"%{ord(character):02X}")
    return line


def _flat(value: Any) -> str:
    if isinstance(value, str):
        text = value
    elif isinstance(value, Mapping | list | tuple):
        text = json.dumps(value, ensure_ascii=False, default=str)
    else:
        text = ABSENT if value is None else str(value)
    return shorten(clean(text[: EXTRA_TEXT_MAX * 4]).strip(), EXTRA_TEXT_MAX) or ABSENT
