"""A line chart over the number of clients, as SVG that takes its colours from the page."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 220, 46, 44, 14, 34
NEAREST = 13  # px between two labels of lines
TICKS = 4


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    colour: str  # a custom property of the page
    points: tuple[tuple[float, float], ...]  # (clients, value)


@dataclass(frozen=True, slots=True)
class Scale:
    most_clients: float
    step: float
    top: float
    width: int

    def x(self, clients: float) -> float:
        return LEFT + clients / self.most_clients * (self.width - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - value / self.top * (HEIGHT - TOP - BOTTOM)


def draw(title: str, lines: Sequence[Line], *, limit: float | None = None, width: int = 340) -> str:
    """A figure; empty without a point. `limit` is a dashed line across."""
    lines = [line for line in lines if line.points]
    if not lines:
        return ""
    scale = _scale(lines, limit, width)
    dashed = "" if limit is None else _limit(scale, limit)
    drawn = "".join(_line(scale, line) for line in lines)
    return (
        f"<figure><figcaption>{escape(title)}</figcaption>"
        f'<svg viewBox="0 0 {width} {HEIGHT}" width="{width}" role="img" aria-label="{escape(title)}">'
        f"{_levels(scale)}{_clients(scale, lines)}{dashed}{drawn}{_names(scale, lines)}</svg></figure>"
    )


def _scale(lines: Sequence[Line], limit: float | None, width: int) -> Scale:
    highest = max([value for line in lines for _, value in line.points] + ([] if limit is None else [limit]))
    step = _round_step(max(highest, 1e-9) * 1.05 / TICKS)
    most = max(clients for line in lines for clients, _ in line.points)
    return Scale(max(most, 1), step, step * math.ceil(max(highest, 1e-9) * 1.05 / step), width)


def _round_step(least: float) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= least * 0.999)


def _levels(scale: Scale) -> str:
    levels = [scale.step * number for number in range(round(scale.top / scale.step) + 1)]
    return "".join(
        f"{_across(scale, level, 'level')}"
        f'<text x="{LEFT - 6}" y="{scale.y(level) + 4:.1f}" text-anchor="end">{level:g}</text>'
        for level in levels
    )


def _across(scale: Scale, value: float, kind: str) -> str:
    y = f"{scale.y(value):.1f}"
    return f'<line class="{kind}" x1="{LEFT}" x2="{scale.width - RIGHT}" y1="{y}" y2="{y}"/>'


def _clients(scale: Scale, lines: Sequence[Line]) -> str:
    """Below each stage its clients, as far as there is room."""
    marks, last = [], -math.inf
    for clients in sorted({clients for line in lines for clients, _ in line.points}):
        if scale.x(clients) - last >= 36:
            last = scale.x(clients)
            marks.append(f'<text x="{last:.1f}" y="{HEIGHT - 16}" text-anchor="middle">{clients:,.0f}</text>')
    middle = (LEFT + scale.width - RIGHT) / 2
    return "".join(marks) + f'<text x="{middle:.0f}" y="{HEIGHT - 2}" text-anchor="middle">clients</text>'


def _limit(scale: Scale, limit: float) -> str:
    y = scale.y(limit)
    return f'{_across(scale, limit, "limit")}<text x="{LEFT + 4}" y="{y - 4:.1f}">target {limit:g}</text>'


def _line(scale: Scale, line: Line) -> str:
    at = [(scale.x(clients), scale.y(value)) for clients, value in line.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="var({line.colour})"><title>'
        f"{escape(line.name)} {value:g} at {clients:,.0f} clients</title></circle>"
        for (x, y), (clients, value) in zip(at, line.points, strict=True)
    )
    return f'<polyline fill="none" stroke="var({line.colour})" stroke-width="2" points="{path}"/>{dots}'


def _names(scale: Scale, lines: Sequence[Line]) -> str:
    """At the ends of the lines, from the highest down, none on top of another."""
    if len(lines) < 2:
        return ""
    names, lowest = [], -math.inf
    for line in sorted(lines, key=lambda line: -line.points[-1][1]):
        clients, value = line.points[-1]
        lowest = max(scale.y(value) + 4, lowest + NEAREST)
        names.append(f'<text x="{scale.x(clients) + 8:.1f}" y="{lowest:.1f}">{escape(line.name)}</text>')
    return "".join(names)
