"""The stage: which scenario plays now, shared by the traffic and the HTTP API."""

import threading
from collections.abc import Iterator

from gamepilot_mon.simulator.scenarios import Phase, Scenario, named
from gamepilot_mon.simulator.traffic import Event, Traffic


class Stage:
    """Plays one scenario at a time. Its time is real milliseconds since the run began, which never go back.

    `started_ms` is the epoch time at which the run began, for the time of day of the traffic.
    """

    def __init__(self, scenario: str, seed: int, speed: float, started_ms: int) -> None:
        self._seed = seed
        self._speed = speed
        self._started_ms = started_ms
        self._lock = threading.Lock()
        self._scenes = 0
        self._play(named(scenario), 0)

    @property
    def scenario(self) -> Scenario:
        return self._traffic.scenario

    def switch(self, name: str, elapsed_ms: int) -> None:
        """Begin another scenario, or the same one again. Raises UnknownScenario."""
        scenario = named(name)
        with self._lock:
            self._play(scenario, elapsed_ms)

    def phase(self, elapsed_ms: int) -> Phase:
        traffic = self._traffic
        return traffic.scenario.phase_at(max(self._simulated(elapsed_ms) - traffic.started_ms, 0))[0]

    def events(self, from_ms: int, to_ms: int, now: int) -> Iterator[Event]:
        """The events of from_ms <= elapsed < to_ms, stamped as what happened just up to `now`."""
        with self._lock:
            traffic, scene = self._traffic, self._scenes
        end = self._simulated(to_ms)
        for moment in traffic.moments(self._simulated(from_ms), end):
            at = now - round((end - moment.at) / self._speed)
            # A run of its own and a scene of its own, for what was counted once is not counted again.
            yield moment.stamped(at, f"{self._started_ms:x}.{scene}-{moment.id}")

    def _play(self, scenario: Scenario, elapsed_ms: int) -> None:
        self._scenes += 1
        self._traffic = Traffic(self._seed, scenario, self._simulated(elapsed_ms))

    def _simulated(self, elapsed_ms: int) -> int:
        return self._started_ms + int(elapsed_ms * self._speed)
