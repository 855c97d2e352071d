"""The figure of a look back: lines, thresholds, nights and pages as geometry in a box of 1000 by 240. Pure."""

from collections.abc import Iterator, Sequence, Set
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from gamepilot_mon import noise_remedy
from gamepilot_mon.backtest import DAYTIME
from gamepilot_mon.clock import format_duration, iso
from gamepilot_mon.look_back import Line, LookBack, Points
from gamepilot_mon.rules import RANK, SIDES, Rule, quantity
from gamepilot_mon.web.pages import axis

WIDTH, HEIGHT = 1000, 240
COLUMNS = 320  # each shows the worst value of its time
LINES_MOST = 8
PAGES_MOST = 50  # rows of the table behind the figure
TICKS = 5
GAP = 3.0  # of the usual distance of two points: so far apart nothing was measured in between


class Scale(NamedTuple):
    since: int
    until: int
    low: float
    high: float

    def x(self, at: int) -> float:
        return round((at - self.since) / max(1, self.until - self.since) * WIDTH, 1)

    def y(self, value: float) -> float:
        return round(HEIGHT - (value - self.low) / (self.high - self.low) * HEIGHT, 1)


def draw(found: LookBack, zone: ZoneInfo, inputs: Set[str]) -> dict[str, Any]:
    """`inputs` are the names of what the form can change; a remedy is told when it is among them."""
    lines = _drawn(found)
    worst = [(line, _worst(line.points, found)) for line in lines]
    scale = _scale(found, [points for _, points in worst])
    middle = (scale.low + scale.high) / 2
    return {
        "width": WIDTH, "height": HEIGHT,
        "lines": [
            {"d": _path(points, scale), "name": _name(line, found), "place": place}
            for place, (line, points) in enumerate(worst)
        ],
        "rungs": list(_rungs(found, scale)),
        "nights": [{"x": scale.x(start), "width": round(scale.x(end) - scale.x(start), 1)}
                   for start, end in _nights(found, zone)],
        "firing": [{"x": scale.x(span.since), "width": max(1.0, round(scale.x(span.until) - scale.x(span.since), 1))}
                   for span in found.spans],
        "pages": [{"x": scale.x(page.at), "severity": page.severity} for page in found.pages],
        "levels": [_level(found.rule.unit, value) for value in (scale.high, middle, scale.low)],
        "times": [iso(found.since + (found.until - found.since) * n // (TICKS - 1)) for n in range(TICKS)],
        "count": len(found.pages), "at_night": found.pages_at_night(zone), "zone": zone.key,
        "remedy": _remedy(found, inputs), "rows": [_row(page, zone) for page in found.pages[:PAGES_MOST]],
        "left_out_lines": len(found.lines) - len(lines), "targets": found.targets, "looked_at": found.looked_at,
        "is_empty": not any(line.points for line in found.lines),
        "most": _extreme(found),
    }  # fmt: skip


def _level(unit: str, value: float) -> str:
    """A value at the side of the figure, which needs no more than three digits."""
    rounded = value if value == 0 or abs(value) >= 1000 else float(f"{value:.3g}")
    return quantity(unit, round(rounded) if abs(value) >= 1000 else rounded)


def _drawn(found: LookBack) -> list[Line]:
    """The lines that came nearest to trouble."""
    sign = -1 if found.rule.operator in ("<", "<=") else 1
    worst = {
        id(line): max((sign * value for _, value in line.points), default=float("-inf"))
        for line in found.lines
    }
    if len(found.lines) <= LINES_MOST:
        return found.lines
    return sorted(found.lines, key=lambda line: -worst[id(line)])[:LINES_MOST]


def _worst(points: Points, found: LookBack) -> Points:
    """One point a column."""
    step = max(1, (found.until - found.since) // COLUMNS)
    better = min if found.rule.operator in ("<", "<=") else max
    columns: dict[int, tuple[int, float]] = {}
    for at, value in points:
        column = (at - found.since) // step
        known = columns.get(column)
        columns[column] = (
            (at, value) if known is None else better(known, (at, value), key=lambda point: point[1])
        )
    return list(columns.values())


def _scale(found: LookBack, drawn: Sequence[Points]) -> Scale:
    values = [value for points in drawn for _, value in points]
    values += [value for rung in found.rungs for _, value in rung.points]
    return Scale(found.since, found.until, *axis.around(values, found.rule.unit))


def _path(points: Points, scale: Scale) -> str:
    """A line with a gap where nothing was measured."""
    usual = _usual_distance(points)
    parts = []
    before = None
    for at, value in points:
        joined = before is not None and at - before <= GAP * usual
        parts.append(f"{'L' if joined else 'M'}{scale.x(at)} {scale.y(value)}{'' if joined else 'h.1'}")
        before = at
    return "".join(parts)


def _usual_distance(points: Points) -> float:
    distances = sorted(later[0] - earlier[0] for earlier, later in pairwise(points))
    return distances[len(distances) // 2] if distances else 0.0


def _name(line: Line, found: LookBack) -> str:
    labels = ", ".join(f"{name}={value}" for name, value in line.labels.items())
    several = len({each.span_ms for each in found.lines}) > 1
    return " ".join(
        part for part in (labels, format_duration(line.span_ms) if several or not labels else "") if part
    )


def _rungs(found: LookBack, scale: Scale) -> Iterator[dict[str, Any]]:
    for rung in found.rungs:
        ends = [value for _, value in rung.points]
        fixed = min(ends) == max(ends)
        points = rung.points if fixed else _worst(rung.points, found)
        yield {
            "d": _path(points, scale) if not fixed else f"M0 {scale.y(ends[0])}H{WIDTH}",
            "severity": rung.severity, "side": _side(found.rule),
            "text": quantity(found.rule.unit, ends[0]) if fixed else None,
        }  # fmt: skip


def _side(rule: Rule) -> str:
    return SIDES[rule.operator]


def _nights(found: LookBack, zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    """The parts of the span between 22 and 7."""
    day = datetime.fromtimestamp(found.since / 1000, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    day -= timedelta(days=1)
    while (start := _ms(day.replace(hour=DAYTIME.stop))) < found.until:
        day += timedelta(days=1)
        end = _ms(day.replace(hour=DAYTIME.start))
        if end > found.since:
            yield max(start, found.since), min(end, found.until)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _remedy(found: LookBack, inputs: Set[str]) -> dict[str, Any] | None:
    if found.remedy is None:
        return None
    change = _as_written(found)
    if not inputs >= change.keys():
        return None
    return {
        "words": noise_remedy.words(found.remedy.change, found.rule), "removed": found.remedy.removed,
        "long": found.remedy.long, "wait": change.get("for"),
    }  # fmt: skip


def _as_written(found: LookBack) -> dict[str, str]:
    """By the name of the input."""
    assert found.remedy is not None
    change = found.remedy.change
    if change.for_ms is not None:
        return {"for": format_duration(change.for_ms)}
    rungs = (("warning", change.warning), ("critical", change.critical))
    return {name: f"{value:g}" for name, value in rungs if value is not None}


def _row(page: Any, zone: ZoneInfo) -> dict[str, Any]:
    return {"at": iso(page.at), "severity": page.severity, "text": page.text, "night": page.at_night(zone)}


def _extreme(found: LookBack) -> str | None:
    """The worst value of all, in words."""
    values = [value for line in found.lines for _, value in line.points]
    if not values:
        return None
    return quantity(found.rule.unit, min(values) if found.rule.operator in ("<", "<=") else max(values))


def worst_severity(found: LookBack) -> str | None:
    return max((page.severity for page in found.pages), key=RANK.__getitem__, default=None)
