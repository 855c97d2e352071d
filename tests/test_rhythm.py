import pytest

from gamepilot_mon.clock import parse_iso
from gamepilot_mon.rhythm import Rhythm, Usual, judged, past_moments, usual
from gamepilot_mon.rules import Outcome, Rule, evaluate

BERLIN = Rhythm("mood_selection", 1_200_000, 3, "Europe/Berlin")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([], None),
        ([35, 43, 27], Usual(35, pytest.approx(11.86, abs=0.01), 3)),  # type: ignore[arg-type]
        ([36, 36, 36, 36], Usual(36, 6, 4)),  # alike by chance: counts vary by their square root
        ([100, 100, 100, 0], Usual(100, 10, 4)),  # one odd week moves nothing
        ([0, 0], Usual(0, 1, 2)),
    ],
)
def test_it_knows_what_is_usual(counts: list[int], expected: Usual | None) -> None:
    assert usual(counts) == expected


def test_it_is_the_same_local_time_across_a_change_of_the_clocks() -> None:
    # In 2026 summer time ended in Berlin on 25 October.
    moments = past_moments(parse_iso("2026-11-03T19:00:00Z"), BERLIN)
    assert moments == [
        parse_iso("2026-10-27T19:00:00Z"),
        parse_iso("2026-10-20T18:00:00Z"),
        parse_iso("2026-10-13T18:00:00Z"),
    ]


LOW = Rule("r", "Selections", "times", 3.0, 4.0, "<", min_samples=2)
HIGH = Rule("r", "Selections", "times", 3.0, None, ">", min_samples=2)


@pytest.mark.parametrize(
    ("rule", "count", "found", "outcome", "severity"),
    [
        (LOW, 35, Usual(35, 8, 4), Outcome.HEALTHY, None),
        (LOW, 11, Usual(35, 8, 4), Outcome.HEALTHY, None),
        (LOW, 10, Usual(35, 8, 4), Outcome.BREACHED, "warning"),
        (LOW, 0, Usual(35, 8, 4), Outcome.BREACHED, "critical"),
        (LOW, 0, Usual(4, 2, 4), Outcome.HEALTHY, None),  # at night nothing is not too little
        (LOW, 0, Usual(35, 8, 1), Outcome.NO_DATA, None),
        (LOW, 0, None, Outcome.NO_DATA, None),
        (HIGH, 60, Usual(35, 8, 4), Outcome.BREACHED, "warning"),
        (HIGH, 0, Usual(35, 8, 4), Outcome.HEALTHY, None),
    ],
)
def test_it_judges_by_what_is_usual(
    rule: Rule, count: int, found: Usual | None, outcome: Outcome, severity: str | None
) -> None:
    counts, window = judged(rule, BERLIN, count, found)
    verdict = evaluate(counts, [window])
    assert (verdict.outcome, verdict.severity) == (outcome, severity)


def test_it_says_what_was_expected() -> None:
    counts, window = judged(LOW, BERLIN, 0, Usual(35, 8, 4))
    assert evaluate(counts, [window]).message == (
        "Selections: 0 in the last 20m, below the critical threshold of 3 (expected 35 ± 8, by 4 past weeks)"
    )
