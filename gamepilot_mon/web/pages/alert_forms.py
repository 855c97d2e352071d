"""What the forms of the alert pages say, and what is wrong with it, field by field. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from gamepilot_mon import mutes
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS, parse_duration
from gamepilot_mon.mutes import Matcher

FormT = TypeVar("FormT")

REASON_MAX = 1_000
NOTE_MAX = 10_000
CONDITIONS_MAX = 20
PICKED_MAX = 500
ACKNOWLEDGED_MS = (MINUTE_MS, 30 * DAY_MS)
SILENCED_MS = (MINUTE_MS, 90 * DAY_MS)
DURATIONS = {
    "30m": 30 * MINUTE_MS, "1h": HOUR_MS, "4h": 4 * HOUR_MS, "8h": 8 * HOUR_MS, "1d": DAY_MS, "7d": 7 * DAY_MS,
}  # fmt: skip


class Wrong(Exception):
    """The form cannot be taken: {field: what is wrong}."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True)
class Acknowledging:
    reason: str | None
    for_ms: int | None

    def until(self, now: int) -> int | None:
        return now + self.for_ms if self.for_ms else None


@dataclass(frozen=True, slots=True)
class Silencing:
    """`conditions` are empty where each alert says its own."""

    conditions: tuple[Matcher, ...]
    for_ms: int
    reason: str


def acknowledging(form: Mapping[str, str]) -> Acknowledging:
    errors: dict[str, str] = {}
    reason = _reason(form, errors)
    for_ms = _duration(form, ACKNOWLEDGED_MS, errors) if form.get("for", "").strip() else None
    return _sound(Acknowledging(reason or None, for_ms), errors)


def silencing(form: Mapping[str, str], *, conditions: bool) -> Silencing:
    """`conditions`: whether the form has to say which alerts."""
    errors: dict[str, str] = {}
    reason = _reason(form, errors)
    if not reason:
        errors["reason"] = "Say why, for those who wonder about the quiet."
    if not form.get("for", "").strip():
        errors["for"] = "A silence needs an end: say for how long."
    for_ms = _duration(form, SILENCED_MS, errors) if "for" not in errors else 0
    matchers = _conditions(form.get("conditions", ""), errors) if conditions else ()
    return _sound(Silencing(matchers, for_ms or 0, reason), errors)


def noting(form: Mapping[str, str]) -> str:
    text = _text(form, "text")
    if not text:
        raise Wrong({"text": "Write something."})
    if len(text) > NOTE_MAX:
        raise Wrong({"text": f"At most {NOTE_MAX:,} characters; these are {len(text):,}."})
    return text


def picked(values: Sequence[str]) -> list[int]:
    """The ids of the alerts that were ticked."""
    ids = sorted({int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 19})
    if not ids:
        raise Wrong({"alert": "Tick at least one alert."})
    if len(ids) > PICKED_MAX:
        raise Wrong({"alert": f"At most {PICKED_MAX} alerts at once; these are {len(ids):,}."})
    return ids


def written(matchers: Sequence[Matcher]) -> str:
    """Conditions as the form shows them, a line each; one that cannot be written in a line is left out."""
    lines = [f'{one.name}{one.operator}"{one.value}"' for one in matchers]
    return "\n".join(
        line for line, one in zip(lines, matchers, strict=True) if "\n" not in line and _reads_as(line, one)
    )


def _reads_as(line: str, wanted: Matcher) -> bool:
    try:
        return mutes.parse(line) == wanted
    except ValueError:
        return False


def _conditions(text: str, errors: dict[str, str]) -> tuple[Matcher, ...]:
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        errors["conditions"] = "Say at least one condition; without any it would match every alert."
    if len(lines) > CONDITIONS_MAX:
        errors["conditions"] = f"At most {CONDITIONS_MAX} conditions."
    found = []
    for number, line in enumerate(lines[:CONDITIONS_MAX], start=1):
        try:
            found.append(mutes.parse(line))
        except ValueError as error:
            errors.setdefault("conditions", f"Line {number} {error}.")
    return tuple(found)


def _reason(form: Mapping[str, str], errors: dict[str, str]) -> str:
    reason = _text(form, "reason")
    if len(reason) > REASON_MAX:
        errors["reason"] = f"At most {REASON_MAX:,} characters; these are {len(reason):,}."
    return reason


def _duration(form: Mapping[str, str], bounds: tuple[int, int], errors: dict[str, str]) -> int | None:
    try:
        found = parse_duration(form.get("for", "").strip())
    except ValueError:
        errors["for"] = "Write for example 30m, 4h or 2d."
        return None
    if not bounds[0] <= found <= bounds[1]:
        errors["for"] = f"From a minute to {bounds[1] // DAY_MS} days."
    return found


def _text(form: Mapping[str, str], name: str) -> str:
    return form.get(name, "").replace("\r\n", "\n").strip()


def _sound(form: FormT, errors: Mapping[str, str]) -> FormT:
    if errors:
        raise Wrong(errors)
    return form
