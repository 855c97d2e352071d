import pytest

from gamepilot_mon.rules import Outcome, Rule, Verdict, Window, evaluate, quantity

FAST, SLOW = 300_000, 86_400_000
errors = Rule("error_rate", "High error rate", "ratio", 0.02, 0.05, min_samples=10)
success = Rule("success_rate", "Low success rate", "ratio", 0.95, 0.90, below=True, min_samples=10)
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
