import pytest

from gamepilot_mon.burn_rate import RECOMMENDED
from gamepilot_mon.rules import Outcome, Rule, Verdict, Window, evaluate, quantity

FAST, SLOW = 300_000, 86_400_000
errors = Rule("error_rate", "High error rate", "ratio", 0.02, 0.05, min_samples=10)
success = Rule("success_rate", "Low success rate", "ratio", 0.95, 0.90, operator="<", min_samples=10)
critical_only = Rule("critical_error", "Critical errors", "count", None, 0)


def outcome(rule: Rule, *windows: Window) -> tuple[str, str | None, int | None]:
    verdict = evaluate(rule, windows)
    return verdict.outcome.value, verdict.severity, verdict.window_ms


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        (errors, 0.0, ("healthy", None)),
        (errors, 0.02, ("healthy", None)),
        (errors, 0.0201, ("breached", "warning")),
        (errors, 0.05, ("breached", "warning")),
        (errors, 0.0501, ("breached", "critical")),
        (success, 1.0, ("healthy", None)),
        (success, 0.95, ("healthy", None)),
        (success, 0.9499, ("breached", "warning")),
        (success, 0.90, ("breached", "warning")),
        (success, 0.8999, ("breached", "critical")),
        (critical_only, 0.0, ("healthy", None)),
        (critical_only, 1.0, ("breached", "critical")),
    ],
)
def test_it_follows_the_ladder(rule: Rule, value: float, expected: tuple[str, str | None]) -> None:
    assert outcome(rule, Window(FAST, 100, value))[:2] == expected


def test_it_says_no_data_below_the_minimum_of_samples() -> None:
    assert outcome(errors, Window(FAST, 9, 1.0), Window(SLOW, 9, 1.0))[0] == "no-data"


def test_it_says_no_data_and_not_zero_without_samples() -> None:
    assert outcome(critical_only, Window(FAST, 0, None))[0] == "no-data"


def test_one_sample_is_singular() -> None:
    said = evaluate(critical_only, [Window(FAST, 0, None)]).message
    assert said == "Critical errors: 0 of at least 1 sample in the last 5m"


def test_it_takes_the_worst_window() -> None:
    assert outcome(errors, Window(FAST, 50, 0.03), Window(SLOW, 900, 0.2)) == ("breached", "critical", SLOW)


def test_it_prefers_the_quick_window_among_equals() -> None:
    assert outcome(errors, Window(FAST, 50, 0.3), Window(SLOW, 900, 0.2)) == ("breached", "critical", FAST)


def test_it_is_healthy_when_one_window_is_and_the_other_has_no_data() -> None:
    assert outcome(errors, Window(FAST, 1, 1.0), Window(SLOW, 900, 0.0))[0] == "healthy"


def test_it_names_value_threshold_and_span() -> None:
    verdict = evaluate(errors, [Window(FAST, 200, 0.15, "30 of 200 failed")])
    assert verdict == Verdict(
        Outcome.BREACHED,
        "High error rate: 15 % in the last 5m, above the critical threshold of 5 % (30 of 200 failed)",
        "critical", 0.15, 0.05, FAST, 200,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [("ratio", 0.1534, "15.3 %"), ("ms", 840.4, "840 ms"), ("ms", 1840.2, "1.84 s"), ("count", 12.0, "12")],
)
def test_it_writes_quantities_for_people(unit: str, value: float, text: str) -> None:
    assert quantity(unit, value) == text


held = Rule("queue", "Queue", "count", 100, 500, clear=80)
fallen = Rule("players", "Players", "count", 10, 5, operator="<=", clear=20)
exact = Rule("queue", "Queue", "count", 100, None, operator=">=", clear=100)


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        (held, 500.1, ("breached", "critical")),
        (held, 100.1, ("breached", "warning")),
        (held, 100, ("lingering", None)),
        (held, 80.1, ("lingering", None)),
        (held, 80, ("healthy", None)),
        (fallen, 5, ("breached", "critical")),
        (fallen, 10, ("breached", "warning")),
        (fallen, 10.1, ("lingering", None)),
        (fallen, 20, ("healthy", None)),
        (exact, 100, ("breached", "warning")),
        (exact, 99.9, ("healthy", None)),
    ],
)
def test_it_lingers_until_the_clear_threshold(
    rule: Rule, value: float, expected: tuple[str, str | None]
) -> None:
    assert outcome(rule, Window(FAST, 1, value))[:2] == expected


def test_a_lingering_window_speaks_before_a_healthy_one() -> None:
    assert outcome(held, Window(FAST, 1, 50), Window(SLOW, 1, 90))[::2] == ("lingering", SLOW)


HOUR = 3_600_000
slo = Rule("slo", "Budget", "times", None, None, pairs=RECOMMENDED, min_samples=5)


def burn(
    five: float | None, half: float | None, hour: float | None, six: float | None, three_days: float | None,
    samples: int = 100,
) -> list[Window]:  # fmt: skip
    spans = (HOUR // 12, HOUR // 2, HOUR, 6 * HOUR, 72 * HOUR)
    values = (five, half, hour, six, three_days)
    return [
        Window(span, samples if value is not None else 0, value)
        for span, value in zip(spans, values, strict=True)
    ]


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        (burn(0, 0, 0, 0, 0), ("healthy", None, HOUR)),
        (burn(14.5, 14.5, 14.5, 14.5, 14.5), ("breached", "critical", HOUR)),
        (burn(20, 20, 14.4, 5, 0.5), ("healthy", None, HOUR)),  # the rung itself does not breach
        (burn(14.3, 20, 20, 5, 0.5), ("healthy", None, HOUR)),  # it was, but goes on no more
        (burn(0, 6.1, 6.1, 6.1, 0.9), ("breached", "critical", 6 * HOUR)),
        (burn(0, 0, 0, 1.1, 1.1), ("breached", "warning", 72 * HOUR)),
        (burn(0, 0, 0, 0.9, 1.1), ("healthy", None, HOUR)),
        (burn(None, None, None, 1.1, 1.1), ("breached", "warning", 72 * HOUR)),
        (burn(None, 20, 20, 20, 20), ("breached", "critical", 6 * HOUR)),
        (burn(None, None, None, None, None), ("no-data", None, None)),
        (burn(99, 99, 99, 99, 99, samples=4), ("no-data", None, None)),
    ],
)
def test_it_burns_only_when_both_windows_do(
    windows: list[Window], expected: tuple[str, str | None, int | None]
) -> None:
    assert outcome(slo, *windows) == expected


def test_it_says_how_fast_the_budget_burns() -> None:
    assert (
        evaluate(slo, burn(30, 30, 20, 0, 0)).message
        == "Budget: 20 times in the last 1h, above the critical threshold of 14.4 times"
    )


loud = Rule("queue", "Queue", "count", 100, None, no_data="alert", min_samples=10)


@pytest.mark.parametrize(
    ("rule", "windows", "expected"),
    [
        (loud, [Window(FAST, 0, None)], ("breached", "warning", FAST)),
        (loud, [Window(FAST, 3, 200)], ("no-data", None, None)),  # little is not nothing
        (loud, [Window(FAST, 10, 50)], ("healthy", None, FAST)),
        (errors, [Window(FAST, 0, None)], ("no-data", None, None)),
        (Rule("slo", "x", "times", None, None, pairs=RECOMMENDED, no_data="alert"),
         burn(None, None, None, 0, 0), ("breached", "critical", HOUR)),
        (Rule("slo", "x", "times", None, None, pairs=RECOMMENDED, no_data="alert"),
         burn(None, 0, 0, 0, 0), ("healthy", None, 6 * HOUR)),
    ],
)  # fmt: skip
def test_it_takes_absence_for_a_breach_where_asked(
    rule: Rule, windows: list[Window], expected: tuple[str, str | None, int | None]
) -> None:
    assert outcome(rule, *windows) == expected
