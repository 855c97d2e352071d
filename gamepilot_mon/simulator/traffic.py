"""Traffic: what a GamePilot with its players would report, as a pure function of seed, scenario and time.

Time is cut into slots of one second, counted from the start of the scenario. Each slot draws from a random
source of its own, so a span gives the same events however it is sliced.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gamepilot_mon.clock import iso
from gamepilot_mon.simulator import players, reports
from gamepilot_mon.simulator.scenarios import Phase, Reach, Scenario, named

SLOT = 1_000
MINUTE = 60_000
DAY = 86_400_000

INTERACTIONS_PER_S = 2.0  # the mean of a day at speed 1
PEAK_AT_MS = 18 * 3_600_000  # players come in the evening
SWING = 0.6  # the peak has 1.6 times the mean, the early hours 0.4 times

# A single failure has at least 5 minutes of other traffic around it, so it stays far under any threshold.
HICCUP_EVERY_MS = 10 * MINUTE
HICCUP_WITHIN_MS = 5 * MINUTE

Event = dict[str, Any]
_Drawn = tuple[int, str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of the traffic, at a simulated time."""

    at: int
    id: str
    kind: str
    fields: dict[str, Any]

    def event(self) -> Event:
        """The event as the ingest takes it."""
        return self.stamped(self.at, self.id)

    def stamped(self, at: int, event_id: str) -> Event:
        """The same event with another time and id, for a run that is faster or slower than life."""
        return {"kind": self.kind, "id": event_id, "timestamp": iso(at), **self.fields}


class Traffic:
    """All that happens from `started_ms` on. Two with the same arguments give the same events."""

    def __init__(self, seed: int, scenario: Scenario | str, started_ms: int = 0) -> None:
        self.seed = seed
        self.scenario = named(scenario) if isinstance(scenario, str) else scenario
        self.started_ms = started_ms
        self._players = players.players(seed)

    def between(self, start_ms: int, end_ms: int) -> Iterator[Event]:
        """The events with start_ms <= time < end_ms, in the order of time."""
        return (moment.event() for moment in self.moments(start_ms, end_ms))

    def moments(self, start_ms: int, end_ms: int) -> Iterator[Moment]:
        """The same as Moments."""
        first = max(start_ms - self.started_ms, 0) // SLOT
        past = -(-(end_ms - self.started_ms) // SLOT)
        for slot in range(first, past):
            yield from (moment for moment in self._slot(slot) if start_ms <= moment.at < end_ms)

    def _slot(self, slot: int) -> list[Moment]:
        at = self.started_ms + slot * SLOT
        phase, phase_ms = self.scenario.phase_at(slot * SLOT)
        draw = random.Random(f"{self.seed}:{slot}")
        drawn = [*self._scheduled(slot, at, phase, phase_ms, draw), *self._interactions(at, phase, draw)]
        drawn.sort(key=lambda item: item[0])
        prefix = f"{self.seed}-{self.scenario.name}-{self.started_ms}-{slot}"
        return [Moment(when, f"{prefix}-{n}", kind, what) for n, (when, kind, what) in enumerate(drawn)]

    def _interactions(self, at: int, phase: Phase, draw: random.Random) -> Iterator[_Drawn]:
        for _ in range(_poisson(INTERACTIONS_PER_S * phase.rate * rhythm(at), draw)):
            when = at + draw.randrange(SLOT)
            # A few play a lot, most play seldom.
            player = self._players[int(len(self._players) * draw.random() ** 1.7)]
            operation = reports.operation(draw)
            mood = players.mood_of(player, self.seed, when)
            for kind, fields in reports.interaction(operation, player, mood, phase, draw):
                yield when, kind, fields

    def _scheduled(
        self, slot: int, at: int, phase: Phase, phase_ms: int, draw: random.Random
    ) -> Iterator[_Drawn]:
        if phase.deploys and phase_ms == 0:
            yield at, "deploy", {"version": phase.deploys}
        # Not at once, so that the failures around it are seen first.
        if phase.critical_every_ms and phase_ms % phase.critical_every_ms == 2 * SLOT:
            yield at + SLOT // 2, "error", reports.critical(draw)
        if phase.hiccups and slot * SLOT == self._hiccup_ms(slot * SLOT // HICCUP_EVERY_MS):
            yield at, *reports.hiccup(draw)
        if phase.reach is Reach.UP and slot % 10 == 0:
            sessions = round(40 * rhythm(at) * min(phase.rate, 2.0) * draw.uniform(0.9, 1.1))
            yield at, "metric", {"name": "active_sessions", "value": sessions}
        if phase.reach is Reach.UP and slot % 30 == 0:
            yield at, "learning", reports.learning(slot // 30, at, draw)

    def _hiccup_ms(self, turn: int) -> int | None:
        """When the hiccup of this turn of ten minutes comes: none in the first, when little is known."""
        if turn == 0:
            return None
        offset = random.Random(f"{self.seed}:hiccup:{turn}").randrange(HICCUP_WITHIN_MS)
        return turn * HICCUP_EVERY_MS + offset - offset % SLOT


def rhythm(at_ms: int) -> float:
    """How busy this time of the day is, against the mean of a day."""
    return 1.0 + SWING * math.cos((at_ms % DAY - PEAK_AT_MS) / DAY * math.tau)


def _poisson(mean: float, draw: random.Random) -> int:
    """How many of something that happens `mean` times on average (Knuth's product method)."""
    limit, product, count = math.exp(-mean), draw.random(), 0
    while product > limit:
        product *= draw.random()
        count += 1
    return count
