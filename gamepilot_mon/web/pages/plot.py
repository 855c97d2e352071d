"""A chart as a page shows it: lines over one axis of times, what limits them, what happened meanwhile. Pure.

templates/macros/plot.html draws one: `{{ plot(chart) }}`. The summary and the table come from the same values as the
lines, so that whoever cannot see the drawing, or has no JavaScript, reads the same.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from gamepilot_mon.clock import MINUTE_MS, SECOND_MS, iso, parse_iso

Unit = Literal["ms", "ratio", "count", "rate"]
Values = Sequence[float | None]

DIGITS = {"ms": 2, "ratio": 6, "count": 2, "rate": 4}
SCALE = {"ms": 1.0, "ratio": 100.0, "count": 1.0, "rate": 1.0}  # from a value to what the table says
TREND = 0.1  # the change between the thirds from which a line is not steady
MARKS_MOST = 100
TEXT_MAX = 160


@dataclass(frozen=True, slots=True)
class Threshold:
    """A level drawn across; `text` says what it is about when it is not the line itself (`mean`)."""

    severity: str  # warning | critical
    value: float
    falling: bool = False  # breached below it
    text: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """`compare` are the values of the earlier time at the same steps; `source` answers with the same as JSON or CSV."""

    label: str
    values: Values
    compare: Values | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """Of one line; all None without values. `trend`: rising, falling, steady, or None where no word fits."""

    low: float | None = None
    high: float | None = None
    last: float | None = None
    trend: str | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """`times` are the starts of the steps, epoch ms. `marks` are those of gamepilot_mon.annotations, `linked`.

    `live`: the span ends now, so the page asks again. `compare`: the name of the earlier time.
    """

    id: str
    title: str
    unit: Unit
    times: Sequence[int]
    step_ms: int
    since: int
    until: int
    lines: Sequence[Line]
    thresholds: Sequence[Threshold] = ()
    marks: Sequence[dict[str, Any]] = ()
    live: bool = False
    compare: str | None = None
    note: str = ""

    @property
    def source(self) -> str:
        return self.lines[0].source if self.lines else ""

    @property
    def empty(self) -> bool:
        return all(value is None for line in self.lines for value in line.values)

    @property
    def compared(self) -> bool:
        return any(line.compare is not None for line in self.lines)

    @property
    def summaries(self) -> list[tuple[Line, Summary]]:
        return [(line, summary(line.values)) for line in self.lines]

    @property
    def points(self) -> str:
        """What the script draws, as JSON; times in seconds."""
        document = {
            "unit": self.unit, "step": self.step_ms / SECOND_MS, "from": self.since / SECOND_MS,
            "to": self.until / SECOND_MS, "times": [at / SECOND_MS for at in self.times],
            "lines": [
                {"label": line.label, "values": self._short(line.values), "compare": self._short(line.compare)}
                for line in self.lines
            ],
            "thresholds": [
                {"severity": each.severity, "value": each.value, "text": each.text} for each in self.thresholds
            ],
            "marks": [_mark(each) for each in self.marks[-MARKS_MOST:]],
        }  # fmt: skip
        return msgspec.json.encode(document).decode()

    @property
    def columns(self) -> list[tuple[str, str | None]]:
        """What stands above the table behind the time: a line, and of its second column what it is compared with."""
        return [(line.label, name) for line in self.lines for name in self._compared_with(line)]

    @property
    def rows(self) -> Iterator[tuple[str, list[str]]]:
        """(time in UTC, cells), the newest first."""
        columns = [
            values for line in self.lines for values in (line.values, line.compare) if values is not None
        ]
        for place in range(len(self.times) - 1, -1, -1):
            yield self._time(self.times[place]), [self._cell(values[place]) for values in columns]

    def _compared_with(self, line: Line) -> list[str | None]:
        return [None] if line.compare is None else [None, self.compare]

    def _time(self, at: int) -> str:
        text = iso(at)
        return f"{text[:10]} {text[11 : 19 if self.step_ms < MINUTE_MS else 16]}"

    def _cell(self, value: float | None) -> str:
        return "—" if value is None else f"{value * SCALE[self.unit]:.2f}".removesuffix(".00")

    def _short(self, values: Values | None) -> list[float | None] | None:
        if values is None:
            return None
        return [None if value is None else round(value, DIGITS[self.unit]) for value in values]


def _mark(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": parse_iso(found["at"]) / SECOND_MS,
        "kind": found["kind"],
        "severity": found.get("severity"),
        "text": found["text"][:TEXT_MAX],
        "href": found.get("href"),
    }


def linked(marks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each with the address of its page as `href`; None for a deploy, which has none."""
    return [{**each, "href": _address(each)} for each in marks]


def _address(mark: dict[str, Any]) -> str | None:
    if mark["kind"] == "alert":
        return f"/alerts/{mark['id']}"
    if mark["kind"] == "config":
        return f"/config-versions?to={mark['id']}"
    return None


def summary(values: Values) -> Summary:
    seen = [value for value in values if value is not None and math.isfinite(value)]
    if not seen:
        return Summary()
    return Summary(min(seen), max(seen), seen[-1], _trend(seen))


def _trend(seen: Sequence[float]) -> str | None:
    """By the means of its thirds. A spike that is over is no trend, nor is a change that the last value took back."""
    if len(seen) < 2:
        return None
    third = max(1, len(seen) // 3)
    before, between, after = (
        _mean(part) for part in (seen[:third], seen[third:-third] or seen, seen[-third:])
    )
    if math.isclose(before, after, rel_tol=TREND):
        return "steady" if math.isclose(before, between, rel_tol=TREND) else None
    if abs(seen[-1] - after) > abs(seen[-1] - before):
        return None
    return "rising" if after > before else "falling"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
