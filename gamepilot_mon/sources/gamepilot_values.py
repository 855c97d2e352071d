"""How a value in GamePilot's tables becomes one of ours; ValueError where it is of the wrong type."""

import contextlib
import json
import math
from typing import Any

import msgspec

from gamepilot_mon.clock import iso, parse_iso

TEXT_MAX = 4_000
JSON_MAX = 16_000
_SECONDS_BELOW = 100_000_000_000  # as seconds the year 5138, as milliseconds 1973
_LATEST_MS = 253_402_300_799_000  # the end of the year 9999

_TRUE = frozenset({"true", "t", "yes", "1"})
_FALSE = frozenset({"false", "f", "no", "0"})
_SEVERITIES = {"critical": "critical", "fatal": "critical", "warning": "warning", "warn": "warning"}


def text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("not a text")
    return value[:TEXT_MAX]


def name(value: Any) -> str | None:
    """Text or a number, as ids are; nothing stays nothing."""
    if value is None or value == "":
        return None
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)[:TEXT_MAX]
    raise ValueError("not an id")


def number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("not a finite number")
    return float(value)


def duration(value: Any) -> float:
    found = number(value)
    if found < 0:
        raise ValueError("below 0")
    return found


def flag(value: Any) -> bool:
    word = str(value).lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError("neither true nor false")


def optional_flag(value: Any) -> bool | None:
    return None if value is None else flag(value)


def severity(value: Any) -> str:
    return _SEVERITIES.get(str(value).lower(), "error")


def document(value: Any) -> Any:
    """JSON as it was meant; text that is none stays text."""
    if not isinstance(value, str):
        if isinstance(value, bytes):
            raise ValueError("not text")
        return value
    if len(value) > JSON_MAX:
        return value[:TEXT_MAX]
    with contextlib.suppress(ValueError, RecursionError):
        return msgspec.json.decode(value)
    try:
        return json.loads(value, parse_constant=str)  # it also takes NaN, as many who write JSON do
    except (ValueError, RecursionError):
        return value[:TEXT_MAX]


def moment(value: Any) -> int | None:
    """Epoch ms of ISO text (no zone means UTC) or of epoch seconds or milliseconds; None of nothing."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            return _epoch_ms(float(value))
        except ValueError:
            return parse_iso(_with_minutes(value.strip()))
    return _epoch_ms(number(value))


def _with_minutes(text: str) -> str:
    """PostgreSQL writes a zone of whole hours as +00."""
    return f"{text}:00" if len(text) > 16 and text[-3] in "+-" else text


def literal(ms: int, sample: Any) -> Any:
    """A moment as `sample`, a value of the same column, is written: number, text of one, or text of a time."""
    if isinstance(sample, str):
        try:
            return str(_as_number(ms, float(sample)))
        except ValueError:
            separator = " " if sample[10:11] == " " else "T"
            return iso(ms)[:19].replace("T", separator)
    return _as_number(ms, float(sample))


def _as_number(ms: int, sample: float) -> int:
    return ms // 1000 if abs(sample) < _SECONDS_BELOW else ms


def _epoch_ms(value: float) -> int:
    if not math.isfinite(value):
        raise ValueError("not a moment")
    ms = value * 1000 if abs(value) < _SECONDS_BELOW else value
    if not 0 <= ms <= _LATEST_MS:
        raise ValueError("not a moment")
    return int(ms)
