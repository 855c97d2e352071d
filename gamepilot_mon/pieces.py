"""Pieces: how much of a long deletion to do at once, so that no writer waits for it. Pure."""

LEAST = 200
MOST = 20_000
AIM_MS = 20.0
BEHIND_MS = 600_000


def next_size(size: int, took_ms: float) -> int:
    """Of the next piece, after one of `size` rows took so long: towards AIM_MS, and at most twice or half of it."""
    factor = AIM_MS / took_ms if took_ms > 0 else 2.0
    return round(min(max(size * min(max(factor, 0.5), 2.0), LEAST), MOST))


def pause_ms(took_ms: float, late_ms: float) -> float:
    """How long to leave the store to others: as long as the piece took, or a quarter of it once what waits is
    BEHIND_MS past its keep. Never nothing, and never so long that the store fills."""
    share = took_ms if late_ms < BEHIND_MS else took_ms / 4
    return min(max(share, 5.0), 200.0)
