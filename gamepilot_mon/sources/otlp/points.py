"""Numbers of metrics: readings and deltas are samples at once, a running total only by its difference. Pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from gamepilot_mon.sources import plain
from gamepilot_mon.sources.kinds import Metric
from gamepilot_mon.sources.otlp.records import NS_PER_MS, Point
from gamepilot_mon.sources.taken import Taken

LABELS_MAX = 32
VALUE_MAX = 1e300


@dataclass(frozen=True, slots=True)
class Total:
    """A running total of one series since `start_ms`, which is 0 when not said."""

    series: str
    start_ms: int
    at_ms: int
    value: float
    sample: Metric  # as it is kept, but for its value


def taken(points: Iterable[Point]) -> tuple[Taken, list[Total]]:
    found = Taken()
    totals: list[Total] = []
    for point in points:
        if point.value is None:
            found.passed_over["point.none"] += 1
            continue
        value, name = plain.number(point.value), plain.name(point.name)
        if value is None or abs(value) > VALUE_MAX or name is None:
            found.reject("a data point has no name, or a value that is not finite")
            continue
        sample = _sample(point, name, value)
        if point.temporality == "cumulative":
            start, at = point.start_ns // NS_PER_MS, point.at_ns // NS_PER_MS
            totals.append(Total(_series(point), start, at, value, sample))
        else:
            found.events.append(sample)
    return found, totals


def _sample(point: Point, name: str, value: float) -> Metric:
    key = hashlib.blake2b(f"{_series(point)} {point.at_ns} {value!r}".encode(), digest_size=16).hexdigest()
    at = point.at_ns // NS_PER_MS or None
    return Metric(
        id=f"otlp:m:{key}" if at else None, timestamp=at, name=name, value=value, labels=_labels(point)
    )


def _labels(point: Point) -> dict[str, str] | None:
    service = {"service": point.resource.service} if point.resource.service else {}
    pairs = (
        (plain.name(key), plain.name(_text(value))) for key, value in {**service, **point.attributes}.items()
    )
    return dict(islice(((key, value) for key, value in pairs if key and value), LABELS_MAX)) or None


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _series(point: Point) -> str:
    """Names one series of one process: two processes of a service count apart."""
    whole = (sorted(point.resource.attributes.items(), key=repr), point.resource.scope, point.name,
             point.temporality, sorted(point.attributes.items(), key=repr))  # fmt: skip
    return hashlib.blake2b(repr(whole).encode(errors="replace"), digest_size=16).hexdigest()
