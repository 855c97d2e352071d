"""What the page of moods and personas shows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from gamepilot_mon.alert_history import Span
from gamepilot_mon.clock import DAY_MS, HOUR_MS, iso
from gamepilot_mon.models import Tally
from gamepilot_mon.moods import reports, rhythms
from gamepilot_mon.moods.calendar import Step, hour_of_week, local, step_start
from gamepilot_mon.moods.tallies import PULSE_MS
from gamepilot_mon.rhythm import Rhythm
from gamepilot_mon.web.pages import figures

SPANS_MS = {"24h": DAY_MS, "7d": 7 * DAY_MS, "30d": 30 * DAY_MS}
STEPS: dict[str, Step] = {"24h": "hour", "7d": "day", "30d": "day"}
SIGNALS = reports.SIGNALS
RHYTHM_MS = 28 * DAY_MS
RHYTHM_WEEKS = 4
DAYS_MS = 14 * DAY_MS  # of active players at least, so that a day has others beside it
MATRIX, PATHS, METRICS = 10, 15, 24

Doc = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    span: str
    signal: str
    zone: ZoneInfo

    def since(self, now: int) -> int:
        return now - SPANS_MS[self.span]


def build(asked: Asked, now: int) -> Doc:
    span = Span(asked.since(now), now + 1)
    moods = _moods(asked, span, now)
    return {
        "heard": Tally.select().exists(),
        "since": iso(span.since),
        "moods": moods,
        "selections": sum(mood["count"] for mood in moods),
        "transitions": _transitions(span, [mood["mood"] for mood in moods]),
        "funnel": _funnel(reports.whole_funnel(span)),
        "actions": [{**row, "part": (row["share"] or 0) * 100} for row in reports.actions(span)],
        "people": _people(span, now),
        "rhythm": _rhythm(asked, now),
        "learning": [_metric(row) for row in reports.learning(span, STEPS[asked.span], asked.zone)][:METRICS],
    }


def _moods(asked: Asked, span: Span, now: int) -> list[Doc]:
    """Each mood with its share, intensity, change against the time before, and a bar a step on one scale for all."""
    before = {row["mood"]: row["count"] for row in reports.patterns(_earlier(span))}
    step, zone = STEPS[asked.span], asked.zone
    starts = _starts(span, step, zone)
    counts: dict[str, dict[str, Doc]] = defaultdict(dict)
    for row in reports.moods(span, step, zone):
        counts[row["mood"]][row["start"]] = row
    most = max((row["count"] for rows in counts.values() for row in rows.values()), default=0)
    return [
        {
            **row,
            "part": (row["share"] or 0) * 100,
            "before": before.get(row["mood"], 0),
            **_over_time(counts[row["mood"]], starts, most, step, zone),
        }
        for row in reports.patterns(span)
    ]


def _over_time(rows: dict[str, Doc], starts: Sequence[int], most: int, step: Step, zone: ZoneInfo) -> Doc:
    found = [rows.get(iso(start)) for start in starts]
    counts = [row["count"] if row else 0 for row in found]
    when = [_named(start, step, zone) for start in starts]
    said = [
        f"{moment}: {count}"
        + (f", intensity {row['avgIntensity']:.2f}" if row and row["avgIntensity"] else "")
        for moment, count, row in zip(when, counts, found, strict=True)
    ]
    drawn = figures.bars(counts, said, width=240, height=48, most=most or None)
    intensities = [row["avgIntensity"] if row else None for row in found]
    return {"drawn": drawn, "rows": list(zip(when, counts, intensities, strict=True)), "steps": counts}


def _starts(span: Span, step: Step, zone: ZoneInfo) -> list[int]:
    """Where each step of the span begins, also across a change of the clocks."""
    width = HOUR_MS if step == "hour" else DAY_MS
    first = span.since - span.since % HOUR_MS
    moments = range(first, span.until + width, width)
    return sorted({start for at in moments if (start := step_start(at, step, zone)) < span.until})


def _named(at: int, step: Step, zone: ZoneInfo) -> str:
    return local(at, zone).strftime("%a %H:%M" if step == "hour" else "%a %d %b")


def _earlier(span: Span) -> Span:
    length = span.until - span.since
    return Span(span.since - length, span.until - length)


def _transitions(span: Span, moods: Sequence[str]) -> Doc:
    """The matrix of the most frequent moods, and the most frequent paths."""
    paths = reports.transition_list(span)
    known = [*moods, *sorted({row["to"] for row in paths} - set(moods))][:MATRIX]
    found = {(row["from"], row["to"]): row for row in paths}
    largest = max((row["share"] for pair, row in found.items() if set(pair) <= set(known)), default=1)
    return {
        "moods": known,
        "matrix": [(mood, [_cell(found.get((mood, other)), largest) for other in known]) for mood in known],
        "paths": paths[:PATHS],
        "total": sum(row["count"] for row in paths),
    }


def _cell(row: Doc | None, largest: float) -> Doc | None:
    return {**row, "side": figures.side(row["share"] / largest)} if row else None


def _funnel(found: Doc) -> Doc:
    shown = found["shown"]
    stages = [
        (name, found[name], figures.share(found[name], shown)) for name in ("shown", "clicked", "launched")
    ]
    return {**found, "stages": stages}


def _people(span: Span, now: int) -> Doc:
    found = reports.active_users(Span(min(span.since, now - DAYS_MS), span.until), now)
    days = found["days"]
    drawn = figures.bars(
        [day["users"] for day in days],
        [f"{day['day']}: {day['users']}" for day in days],
        width=480,
        height=72,
    )
    return {**found, "drawn": drawn, "most": max((day["users"] for day in days), default=0)}


def _rhythm(asked: Asked, now: int) -> Doc:
    """The usual week of the last four, where now is in it, and the last hour against the same hour of past weeks."""
    found = reports.rhythm(Span(now - RHYTHM_MS, now), asked.signal, asked.zone)
    most = max((mean or 0 for day in found["days"] for mean in day["hours"]), default=0)
    cells = [
        figures.Cell(hour, row, figures.level(mean, most), _hour(day["day"], hour, mean))
        for row, day in enumerate(found["days"])
        for hour, mean in enumerate(day["hours"])
    ]
    end = now - now % PULSE_MS
    count, usual = rhythms.compared(Rhythm(asked.signal, HOUR_MS, RHYTHM_WEEKS, asked.zone.key), end)
    now_there = {"here": hour_of_week(now, asked.zone), "until": local(end, asked.zone).strftime("%H:%M")}
    return {**found, **now_there, "most": most, "cells": cells, "count": count, "usual": usual}


def _hour(day: str, hour: int, mean: float | None) -> str:
    return f"{day} {hour:02}:00: " + ("no data" if mean is None else f"{mean:g}")


def _metric(row: Doc) -> Doc:
    values = [point["value"] for point in row["points"]]
    return {**row, "line": figures.line(values, width=160, height=40)}
