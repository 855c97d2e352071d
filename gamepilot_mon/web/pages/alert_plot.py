"""A plot: values over time as the attributes of an SVG, with thresholds and marks. Pure.

Coordinates are those of a box of WIDTH × HEIGHT that is stretched to its place; texts stand beside it as HTML.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from gamepilot_mon.web.pages import axis

WIDTH, HEIGHT, PAD = 600.0, 120.0, 6.0

Points = Sequence[tuple[int, float | None]]


def drawn(
    points: Points, since: int, until: int, *, levels: Mapping[str, float | None], marks: Mapping[str, int],
    unit: str = "count",
) -> dict[str, Any]:  # fmt: skip
    """`levels` are horizontal lines by name, `marks` vertical ones by name and epoch ms."""
    rungs = {name: level for name, level in levels.items() if level is not None}
    values = [value for _, value in points if value is not None]
    low, high = axis.around([*values, *rungs.values()], unit)

    def x(at: int) -> float:
        return round((at - since) / max(until - since, 1) * WIDTH, 1)

    def y(value: float) -> float:
        return round(HEIGHT - PAD - (value - low) / (high - low) * (HEIGHT - 2 * PAD), 1)

    return {
        "width": WIDTH, "height": HEIGHT, "low": low, "high": high,
        "lines": [_line([(x(at), y(value)) for at, value in run]) for run in _runs(points)],
        "levels": {name: y(level) for name, level in rungs.items()},
        "marks": {name: x(at) for name, at in marks.items() if since <= at <= until},
    }  # fmt: skip


def _runs(points: Points) -> list[list[tuple[int, float]]]:
    """Neighbours with a value: a gap stays a gap."""
    parts = groupby(points, key=lambda point: point[1] is None)
    return [[(at, value) for at, value in part if value is not None] for empty, part in parts if not empty]


def _line(run: Sequence[tuple[float, float]]) -> str:
    """A single point is a short stroke, which a round cap makes a dot."""
    if len(run) == 1:
        return f"M{run[0][0]} {run[0][1]}h0.1"
    return "M" + "L".join(f"{x} {y}" for x, y in run)
