"""Figures: numbers as the geometry of a small SVG. Pure; templates/macros/figure.html draws it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

THINNEST = 1.0  # of what is there at all, and of the line that stands for nothing


@dataclass(frozen=True, slots=True)
class Bar:
    """`said` is what the bar says when one points at it."""

    x: float
    y: float
    width: float
    height: float
    said: str
    empty: bool


@dataclass(frozen=True, slots=True)
class Bars:
    width: float
    height: float
    bars: tuple[Bar, ...]


def bars(
    values: Sequence[float | None], said: Sequence[str], *, width: float, height: float, most: float | None = None
) -> Bars:  # fmt: skip
    """One bar a value, oldest first, on a scale from 0 to `most` (by default the highest value)."""
    highest = most or max((value or 0 for value in values), default=0) or 1
    step = width / max(len(values), 1)
    return Bars(
        width, height,
        tuple(
            _bar(index * step, step, value or 0, highest, height, text)
            for index, (value, text) in enumerate(zip(values, said, strict=True))
        ),
    )  # fmt: skip


def _bar(x: float, step: float, value: float, highest: float, height: float, said: str) -> Bar:
    tall = max(min(value / highest, 1) * height, THINNEST) if value else THINNEST
    width = step * 0.8 if step > 2 else step
    return Bar(round(x, 2), round(height - tall, 2), round(width, 2), round(tall, 2), said, not value)


def line(values: Sequence[float], *, width: float, height: float) -> str:
    """The points of a polyline from the first value to the last, between the lowest and the highest; "" below two."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    step, tall = width / (len(values) - 1), height - 4
    ys = (height / 2 if high == low else 2 + tall * (high - value) / (high - low) for value in values)
    return " ".join(f"{round(index * step, 2)},{round(y, 2)}" for index, y in enumerate(ys))


@dataclass(frozen=True, slots=True)
class Cell:
    """Of a heat map: `level` is 0 (nothing) to LEVELS (the most), None without data."""

    column: int
    row: int
    level: int | None
    said: str


LEVELS = 5


def level(value: float | None, most: float) -> int | None:
    if value is None:
        return None
    return min(LEVELS, math.ceil(value / most * LEVELS)) if value > 0 and most > 0 else 0


def side(part: float | None) -> float:
    """Of a square of area `part`, of 1."""
    return round(math.sqrt(min(max(part or 0.0, 0.0), 1.0)), 3)


def share(part: float | None, whole: float | None) -> float:
    """Per cent, 0 of nothing."""
    return round(part / whole * 100, 2) if part and whole else 0.0
