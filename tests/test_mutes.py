import pytest

from gamepilot_mon.flapping import Flapping
from gamepilot_mon.mutes import Matcher, Muted, Parent, Span, muted, parse

FACTS = {"type": "critical_error", "severity": "critical", "operation": "payment"}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("operation=payment", True),
        ("operation=login", False),
        ("operation!=login", True),
        ("operation!=payment", False),
        ("operation=~pay.*", True),
        ("operation=~pay", False),
        ("operation!~log.*", True),
        ('type="critical_error"', True),
        ("check=", True),
        ("check!=API", True),
    ],
)
def test_it_matches_type_severity_and_labels(text: str, matches: bool) -> None:
    assert parse(text).matches(FACTS) is matches


@pytest.mark.parametrize(
    "text",
    ["operation", "=payment", "1a=x", "operation=~(", "operation=~" + "a" * 101, "a=~(?=a)", "a=~(a)\\1"],
)
def test_it_refuses_what_is_no_matcher(text: str) -> None:
    with pytest.raises(ValueError, match=r"must|pattern"):
        parse(text)


@pytest.mark.parametrize("pattern", [".*" * 13 + "b", "((a+)b?)+c", "((a+))+c", "(a|a)*b", "(a+)+b"])
def test_no_pattern_holds_anything_up(pattern: str) -> None:
    """Python's own engine would not come back from these."""
    assert parse(f"operation=~{pattern}").matches({"operation": "a" * 500}) is False


def test_a_pattern_meets_any_text() -> None:
    half = "x\ud800"
    assert parse("operation=~x.*").matches({"operation": half}) is True
    assert Matcher("operation", "=~", "(").matches({"operation": "("}) is False
    assert Matcher("operation", "!~", "(").matches({"operation": "("}) is False, (
        "what was stored and is no pattern"
    )


def silence(number: int, start: int, end: int, *matchers: Matcher) -> Span:
    return Span(number, matchers or (Matcher("operation", "=", "payment"),), start, end, "ada", "deploy")


CASES = [
    ("no silence", [], 5, None),
    ("before it", [silence(1, 10, 20)], 9, None),
    ("from its start", [silence(1, 10, 20)], 10, Muted("silence 1", 20, "deploy (ada)")),
    ("to before its end", [silence(1, 10, 20)], 19, Muted("silence 1", 20, "deploy (ada)")),
    ("at its end", [silence(1, 10, 20)], 20, None),
    ("the longest of several", [silence(1, 0, 20), silence(2, 0, 30)], 5, Muted("silence 2", 30, "deploy (ada)")),
    ("all matchers must match", [silence(1, 0, 9, Matcher("operation", "=", "payment"), Matcher("type", "=", "x"))], 5,
     None),
]  # fmt: skip


@pytest.mark.parametrize(("silences", "now", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_it_mutes(silences: list[Span], now: int, expected: Muted | None) -> None:
    assert muted(FACTS, silences, now) == expected


HOLDS = Span(3, (), 0, 30, "ada", "move", "maintenance")
DOWN = Parent("API", 9)
FLAPS = Flapping(5, 50, 8)
BEHIND = Muted("parent", None, "it depends on API, which is down (alert 9)")
FLAPPING = Muted(
    "flapping", 50, "it flaps: 8 changes in 30m; nothing more is told until it is calm for 10m", 5
)

TOGETHER = [
    ("a maintenance window without matchers holds everything", [HOLDS], [], None,
     Muted("maintenance 3", 30, "move (ada)")),
    ("a silence that ends later goes first", [HOLDS, silence(1, 0, 40)], [], None,
     Muted("silence 1", 40, "deploy (ada)")),
    ("a parent that is down", [], [DOWN], None, BEHIND),
    ("the nearest of two parents", [], [DOWN, Parent("host", 3)], None, BEHIND),
    ("flapping", [], [], FLAPS, FLAPPING),
    ("a parent before flapping", [], [DOWN], FLAPS, BEHIND),
    ("a span before both", [HOLDS], [DOWN], FLAPS, Muted("maintenance 3", 30, "move (ada)")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("spans", "parents", "flaps", "expected"), [c[1:] for c in TOGETHER], ids=[c[0] for c in TOGETHER]
)
def test_it_names_one_reason_of_several(
    spans: list[Span], parents: list[Parent], flaps: Flapping | None, expected: Muted
) -> None:
    assert muted(FACTS, spans, 10, parents, flaps) == expected
