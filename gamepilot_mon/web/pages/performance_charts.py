"""The charts of the performance page, of all operations or of one: throughput, durations, success and errors."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from gamepilot_mon import annotations
from gamepilot_mon.clock import iso, parse_iso
from gamepilot_mon.mutes import Matcher
from gamepilot_mon.queries import OPERATIONS
from gamepilot_mon.runtime_config import RuntimeConfig
from gamepilot_mon.timeline import beside, figures
from gamepilot_mon.timeline.axis import POINTS_SHOWN
from gamepilot_mon.timeline.figures import Question
from gamepilot_mon.web.pages.plot import Chart, Line, Threshold, Unit, linked
from gamepilot_mon.web.pages.span import Picked

UTC = ZoneInfo("UTC")
PERCENTILES = ("p50", "p95", "p99")
TITLES = {
    "throughput": "Throughput",
    "durations": "Duration",
    "success": "Success ratio",
    "errors": "Error ratio",
}
LABELS = {"rate": "Operations", "success_rate": "Success", "error_rate": "Errors"}
SAMPLES = 20  # a point of fewer says little: where there are few, steps are longer
POINTS_LEAST = 60


@dataclass(frozen=True, slots=True)
class Figures:
    """Answers of the timeline by name, of the span and (None: without) of the earlier one."""

    now: dict[str, dict[str, Any]]
    then: dict[str, dict[str, Any]] | None


def build(
    picked: Picked, operation: str | None, count: int, config: RuntimeConfig, now: int
) -> list[Chart]:  # fmt: skip
    """`count`: how many operations there were. Raises timeline.axis.Refused when that would read too much."""
    found = _figures(picked, operation, count, now)
    marks = linked(annotations.between(picked.span))
    limits = config.thresholds
    statistic = config.response_time_statistic
    charts = (
        ("throughput", "rate", ("rate",), ()),
        ("durations", "ms", PERCENTILES,
         _levels(limits.response_time, text="" if statistic in PERCENTILES else statistic)),
        ("success", "ratio", ("success_rate",), _levels(limits.success_rate, falling=True)),
        ("errors", "ratio", ("error_rate",), _levels(limits.error_rate)),
    )  # fmt: skip
    return [
        _chart(picked, operation, found, name, unit, of, levels, marks)  # type: ignore[arg-type]
        for name, unit, of, levels in charts
    ]


def _figures(picked: Picked, operation: str | None, count: int, now: int) -> Figures:
    matchers = (Matcher("operation", "=", operation),) if operation is not None else ()
    shown = max(POINTS_LEAST, min(count // SAMPLES, POINTS_SHOWN))
    asked = Question(OPERATIONS, "rate", picked.since, picked.until, UTC, matchers, shown=shown)
    if picked.back_ms is None:
        return Figures(_answers(asked, now), None)
    earlier = replace(asked, since=asked.since - picked.back_ms, until=asked.until - picked.back_ms)
    return Figures(_answers(asked, now), _answers(earlier, now))


def _answers(question: Question, now: int) -> dict[str, dict[str, Any]]:
    statistics = ("rate", *PERCENTILES)
    found = dict(zip(statistics, figures.answers(question, statistics, now), strict=True))
    for rate in ("success_rate", "error_rate"):
        found[rate] = figures.answer(replace(question, name=rate, statistic="mean"), now)
    return found


def _chart(
    picked: Picked, operation: str | None, found: Figures, name: str, unit: Unit,
    of: Sequence[str], levels: Sequence[Threshold], marks: Sequence[dict[str, Any]],
) -> Chart:  # fmt: skip
    first = found.now[of[0]]
    times = [parse_iso(time) for time in first["times"]]
    lines = [
        Line(
            LABELS.get(each, each), _values(found.now[each]), _compared(picked, found, each, times),
            _source(picked, operation, found.now[each]),
        )
        for each in of
    ]  # fmt: skip
    return Chart(
        name, TITLES[name], unit, times, first["stepMs"], picked.since, picked.until, lines, levels, marks,
        live=picked.live, compare=picked.compare if picked.back_ms else None,
    )  # fmt: skip


def _values(answer: dict[str, Any]) -> list[float | None]:
    values: list[float | None] = answer["series"][0]["values"]
    return values


def _compared(
    picked: Picked, found: Figures, name: str, times: Sequence[int]
) -> list[float | None] | None:  # fmt: skip
    if found.then is None or picked.back_ms is None:
        return None
    then = found.then[name]
    starts = [parse_iso(time) for time in then["times"]]
    values = beside.held(times, starts, then["stepMs"], _values(then), picked.back_ms)
    return values if any(value is not None for value in values) else None


def _levels(ladder: Any, *, falling: bool = False, text: str = "") -> list[Threshold]:
    return [Threshold(each, getattr(ladder, each), falling, text) for each in ("warning", "critical")]


def _source(picked: Picked, operation: str | None, answer: dict[str, Any]) -> str:
    """The same figures by the API."""
    asked = {"name": answer["name"]}
    if answer["name"] == OPERATIONS:
        asked["statistic"] = answer["statistic"]
    if operation is not None:
        asked["label"] = f"operation={operation}"
    asked |= {"from": iso(picked.since), "to": iso(picked.until), "step": answer["step"]}
    if picked.back_ms:
        asked["compare"] = picked.compare
    return f"/api/v1/metrics?{urlencode(asked)}"
