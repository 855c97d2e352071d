from pathlib import Path
from zoneinfo import ZoneInfo

from gamepilot_mon.alert_history import Span
from gamepilot_mon.moods import reports

from .reports_of import DAY, HOUR, LAST_DAY, MINUTE, NOW, UTC, acted, learned, mood, report

TOKYO = ZoneInfo("Asia/Tokyo")
WEEK = Span(NOW - 7 * DAY, NOW + 1)


def test_it_tells_moods_and_their_intensity_by_step(store: Path) -> None:
    report(
        mood("social", NOW - 2 * HOUR, value=0.2), mood("social", NOW - 2 * HOUR + MINUTE, value=0.4),
        mood("social", NOW - 2 * HOUR, value=None), mood("creative", NOW - DAY, value=1.0),
    )  # fmt: skip
    assert reports.moods(WEEK, "hour", UTC) == [
        {"start": "2026-11-23T12:00:00.000Z", "mood": "creative", "count": 1, "avgIntensity": 1.0},
        {"start": "2026-11-24T10:00:00.000Z", "mood": "social", "count": 3, "avgIntensity": 0.3},
    ]
    assert [row["start"] for row in reports.moods(WEEK, "day", TOKYO)] == [
        "2026-11-22T15:00:00.000Z",
        "2026-11-23T15:00:00.000Z",
    ]
    assert {row["start"] for row in reports.moods(WEEK, "week", UTC)} == {"2026-11-23T00:00:00.000Z"}
    assert [(row["mood"], row["share"]) for row in reports.patterns(WEEK)] == [
        ("social", 0.75),
        ("creative", 0.25),
    ]


def test_it_has_no_intensity_where_none_was_said(store: Path) -> None:
    report(mood("social", NOW - HOUR, value=None))
    assert reports.patterns(LAST_DAY)[0]["avgIntensity"] is None


def test_it_lays_transitions_out_as_a_matrix(store: Path) -> None:
    report(*(mood(name, NOW - (30 - n) * MINUTE) for n, name in enumerate("abab")))
    found = reports.transition_matrix(LAST_DAY)
    assert (found["moods"], found["matrix"]) == (["a", "b"], [[0, 2], [1, 0]])
    assert found["transitions"][0] == {"from": "a", "to": "b", "count": 2, "share": 1.0}


def test_it_tells_what_players_do(store: Path) -> None:
    report(*(acted(name, NOW - MINUTE) for name in ("view", "view", "view", "rate")))
    assert reports.actions(LAST_DAY) == [
        {"type": "view", "count": 3, "share": 0.75},
        {"type": "rate", "count": 1, "share": 0.25},
    ]


def test_it_tells_how_learning_goes(store: Path) -> None:
    report(
        learned("accuracy", 0.5, NOW - DAY - HOUR), learned("accuracy", 0.7, NOW - 2 * HOUR),
        learned("accuracy", 0.9, NOW - HOUR), learned("new", 1.0, NOW - HOUR),
    )  # fmt: skip
    accuracy, new = reports.learning(Span(NOW - DAY, NOW), "hour", UTC)
    assert (accuracy["value"], accuracy["previous"], accuracy["trend"]) == (0.8, 0.5, "up")
    assert [point["value"] for point in accuracy["points"]] == [0.7, 0.9]
    assert (new["previous"], new["trend"]) == (None, None)


def test_it_shows_the_rhythm_of_a_week_on_the_clock_of_a_place(store: Path) -> None:
    start = NOW - 14 * DAY
    report(*(mood("a", start + week * 7 * DAY + n) for week in range(2) for n in range(3)))
    found = reports.rhythm(Span(start, NOW), "mood_selection", UTC)
    tuesday = found["days"][1]
    assert (tuesday["day"], tuesday["hours"][12], tuesday["hours"][13]) == ("Tuesday", 3.0, 0.0)
    there = reports.rhythm(Span(start, NOW), "mood_selection", TOKYO)
    assert there["days"][1]["hours"][21] == 3.0


def test_it_knows_no_rhythm_of_what_was_never_heard(store: Path) -> None:
    found = reports.rhythm(WEEK, "mood_selection", UTC)
    assert {hour for day in found["days"] for hour in day["hours"]} == {None}


def test_it_says_nothing_of_a_silent_app(store: Path) -> None:
    found = reports.whole_funnel(LAST_DAY)
    assert (found["shown"], found["clicked"], found["launched"], found["successRate"]) == (None,) * 4
    assert reports.transition_matrix(LAST_DAY)["matrix"] == []
    assert reports.patterns(LAST_DAY) == reports.learning(LAST_DAY, "day", UTC) == []
