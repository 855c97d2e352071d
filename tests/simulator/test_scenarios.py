"""The scenarios against the six rules, with the default thresholds, by plain arithmetic."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest

from gamepilot_mon.simulator.scenarios import SCENARIOS, Reach, Scenario, UnknownScenario, named
from gamepilot_mon.simulator.traffic import Traffic

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FAST, SLOW = 5 * MINUTE, DAY
MIN_SAMPLES = 10
PEAK, TROUGH = 18 * HOUR, 6 * HOUR  # the busiest and the emptiest time of the day

CRITICAL = {
    "error_rate": lambda value: value > 0.05,
    "response_time": lambda value: value > 2000,
    "success_rate": lambda value: value < 0.90,
    "slow_queries": lambda value: value > 10,
    "critical_error": lambda value: value > 0,
}
WARNING = {
    "error_rate": lambda value: value > 0.02,
    "response_time": lambda value: value > 1000,
    "success_rate": lambda value: value < 0.95,
    "slow_queries": lambda value: value > 3,
}


class Window:
    """Sums over what happened in the last `span_ms`."""

    def __init__(self, span_ms: int) -> None:
        self.span_ms = span_ms
        self.facts: deque[tuple[int, tuple[float, ...]]] = deque()
        self.sums = [0.0] * 6

    def add(self, at: int, fact: tuple[float, ...]) -> None:
        self.facts.append((at, fact))
        self.sums = [a + b for a, b in zip(self.sums, fact, strict=True)]
        while self.facts[0][0] <= at - self.span_ms:
            self.sums = [a - b for a, b in zip(self.sums, self.facts.popleft()[1], strict=True)]

    def values(self) -> dict[str, float]:
        operations, failures, errors, duration, slow, critical = self.sums
        values = {"slow_queries": slow, "critical_error": critical}
        if operations >= MIN_SAMPLES:
            values["error_rate"] = (failures + errors) / operations
            values["success_rate"] = 1 - failures / operations
            values["response_time"] = duration / operations
        return values


def facts(scenario: Scenario | str, seed: int, start: int, span_ms: int) -> Iterator[tuple[int, tuple]]:
    """(time, (operations, failures, errors, duration, slow, critical)) of each event that counts."""
    for moment in Traffic(seed, scenario, start).moments(start, start + span_ms):
        fields = moment.fields
        slow = float(fields.get("duration_ms", 0) > 1000)
        if moment.kind == "operation":
            yield moment.at, (1, float(not fields["success"]), 0, fields["duration_ms"], slow, 0)
        elif moment.kind == "query":
            yield moment.at, (0, 0, 0, 0, slow, 0)
        elif moment.kind == "error":
            yield moment.at, (0, 0, 1, 0, 0, float(fields["severity"] == "critical"))


def history(told: Iterable[tuple[int, tuple]], span_ms: int) -> Iterator[tuple[int, dict[str, float]]]:
    """The values of one window after each event."""
    window = Window(span_ms)
    for at, fact in told:
        window.add(at, fact)
        yield at, window.values()


def breached(values: dict[str, float], rungs) -> set[str]:
    return {rule for rule, breaches in rungs.items() if rule in values and breaches(values[rule])}


def everything_breached(scenario: str, seed: int, start: int, span_ms: int, rungs) -> set[str]:
    told = list(facts(scenario, seed, start, span_ms))
    found = {
        rule for span in (FAST, SLOW) for _, values in history(told, span) for rule in breached(values, rungs)
    }
    down = any(phase.reach is not Reach.UP for phase in SCENARIOS[scenario].phases)
    return found | ({"system_down"} if down else set())


@pytest.mark.parametrize(("seed", "start"), [(1, 0), (2, TROUGH), (77, PEAK)])
def test_it_stays_calm_at_every_moment_of_a_day(seed, start):
    worst = {"error_rate": 0.0, "response_time": 0.0, "success_rate": 1.0}
    told = list(facts("calm", seed, start, DAY))
    # At ten times the speed the five minutes of a window hold fifty of these.
    for span in (FAST, 10 * FAST, SLOW):
        for _, values in history(told, span):
            assert values["slow_queries"] == 0
            assert values["critical_error"] == 0
            if "error_rate" in values:
                worst["error_rate"] = max(worst["error_rate"], values["error_rate"])
                worst["response_time"] = max(worst["response_time"], values["response_time"])
                worst["success_rate"] = min(worst["success_rate"], values["success_rate"])
    assert 0 < worst["error_rate"] < 0.01
    assert worst["response_time"] < 600
    assert 0.98 < worst["success_rate"] < 1


@pytest.mark.parametrize("start", [TROUGH, PEAK])
@pytest.mark.parametrize("seed", [1, 42])
@pytest.mark.parametrize("name", SCENARIOS)
def test_it_breaches_the_rules_that_it_names_and_no_other(name, seed, start):
    scenario = SCENARIOS[name]
    critical = everything_breached(name, seed, start, 15 * MINUTE, CRITICAL)
    warning = everything_breached(name, seed, start, 15 * MINUTE, WARNING)
    assert critical | warning == scenario.breaches
    # 15 % of failures is near the critical rung of the success rate, and may fall on either side.
    assert scenario.breaches - critical <= {"success_rate"}


@pytest.mark.parametrize("start", [TROUGH, PEAK])
@pytest.mark.parametrize("seed", range(8))
def test_it_spikes_after_ten_seconds_of_calm_and_ends_well(seed, start):
    told = list(facts("error-spike", seed, start, 11 * MINUTE))
    seen = [(at - start, breached(values, CRITICAL)) for at, values in history(told, FAST)]
    assert not any(rules for at, rules in seen if at < 10 * SECOND)
    first = min(at for at, rules in seen if "error_rate" in rules)
    assert first < 25 * SECOND
    assert min(at for at, rules in seen if "critical_error" in rules) < 15 * SECOND
    assert not any(rules for at, rules in seen if at > 6 * MINUTE)
    *_, (_, day) = history(told, SLOW)
    assert breached(day, CRITICAL) == {"critical_error"}
    assert breached(day, WARNING) == set()


def test_it_fails_fifteen_percent_of_the_operations_of_a_spike():
    told = [fact for seed in range(20) for _, fact in _spike(seed)]
    operations, failures = sum(fact[0] for fact in told), sum(fact[1] for fact in told)
    assert 0.13 < failures / operations < 0.17


def _spike(seed: int) -> list[tuple[int, tuple]]:
    return [(at, fact) for at, fact in facts("error-spike", seed, 0, 40 * SECOND) if at >= 10 * SECOND]


@pytest.mark.parametrize("name", ["outage", "flap", "storm"])
def test_it_sends_nothing_while_it_is_down(name):
    scenario = SCENARIOS[name]
    for moment in Traffic(1, scenario).moments(0, 10 * MINUTE):
        assert scenario.phase_at(moment.at)[0].reach is Reach.UP


def test_it_is_silent_for_minutes_at_night():
    told = [at for at, _ in facts("night", 1, 0, HOUR)]
    gaps = [later - earlier for earlier, later in pairwise(told)]
    assert max(gaps) > FAST
    assert len(told) > MIN_SAMPLES


@pytest.mark.parametrize(
    ("name", "elapsed", "phase", "within"),
    [
        ("calm", 0, "calm", 0),
        ("calm", 90 * DAY, "calm", 90 * DAY),
        ("error-spike", 9_999, "lull", 9_999),
        ("error-spike", 10_000, "spike", 0),
        ("error-spike", 40_000, "recovery", 0),
        ("error-spike", 340_000, "calm", 0),
        ("flap", 40_000, "down", 0),
        ("flap", 80_000, "up", 0),
        ("flap", 80_000 * 1000 + 41_000, "down", 1_000),
        ("outage", 50_000, "hanging", 0),
        ("outage", 90_000, "cut", 0),
    ],
)
def test_it_finds_the_phase_of_a_moment(name, elapsed, phase, within):
    found, lasted = SCENARIOS[name].phase_at(elapsed)
    assert (found.name, lasted) == (phase, within)


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_is_made_of_phases_of_whole_seconds(name):
    scenario = SCENARIOS[name]
    ends = [phase.lasts_ms for phase in scenario.phases]
    assert all(end is not None and end % SECOND == 0 for end in ends[:-1])
    assert (ends[-1] is None) is not scenario.repeats
    for phase in scenario.phases:
        every = phase.critical_every_ms
        assert every is None or (every > 2 * SECOND and every % SECOND == 0)


def test_it_lists_the_scenarios_when_the_name_is_unknown():
    with pytest.raises(UnknownScenario, match="calm, error-spike, slow, outage, flap, storm, night"):
        named("earthquake")
