import pytest

from gamepilot_mon.channels import wording
from tests.channels.messages import message


@pytest.mark.parametrize(
    ("severity", "change", "status", "title", "colour"),
    [
        ("critical", "firing", "firing", "🚨 CRITICAL Alert", "#dc3545"),
        ("warning", "firing", "firing", "⚠️ WARNING Alert", "#ffc107"),
        ("info", "test", "firing", "ℹ️ INFO Alert", "#17a2b8"),
        ("critical", "resolved", "resolved", "✅ RESOLVED", "#28a745"),
        ("critical", "resolved", "firing", "✅ RESOLVED", "#28a745"),
        ("catastrophe", "firing", "firing", "ℹ️ INFO Alert", "#17a2b8"),
    ],
)
def test_it_has_a_title_and_a_colour_for_each_state(
    severity: str, change: str, status: str, title: str, colour: str
) -> None:
    said = message(severity=severity, change=change, status=status)
    assert wording.title(said) == title
    assert wording.COLOURS[wording.state(said)] == colour


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (150.0, "150"),
        (0.05, "0.05"),
        (1234.5678, "1234.5678"),
        (0.07339449541284404, "0.073394"),
        (0.0000012, "1.2e-06"),
        (-3.5, "-3.5"),
        (0, "0"),
        (None, "n/a"),
        (float("nan"), "n/a"),
        (float("inf"), "n/a"),
        (1e300, "1e+300"),
    ],
)
def test_it_writes_numbers_as_a_person_would(value: float | None, words: str) -> None:
    assert wording.number(value) == words


@pytest.mark.parametrize(
    ("type_", "value", "words"),
    [
        ("error_rate", 0.0734, "7.34 % (0.0734)"),
        ("error_rate", 150, "150"),
        ("response_time", 1500.0, "1500 ms"),
        ("slow_queries", 12, "12"),
        ("success_rate", None, "n/a"),
    ],
)
def test_it_adds_the_unit(type_: str, value: float | None, words: str) -> None:
    assert wording.measure(type_, value) == words


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (0, "0 s"),
        (999, "0 s"),
        (40_000, "40 s"),
        (312_345, "5 min 12 s"),
        (100_000_000, "1 d 3 h"),
        (-5, "0 s"),
    ],
)
def test_it_tells_spans_in_two_units(ms: int, words: str) -> None:
    assert wording.span(ms) == words


def test_it_says_how_late_a_message_is_and_that_it_is_a_resend() -> None:
    assert wording.notes(message()) == []
    assert wording.notes(message(late_ms=20_000)) == []
    notes = wording.notes(message(change="repeat", resend=True, late_ms=7_200_000))
    assert notes[0] == "Reminder: this alert is still firing."
    assert "Sent again" in notes[1]
    assert notes[2] == "This message is 2 h late."


def test_it_limits_how_many_extras_are_shown() -> None:
    many = {f"key{index}": "x" * 1_000 for index in range(500)}
    shown = wording.extras(message(metadata=many))
    assert len(shown) == wording.EXTRAS_MAX + 1
    assert shown[-1] == ("…", "480 more not shown")
    assert all(len(text) <= wording.EXTRA_TEXT_MAX for _, text in shown)


def test_it_shows_metadata_of_every_json_kind() -> None:
    shown = dict(wording.extras(message(metadata={"a": {"b": [1, "ü"]}, "n": None, "t": True, "": " "})))
    assert shown == {"a": '{"b": [1, "ü"]}', "n": "n/a", "t": "True", "?": "n/a"}


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://mon.example/alerts/1?a=1&b=2", "https://mon.example/alerts/1?a=1&b=2"),
        ("https://x/<b>|\"'", "https://x/%3Cb%3E%7C%22%27"),
        ("javascript:alert(1)", None),
        ("", None),
        (None, None),
    ],
)
def test_it_links_to_web_addresses_only(url: str | None, safe: str | None) -> None:
    assert wording.safe_url(url) == safe


def test_it_survives_a_moment_beyond_the_calendar() -> None:
    assert wording.moment(10**18) == "n/a"
    assert wording.moment(1_795_521_600_000) == "2026-11-24 12:00:00 UTC"
