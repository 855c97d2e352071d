"""Reports: what the tallies say about a span, as the API and the feed show it. No samples are null, never 0."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from gamepilot_mon.alert_history import Span
from gamepilot_mon.clock import HOUR_MS, MINUTE_MS, iso
from gamepilot_mon.moods import funnel, hyperloglog, people, tallies, transitions
from gamepilot_mon.moods.calendar import Step, hour_of_week, step_start

# Smaller differences of a mean, relative to the period before, are no trend.
FLAT_RATIO = 0.01
FUNNEL = ("shown", "clicked", "launched", "rated", "succeeded")
SIGNALS = ("mood_selection", "user_action", "recommendation")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Doc = dict[str, Any]
Cell = tuple[int, float]


@dataclass(slots=True)
class Felt:
    """How often a mood was selected, and how strongly where that was said."""

    count: int = 0
    rated: int = 0
    total: float = 0.0

    def add(self, rated: str, count: int, total: float) -> None:
        self.count += count
        self.total += total
        self.rated += 0 if rated == tallies.UNRATED else count

    @property
    def mean(self) -> float | None:
        return round(self.total / self.rated, 4) if self.rated else None


def moods(span: Span, step: Step, zone: ZoneInfo) -> list[Doc]:
    """Count and mean intensity of each mood in each step that has any."""
    found: dict[tuple[int, str], Felt] = defaultdict(Felt)
    for counted in tallies.read("mood", *_bounds(span)):
        felt = found[step_start(counted.start, step, zone), counted.name]
        felt.add(counted.other, counted.times, counted.total)
    return [
        {"start": iso(start), "mood": mood, "count": felt.count, "avgIntensity": felt.mean}
        for (start, mood), felt in sorted(found.items(), key=lambda item: item[0])
    ]


def patterns(span: Span) -> list[Doc]:
    """The same over the whole span, the most frequent first."""
    found: dict[str, Felt] = defaultdict(Felt)
    for (mood, rated), (count, total) in tallies.sums("mood", *_bounds(span)).items():
        found[mood].add(rated, count, total)
    whole = sum(felt.count for felt in found.values())
    return [
        {"mood": mood, "count": felt.count, "share": _ratio(felt.count, whole), "avgIntensity": felt.mean}
        for mood, felt in sorted(found.items(), key=lambda item: (-item[1].count, item[0]))
    ]


def actions(span: Span) -> list[Doc]:
    found = tallies.sums("action", *_bounds(span))
    whole = sum(count for count, _ in found.values())
    return [
        {"type": name, "count": count, "share": _ratio(count, whole)}
        for (name, _), (count, _) in sorted(found.items(), key=lambda item: (-item[1][0], item[0]))
    ]


def transition_list(span: Span) -> list[Doc]:
    """From which mood to which, the most frequent first; `share` is of all that left the first mood."""
    found = tallies.sums("transition", *_bounds(span))
    left: Counter[str] = Counter()
    for (mood, _), (count, _) in found.items():
        left[mood] += count
    return [
        {"from": mood, "to": other, "count": count, "share": round(count / left[mood], 4)}
        for (mood, other), (count, _) in sorted(found.items(), key=lambda item: (-item[1][0], item[0]))
    ]


def transition_matrix(span: Span) -> Doc:
    rows = transition_list(span)
    names = sorted({row["from"] for row in rows} | {row["to"] for row in rows})
    counts = {(row["from"], row["to"]): row["count"] for row in rows}
    return {
        "windowMinutes": transitions.WINDOW_MS // MINUTE_MS,
        "moods": names,
        "matrix": [[counts.get((mood, other), 0) for other in names] for mood in names],
        "transitions": rows,
    }


def whole_funnel(span: Span) -> Doc:
    """Shown, clicked, launched, and how many succeeded of those whose outcome is known; also by mood and trigger."""
    found = {what: tallies.sums(what, *_bounds(span)) for what in FUNNEL}
    return {
        "windowMinutes": funnel.WINDOW_MS // MINUTE_MS,
        **_stages({what: sum(n for n, _ in cells.values()) for what, cells in found.items()}),
        "byMood": _by(found, 0, "mood"),
        "byTrigger": _by(found, 1, "trigger"),
    }


def _by(found: Mapping[str, Mapping[tuple[str, str], Cell]], which: int, label: str) -> list[Doc]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for what, cells in found.items():
        for key, (count, _) in cells.items():
            counts[key[which]][what] += count
    ordered = sorted(counts.items(), key=lambda item: (-item[1]["shown"], item[0]))
    return [{label: name or None, **_stages(stages)} for name, stages in ordered]


def _stages(counts: Mapping[str, int]) -> Doc:
    shown, rated = counts.get("shown", 0), counts.get("rated", 0)
    numbers = {name: counts.get(name, 0) if shown else None for name in ("shown", "clicked", "launched")}
    return {
        **numbers,
        "clickRate": _ratio(numbers["clicked"], shown),
        "launchRate": _ratio(numbers["launched"], shown),
        "successRate": _ratio(counts.get("succeeded", 0), rated),
    }


def rhythm(span: Span, signal: str, zone: ZoneInfo) -> Doc:
    """For each hour of the week the mean number in such an hour; null where the span has no such hour."""
    start, end = _bounds(span)
    sums: Counter[tuple[int, int]] = Counter()
    heard = list(tallies.read("pulse", start, end, signal))
    for counted in heard:
        sums[hour_of_week(counted.start, zone)] += counted.times
    first = max(start, heard[0].start - heard[0].start % HOUR_MS) if heard else end
    hours = Counter(hour_of_week(hour, zone) for hour in range(first, end, HOUR_MS))
    return {
        "signal": signal,
        "zone": zone.key,
        "days": [
            {"day": name, "hours": [_mean(sums[day, hour], hours[day, hour]) for hour in range(24)]}
            for day, name in enumerate(DAYS)
        ],
    }


def _mean(total: int, hours: int) -> float | None:
    return round(total / hours, 2) if hours else None


def active_users(span: Span, now: int) -> Doc:
    return {
        **people.active(now),
        "days": people.by_day(*_bounds(span)),
        "daysStandardError": round(hyperloglog.STANDARD_ERROR, 4),
    }


def learning(span: Span, step: Step, zone: ZoneInfo) -> list[Doc]:
    """Each metric: its mean, its trend against the period of the same length before, and its mean in each step."""
    start, end = _bounds(span)
    before = tallies.sums("learning", start - (end - start), start)
    means = {name: total / count for (name, _), (count, total) in before.items()}
    points: dict[str, dict[int, Cell]] = defaultdict(dict)
    for counted in tallies.read("learning", start, end):
        at = step_start(counted.start, step, zone)
        count, total = points[counted.name].get(at, (0, 0.0))
        points[counted.name][at] = count + counted.times, total + counted.total
    return [_metric(name, cells, means.get(name)) for name, cells in sorted(points.items())]


def _metric(name: str, cells: Mapping[int, Cell], before: float | None) -> Doc:
    count = sum(n for n, _ in cells.values())
    mean = sum(total for _, total in cells.values()) / count
    return {
        "metricType": name,
        "value": round(mean, 6),
        "previous": None if before is None else round(before, 6),
        "trend": trend(mean, before),
        "count": count,
        "points": [
            {"start": iso(at), "value": round(total / n, 6), "count": n}
            for at, (n, total) in sorted(cells.items())
        ],
    }


def trend(mean: float, before: float | None) -> str | None:
    if before is None:
        return None
    if abs(mean - before) <= FLAT_RATIO * abs(before):
        return "flat"
    return "up" if mean > before else "down"


def _ratio(part: int | None, whole: int) -> float | None:
    return round(part / whole, 4) if whole and part is not None else None


def _bounds(span: Span) -> tuple[int, int]:
    """Whole hours: the one in which it begins is taken as a whole."""
    return span.since - span.since % HOUR_MS, span.until
