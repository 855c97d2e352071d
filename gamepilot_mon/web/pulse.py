"""The pulse of this web process: how late its event loop is, and how many events came in, over the last minutes.

The loop is late when something holds it: a timer that fires late is what every client would have felt.
"""

from collections import deque
from dataclasses import dataclass
from itertools import islice, pairwise

import gevent
from flask import Flask

from gamepilot_mon.clock import elapsed
from gamepilot_mon.settings import Settings
from gamepilot_mon.web.live import supervised
from gamepilot_mon.web.metrics import events_received

EVERY_MS = 250
KEPT_MS = 5 * 60_000
KEPT = KEPT_MS // EVERY_MS


@dataclass(frozen=True, slots=True)
class Beat:
    """`at` is elapsed(); `late_ms` by how much the timer was late; `events` all that were ever taken."""

    at: int
    late_ms: float
    events: int


def init(app: Flask, settings: Settings) -> None:
    pulse = app.extensions["pulse"] = Pulse()
    app.before_request(pulse.start)  # after the fork, in a process that serves


class Pulse:
    def __init__(self) -> None:
        self._beats: deque[Beat] = deque(maxlen=KEPT)
        self._started = False

    def start(self) -> None:
        """In the process that serves; the second call does nothing."""
        if not self._started:
            self._started = True
            supervised.spawn("the pulse", self._run)

    def beat(self, beat: Beat) -> None:
        self._beats.append(beat)

    def lateness(self) -> dict[str, float] | None:
        """p50, p99 and maximum of the last minutes in ms; None before the first beat."""
        late = sorted(beat.late_ms for beat in list(self._beats))
        if not late:
            return None
        return {"p50": late[len(late) // 2], "p99": late[int(len(late) * 0.99)], "max": late[-1]}

    def events_per_s(self, span_ms: int) -> float | None:
        """Over the last `span_ms`, or as far back as beats reach."""
        beats = list(self._beats)
        if len(beats) < 2:
            return None
        newest = beats[-1]
        first = next(beat for beat in beats if newest.at - beat.at <= span_ms)
        took = newest.at - first.at
        return (newest.events - first.events) / took * 1000 if took else None

    def pace(self, span_ms: int, points: int) -> list[float]:
        """Events a second in each of `points` equal parts of the last `span_ms`, oldest first."""
        beats = list(self._beats)
        step = max(1, span_ms // points // EVERY_MS)
        marks = list(islice(reversed(beats), 0, None, step))[: points + 1][::-1]
        return [
            (after.events - before.events) / max(1, after.at - before.at) * 1000
            for before, after in pairwise(marks)
        ]

    def _run(self) -> None:
        while True:
            due = elapsed() + EVERY_MS
            gevent.sleep(EVERY_MS / 1000)
            now = elapsed()
            self.beat(Beat(now, float(max(0, now - due)), events_received.values.get("accepted", 0)))
