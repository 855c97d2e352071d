"""From where to where a figure's axis of values goes. Pure."""

from collections.abc import Sequence

ROOM = 0.08  # of what is between the lowest and the highest, beyond each


def around(values: Sequence[float], unit: str) -> tuple[float, float]:
    """A little beyond the values; from 0 where they come near it. No ratio ends above 1 unless a value does."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    if 0 <= low < high / 2:
        low = 0.0
    room = (high - low) * ROOM or abs(high) * 0.1 or 1.0
    top = min(1.0, high + room) if unit == "ratio" and high <= 1 else high + room
    return low if low == 0 else low - room, top
