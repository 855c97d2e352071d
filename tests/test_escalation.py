"""Who hears of an alert, by route, step and time of day: tables of cases."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS, parse_iso
from gamepilot_mon.during import During, minutes
from gamepilot_mon.escalation import Course, Hears, Route, Step, Waits, audience, in_words
from gamepilot_mon.mutes import Matcher

NOW = parse_iso("2026-11-24T12:00:00Z")  # a Tuesday, 13:00 in Berlin
BERLIN = "Europe/Berlin"
DAY = During(BERLIN, starts=minutes("08:00"), ends=minutes("20:00"))
NIGHT = During(BERLIN, starts=minutes("20:00"), ends=minutes("08:00"))
ALL = ("slack", "email", "pager", "boss")
CRITICAL = {"type": "error_rate", "severity": "critical", "operation": "payment"}
WARNING = {**CRITICAL, "severity": "warning"}


def route(name: str, *steps: Step, **more: object) -> Route:
    return replace(Route(name, steps), **more)  # type: ignore[arg-type]


def step(after: int, *channels: str, during: During | None = None) -> Step:
    return Step(after * MINUTE_MS, channels, during)


def when(name: str, operator: str, value: str) -> tuple[Matcher, ...]:
    return (Matcher(name, operator, value),)  # type: ignore[arg-type]


def hearing(
    routes: list[Route], facts: dict[str, str] = CRITICAL, minutes_since: int = 0, now: int = NOW
) -> set[str]:
    course = Course(now - minutes_since * MINUTE_MS)
    found = audience(routes, facts, ALL, course, now)
    return {name for name, value in found.items() if isinstance(value, Hears)}


ONLY_CRITICAL = route("a", step(0, "pager"), matchers=when("severity", "=", "critical"))
PAYMENT = route("b", step(0, "email"), matchers=when("operation", "=~", "pay.*"))
REST = route("c", step(0, "slack"))
DAYTIME = route("d", step(0, "slack"), during=DAY)
NIGHTLY = route("n", step(0, "pager"), during=NIGHT)

ROUTED = [
    ("no routes: everybody", [], CRITICAL, set(ALL)),
    ("the first that matches", [ONLY_CRITICAL, PAYMENT, REST], CRITICAL, {"pager"}),
    ("the next one for what the first leaves", [ONLY_CRITICAL, PAYMENT, REST], WARNING, {"email"}),
    ("the last one takes the rest", [ONLY_CRITICAL, PAYMENT, REST], {**WARNING, "operation": "mood"}, {"slack"}),
    ("none matches: everybody", [ONLY_CRITICAL], WARNING, set(ALL)),
    ("it goes on", [replace(ONLY_CRITICAL, goes_on=True), PAYMENT, REST], CRITICAL, {"pager", "email"}),
    ("it goes on to the end", [replace(ONLY_CRITICAL, goes_on=True)], CRITICAL, {"pager"}),
    ("another operator", [route("x", step(0, "boss"), matchers=when("operation", "!=", "mood"))], CRITICAL, {"boss"}),
    ("an absent label", [route("x", step(0, "boss"), matchers=when("team", "=", "")), REST], CRITICAL, {"boss"}),
    ("nobody", [route("x")], CRITICAL, set()),
    ("in its hours", [DAYTIME, NIGHTLY], CRITICAL, {"slack"}),
    ("a channel that is not there", [route("x", step(0, "gone", "slack"))], CRITICAL, {"slack"}),
]  # fmt: skip


@pytest.mark.parametrize(("case", "routes", "facts", "heard"), ROUTED, ids=[case[0] for case in ROUTED])
def test_it_takes_the_route(case: str, routes: list[Route], facts: dict[str, str], heard: set[str]) -> None:
    assert hearing(routes, facts) == heard


LADDER = [route("r", step(0, "slack"), step(10, "pager"), step(30, "slack", "boss"))]


@pytest.mark.parametrize(
    ("since", "heard"),
    [
        (0, {"slack"}),
        (9, {"slack"}),
        (10, {"slack", "pager"}),
        (29, {"slack", "pager"}),
        (30, {"slack", "pager", "boss"}),
    ],
)
def test_it_climbs_step_by_step(since: int, heard: set[str]) -> None:
    assert hearing(LADDER, minutes_since=since) == heard


def test_it_says_when_the_next_step_comes_and_by_what() -> None:
    found = audience(LADDER, CRITICAL, ALL, Course(NOW - 5 * MINUTE_MS), NOW)
    assert found["pager"] == Waits(
        "r, step 2 tells it when nobody acknowledges within 10 minutes", NOW + 5 * MINUTE_MS, "r, step 2"
    )
    assert found["slack"] == Hears("r, step 1", 0, NOW - 5 * MINUTE_MS, next_at=NOW + 25 * MINUTE_MS)
    assert found["email"] == Waits("r tells others", None)


def test_it_says_when_a_route_tells_nobody() -> None:
    found = audience([route("r", step(0, "gone"))], CRITICAL, ("slack",), Course(NOW), NOW)
    assert found == {"slack": Waits("r tells nobody", None)}


def test_it_says_why_a_later_step_comes() -> None:
    found = audience(LADDER, CRITICAL, ALL, Course(NOW - 31 * MINUTE_MS), NOW)
    pager, slack = found["pager"], found["slack"]
    assert isinstance(pager, Hears) and isinstance(slack, Hears)
    assert pager.because() == "escalated: nobody acknowledged within 10 minutes"
    # Named again by a later step, it is told again from then on.
    assert slack.by == "r, step 3" and slack.escalates_at == NOW - MINUTE_MS
    assert Hears("r, step 1", 0, NOW).because() is None and Hears("r, step 1", 0, NOW).escalates_at is None


OWNED = [
    ("before the step", 2, frozenset({"slack"}), {"slack"}),
    ("after it", 12, frozenset({"slack", "pager"}), {"slack", "pager"}),
    # The step had come, but something held its message back until somebody owned the alert.
    ("after it, but it was held back", 12, frozenset({"slack"}), {"slack"}),
    ("before anybody heard", 2, frozenset(), {"slack"}),
]


@pytest.mark.parametrize(("case", "after", "told", "heard"), OWNED, ids=[case[0] for case in OWNED])
def test_it_stops_the_later_steps_while_somebody_owns_it(
    case: str, after: int, told: frozenset[str], heard: set[str]
) -> None:
    course = Course(NOW, told, acknowledged_at=NOW + after * MINUTE_MS)
    found = audience(LADDER, CRITICAL, ALL, course, NOW + HOUR_MS)
    assert {name for name, value in found.items() if isinstance(value, Hears)} == heard
    assert all(value.until is None for value in found.values() if isinstance(value, Waits))
    assert all(value.next_at is None for value in found.values() if isinstance(value, Hears))


def test_it_does_not_change_shifts_while_somebody_owns_it() -> None:
    evening = parse_iso("2026-11-24T20:00:00Z")
    owned = Course(NOW, frozenset({"slack"}), acknowledged_at=NOW + MINUTE_MS)
    assert isinstance(audience([DAYTIME, NIGHTLY], CRITICAL, ALL, owned, evening)["pager"], Waits)
    given_back = Course(evening, frozenset({"slack"}))
    assert isinstance(audience([DAYTIME, NIGHTLY], CRITICAL, ALL, given_back, evening)["pager"], Hears)


# The clocks of Berlin change at 01:00 UTC on 2026-03-29 (08:00 is 06:00 UTC from then on) and on 2026-10-25 (07:00).
SHIFTS = [
    ("2026-11-24T12:00:00Z", "slack", "2026-11-24T19:00:00Z"),
    ("2026-11-24T19:00:00Z", "pager", "2026-11-25T07:00:00Z"),
    ("2026-03-28T23:00:00Z", "pager", "2026-03-29T06:00:00Z"),
    ("2026-03-29T06:00:00Z", "slack", "2026-03-29T18:00:00Z"),
    ("2026-10-24T22:00:00Z", "pager", "2026-10-25T07:00:00Z"),
    ("2026-10-25T06:59:59Z", "pager", "2026-10-25T07:00:00Z"),
    ("2026-10-25T07:00:00Z", "slack", "2026-10-25T19:00:00Z"),
]


@pytest.mark.parametrize(("at", "heard", "hand_over"), SHIFTS)
def test_it_hands_over_by_the_clock_on_the_wall(at: str, heard: str, hand_over: str) -> None:
    now = parse_iso(at)
    found = audience([DAYTIME, NIGHTLY], CRITICAL, ("slack", "pager"), Course(now - HOUR_MS), now)
    assert isinstance(found.pop(heard), Hears)
    [waiting] = found.values()
    assert waiting.until == parse_iso(hand_over) if isinstance(waiting, Waits) else False


def test_a_step_waits_for_its_hours() -> None:
    routes = [route("r", step(0, "slack"), step(10, "boss", during=DAY))]
    fired = parse_iso("2026-03-28T22:00:00Z")  # the night before the clocks change
    found = audience(routes, CRITICAL, ALL, Course(fired), fired + 20 * MINUTE_MS)
    assert found["boss"] == Waits(
        "r, step 2 tells it when its hours begin", parse_iso("2026-03-29T06:00:00Z"), "r, step 2"
    )
    assert "boss" in hearing(routes, minutes_since=8 * 60, now=parse_iso("2026-03-29T06:00:00Z"))
    assert "boss" not in hearing(routes, minutes_since=2 * 60, now=parse_iso("2026-03-29T18:00:00Z"))


def test_a_step_that_would_come_outside_its_hours_is_announced_for_them() -> None:
    routes = [route("r", step(0, "slack"), step(10 * 60, "boss", during=DAY))]
    found = audience(routes, CRITICAL, ALL, Course(NOW), NOW)
    assert found["boss"].until == parse_iso("2026-11-25T07:00:00Z")  # type: ignore[union-attr]


def test_the_first_route_that_names_a_channel_says_how_often_it_is_reminded() -> None:
    routes = [
        route("a", step(0, "slack"), repeat_ms=HOUR_MS, goes_on=True),
        route("b", step(0, "slack", "pager"), repeat_ms=DAY_MS),
    ]
    found = audience(routes, CRITICAL, ALL, Course(NOW), NOW)
    assert [value.repeat_ms for value in found.values() if isinstance(value, Hears)] == [HOUR_MS, DAY_MS]


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (600_000, "10 minutes"),
        (3_600_000, "1 hour"),
        (90_000, "90 seconds"),
        (5_400_000, "90 minutes"),
        (1_500, "1s500ms"),
    ],
)
def test_it_says_spans_in_words(ms: int, words: str) -> None:
    assert in_words(ms) == words


SPANS = st.builds(
    During,
    st.sampled_from(["Europe/Berlin", "America/New_York", "UTC"]),
    st.sets(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1).map(frozenset),
    st.integers(0, 23).map(lambda hour: hour * 60),
    st.integers(0, 47).map(lambda half: half * 30 + 15),
)
STEPS = st.builds(
    Step,
    st.sampled_from([0, 10, 45, 300]).map(lambda n: n * MINUTE_MS),
    st.lists(st.sampled_from(ALL), min_size=1, max_size=2).map(tuple),
    st.none() | SPANS,
)
ROUTES = st.lists(
    st.builds(
        Route, st.just("r"), st.lists(STEPS, max_size=3).map(tuple), during=st.none() | SPANS, goes_on=st.booleans()
    ),
    min_size=1,
    max_size=3,
)  # fmt: skip
MOMENTS = st.sampled_from(["2026-03-28T18:00:00Z", "2026-10-24T18:00:00Z", "2026-11-24T12:00:00Z"]).map(
    parse_iso
)


def asked_again_at(found: dict[str, Hears | Waits]) -> int | None:
    moments = [value.until if isinstance(value, Waits) else value.next_at for value in found.values()]
    return min((moment for moment in moments if moment is not None), default=None)


@settings(deadline=None)
@given(routes=ROUTES, fired=MOMENTS, age=st.integers(0, 600))
def test_nobody_new_hears_of_it_before_the_moment_that_was_announced(
    routes: list[Route], fired: int, age: int
) -> None:
    now = fired + age * MINUTE_MS
    found = audience(routes, CRITICAL, ALL, Course(fired), now)
    hear_now = {name for name, value in found.items() if isinstance(value, Hears)}
    again = asked_again_at(found)
    assert again is None or again > now
    for later in range(now, min(again or now + DAY_MS, now + DAY_MS), 15 * MINUTE_MS):
        then = audience(routes, CRITICAL, ALL, Course(fired), later)
        assert {name for name, value in then.items() if isinstance(value, Hears)} <= hear_now
