"""Scenarios as data: what happens to the simulated GamePilot, phase after phase.

Times are simulated milliseconds since the scenario began; `--speed` turns them into real ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

SECOND = 1_000
MINUTE = 60 * SECOND


class Reach(StrEnum):
    """How the HTTP API of the simulated GamePilot behaves."""

    UP = "up"
    UNAVAILABLE = "unavailable"  # answers 503
    HANGING = "hanging"  # takes the connection and never answers
    CUT = "cut"  # resets the connection


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch of a scenario. `lasts_ms` is a whole number of seconds; None lasts for ever."""

    name: str
    lasts_ms: int | None
    rate: float = 1.0  # multiplies the traffic
    failure_ratio: float = 0.0  # operations that fail
    critical_every_ms: int | None = None  # one critical error this often, in whole seconds
    duration_factor: float = 1.0  # multiplies the time that operations take
    slow_query_ratio: float = 0.0  # queries that take seconds
    hiccups: bool = False  # now and then a single failure, as in any healthy app
    deploys: str | None = None  # a version that goes live as the phase begins
    reach: Reach = Reach.UP


@dataclass(frozen=True, slots=True)
class Scenario:
    """Phases in order. After the last comes the first again when it `repeats`.

    `breaches` names the rules that a monitor with the default thresholds must find breached.
    """

    name: str
    summary: str
    phases: tuple[Phase, ...]
    breaches: frozenset[str] = frozenset()
    repeats: bool = False

    def phase_at(self, elapsed_ms: int) -> tuple[Phase, int]:
        """The phase at `elapsed_ms`, and how long it has lasted by then."""
        if self.repeats:
            elapsed_ms %= sum(phase.lasts_ms or 0 for phase in self.phases)
        for phase in self.phases[:-1]:
            if phase.lasts_ms is None or elapsed_ms < phase.lasts_ms:
                return phase, elapsed_ms
            elapsed_ms -= phase.lasts_ms
        return self.phases[-1], elapsed_ms


class UnknownScenario(ValueError):
    """No scenario has this name; the text lists those that exist."""


def named(name: str) -> Scenario:
    """The scenario of that name, or UnknownScenario."""
    try:
        return SCENARIOS[name]
    except KeyError:
        raise UnknownScenario(f"no scenario {name!r}; there are {', '.join(SCENARIOS)}") from None


CALM = Phase("calm", None, hiccups=True)
LULL = Phase("lull", 10 * SECOND)
# Failures are ratios of everything seen, so an incident ends sooner when much goes right after it.
RECOVERY = Phase("recovery", 5 * MINUTE, rate=8.0, deploys="2.4.2")


def _all() -> Iterator[Scenario]:
    yield Scenario("calm", "a healthy day; no rule is ever breached", (CALM,))
    yield Scenario(
        "error-spike",
        "ten seconds of calm, then a bad release: 15 % of operations fail for half a minute, some critically",
        (
            LULL,
            Phase(
                "spike", 30 * SECOND, rate=4.0, failure_ratio=0.15, critical_every_ms=8 * SECOND,
                deploys="2.4.1",
            ),
            RECOVERY,
            CALM,
        ),
        frozenset({"error_rate", "success_rate", "critical_error"}),
    )  # fmt: skip
    yield Scenario(
        "slow",
        "ten seconds of calm, then two minutes in which everything takes seconds",
        (LULL, Phase("slow", 2 * MINUTE, duration_factor=28.0, slow_query_ratio=0.4), RECOVERY, CALM),
        frozenset({"response_time", "slow_queries"}),
    )
    yield Scenario(
        "outage",
        "down for two minutes: 503 first, then no answer, then cut connections, and no traffic",
        (
            LULL,
            Phase("unavailable", 40 * SECOND, rate=0.0, reach=Reach.UNAVAILABLE),
            Phase("hanging", 40 * SECOND, rate=0.0, reach=Reach.HANGING),
            Phase("cut", 40 * SECOND, rate=0.0, reach=Reach.CUT),
            CALM,
        ),
        frozenset({"system_down"}),
    )
    yield Scenario(
        "flap",
        "up and down in turns of 40 seconds, for ever",
        (
            Phase("up", 40 * SECOND),
            Phase("down", 40 * SECOND, rate=0.0, reach=Reach.UNAVAILABLE),
        ),
        frozenset({"system_down"}),
        repeats=True,
    )
    yield Scenario(
        "storm",
        "everything at once for a minute, then an outage: all six rules are breached",
        (
            LULL,
            Phase(
                "storm", 60 * SECOND, rate=4.0, failure_ratio=0.3, critical_every_ms=3 * SECOND,
                duration_factor=28.0, slow_query_ratio=0.5,
            ),
            Phase("down", 45 * SECOND, rate=0.0, reach=Reach.UNAVAILABLE),
            RECOVERY,
            CALM,
        ),
        frozenset(
            {"error_rate", "response_time", "success_rate", "slow_queries", "critical_error", "system_down"}
        ),
    )  # fmt: skip
    yield Scenario(
        "night",
        "hardly anybody plays and for minutes nobody does: silence that must not look like failure",
        (Phase("drowsy", 4 * MINUTE, rate=0.03), Phase("idle", 8 * MINUTE, rate=0.0)),
        repeats=True,
    )


SCENARIOS = {scenario.name: scenario for scenario in _all()}
