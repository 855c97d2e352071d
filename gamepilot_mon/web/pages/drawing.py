"""Charts as SVG paths: numbers become attributes here, colours come from the sheets. Pure."""

from collections.abc import Iterable, Sequence

STATES = ("up", "down", "unknown")
SLOT, BAR = 5, 4  # a bar and the gap behind it
TALL = 24


def bars(states: Sequence[str], slots: int) -> dict[str, str]:
    """A path for each state of a row of bars, the newest at the right end of `slots`."""
    first = slots - len(states)
    paths = dict.fromkeys(STATES, "")
    for number, state in enumerate(states, first):
        paths[state] += f"M{number * SLOT} 0h{BAR}v{TALL}h-{BAR}z"
    return {state: path for state, path in paths.items() if path}


def stacked(lasted: dict[str, int], number: int) -> list[tuple[str, float, float, float]]:
    """(state, x, y, height) of one piece of time: down stands at the foot, at least so high that it is seen."""
    whole = sum(lasted.values()) or 1
    heights = {state: lasted[state] / whole * TALL for state in STATES}
    if 0 < heights["down"] < 4:
        taken = 4 - heights["down"]
        larger = max(("up", "unknown"), key=lambda state: heights[state])
        heights["down"], heights[larger] = 4.0, heights[larger] - taken
    found, y = [], 0.0
    for state in ("unknown", "up", "down"):
        if heights[state] > 0:
            found.append((state, float(number * SLOT), round(y, 2), round(heights[state], 2)))
        y += heights[state]
    return found


def line(values: Iterable[float | None], width: float, height: float, top: float) -> str:
    """One line over equal steps from left to right, 0 at the foot and `top` at the head; a gap stays a gap."""
    points = list(values)
    step = width / max(1, len(points) - 1)
    path, drawn = "", False
    for number, value in enumerate(points):
        if value is not None:
            alone = not drawn and (number + 1 == len(points) or points[number + 1] is None)
            path += f"{'L' if drawn else 'M'}{number * step:.1f} {height - value / top * height:.1f}"
            path += "h0.1" if alone else ""
        drawn = value is not None
    return path


def nice(most: float) -> float:
    """The next of 1, 2, 5 times a power of ten: where an axis ends."""
    power = 1.0
    while power * 10 < most:
        power *= 10
    while power >= most and power > 1e-6:
        power /= 10
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= most)
