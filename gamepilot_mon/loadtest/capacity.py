"""How many clients this machine carries, from what the stages measured. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

FARTHEST = 2.0  # no estimate beyond this many times the largest stage
BUSY = 0.8  # of one core: beyond it queues grow


@dataclass(frozen=True, slots=True)
class Point:
    """One stage: clients that were connected, the latency percentile, the server's share of one core."""

    clients: int
    latency_ms: float | None
    cpu_share: float | None
    lost: bool  # something was missing, doubled or out of order


@dataclass(frozen=True, slots=True)
class Estimate:
    clients: int | None  # None: nothing was measured, or not even the smallest stage held
    at_least: bool  # no limit was near: the machine may well carry more
    limit: str  # latency | processor | losses | not reached | nothing measured


def estimate(points: Sequence[Point], target_ms: float) -> Estimate:
    measured = [point for point in points if point.latency_ms is not None]
    if not measured:
        return Estimate(None, False, "nothing measured")
    held = [number for number, point in enumerate(measured) if not _why_not(point, target_ms)]
    lossy = [number for number, point in enumerate(measured) if point.lost]
    held = [number for number in held if not lossy or number < lossy[0]]
    if not held:
        return Estimate(None, False, _why_not(measured[0], target_ms))
    good = [measured[number] for number in held]
    # A stage that was late below a larger one that was not had bad luck: something else ran.
    after = measured[held[-1] + 1 :]
    return _between(good[-1], after[0], target_ms) if after else _beyond(good, target_ms)


def _why_not(point: Point, target_ms: float) -> str:
    if point.lost:
        return "losses"
    return "latency" if (point.latency_ms or 0) > target_ms else ""


def _between(last: Point, bad: Point, target_ms: float) -> Estimate:
    """On the line from the last stage that held to the first that did not."""
    why = _why_not(bad, target_ms)
    low, high = last.latency_ms or 0.0, bad.latency_ms or 0.0
    if why == "losses":
        return Estimate(last.clients, False, why)
    share = (target_ms - low) / (high - low)
    return Estimate(_rounded(last.clients + share * (bad.clients - last.clients)), False, why)


def _beyond(good: list[Point], target_ms: float) -> Estimate:
    """All held: along the slope of latency and of CPU, but not further than twice the largest stage."""
    most = good[-1]
    farthest = most.clients * FARTHEST
    by_latency = _reach([(point.clients, point.latency_ms or 0.0) for point in good], target_ms)
    shares = [(point.clients, point.cpu_share) for point in good if point.cpu_share is not None]
    by_cpu = _reach(shares, BUSY)
    nearest = min(by_latency, by_cpu)
    if nearest >= farthest:
        return Estimate(_rounded(farthest), True, "not reached")
    limit = "processor" if by_cpu < by_latency else "latency"
    return Estimate(_rounded(max(nearest, most.clients)), False, limit)


def _reach(points: Sequence[tuple[int, float]], limit: float) -> float:
    """Where the least-squares line meets `limit`; one point is a line through zero."""
    if not points:
        return float("inf")
    if len(points) == 1:
        clients, value = points[0]
        return clients * limit / value if value > 0 else float("inf")
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0
    return mean_x + (limit - mean_y) / slope if slope > 0 else float("inf")


def _rounded(clients: float) -> int:
    """To two digits: more would be a lie."""
    step = 10 ** max(len(str(int(clients))) - 2, 0)
    return int(clients // step * step)
