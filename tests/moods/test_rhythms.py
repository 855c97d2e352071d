from pathlib import Path
from typing import Any

import pytest

from gamepilot_mon import db, rule_spec, stored_rules, why_not
from gamepilot_mon.evaluation import evaluate
from gamepilot_mon.models import Alert, Tally
from gamepilot_mon.moods import rhythms
from gamepilot_mon.rules import Outcome
from gamepilot_mon.rules import evaluate as judge
from gamepilot_mon.settings import Settings

from .reports_of import DAY, MINUTE, NOW, mood, report

WEEK = 7 * DAY


def busy(weeks: int, each: int = 36) -> None:
    """So many selections in the twenty minutes of each of the past weeks."""
    for week in range(1, weeks + 1):
        end = NOW - week * WEEK
        report(*(mood("calm", end - 1 - n * 20 * MINUTE // each, user=f"u{n}") for n in range(each)))


def store_rule(**members: Any) -> rule_spec.Spec:
    spec = rule_spec.parse({"kind": "rhythm", "metric": "mood_selection", **members})
    with db.write():
        stored_rules.put("no-moods", spec, "ann", NOW - DAY)
    return spec


def outcome(spec: rule_spec.Spec) -> Outcome:
    rule, window = rhythms.seen(spec.watch("no-moods"), NOW)
    return judge(rule, [window]).outcome


@pytest.mark.parametrize(
    ("weeks", "found"),
    [(0, Outcome.NO_DATA), (1, Outcome.NO_DATA), (2, Outcome.BREACHED), (4, Outcome.BREACHED)],
)
def test_it_needs_two_past_weeks(store: Path, weeks: int, found: Outcome) -> None:
    busy(weeks)
    assert outcome(store_rule()) is found


def test_it_is_content_with_what_is_usual(store: Path) -> None:
    busy(3)
    report(*(mood("calm", NOW - 1 - n * 30_000) for n in range(30)))
    assert outcome(store_rule()) is Outcome.HEALTHY
    assert outcome(store_rule(direction="high")) is Outcome.HEALTHY


def test_it_sees_too_many(store: Path) -> None:
    busy(3, each=4)
    report(*(mood("calm", NOW - 1 - n * 30_000) for n in range(30)))
    assert outcome(store_rule(direction="high")) is Outcome.BREACHED


def test_it_leaves_out_a_week_that_was_not_recorded(store: Path) -> None:
    busy(4)
    Tally.delete().where(Tally.start.between(NOW - 2 * WEEK - DAY, NOW - 2 * WEEK + DAY)).execute()
    _, window = rhythms.seen(store_rule().watch("no-moods"), NOW)
    assert (window.samples, window.value) == (3, 0.0)
    assert window.note == "expected 36 ± 6, by 3 past weeks"


def test_it_takes_a_silence_within_a_recorded_day_for_a_fact(store: Path) -> None:
    for week in range(1, 5):
        report(mood("calm", NOW - week * WEEK - 3 * 60 * MINUTE))
    _, window = rhythms.seen(store_rule().watch("no-moods"), NOW)
    assert (window.samples, window.note) == (4, "expected 0 ± 1, by 4 past weeks")


def test_it_fires_and_ends_an_alert(settings: Settings, store: Path) -> None:
    busy(4)
    store_rule(description="Selections", labels={"team": "moods"})
    evaluate(settings, NOW)
    [alert] = Alert.select()
    assert (alert.type, alert.status, alert.severity) == ("no-moods", "firing", "warning")
    assert alert.labels == {"team": "moods"}
    assert alert.message == (
        "Selections: 0 in the last 20m, below the warning threshold of 18 (expected 36 ± 6, by 4 past weeks)"
    )
    report(*(mood("calm", NOW - 1 - n * 30_000) for n in range(30)))
    evaluate(settings, NOW + 1)
    assert Alert.get().status == "resolved"


def test_it_tells_why_it_did_not_fire_then(settings: Settings, store: Path) -> None:
    busy(3)
    report(*(mood("calm", NOW - 1 - n * 30_000) for n in range(30)))
    store_rule(description="Selections")
    found = str(why_not.explain(settings, "no-moods", NOW, NOW + 1))
    assert "expected 36 ± 6, by 3 past weeks" in found


@pytest.mark.parametrize(
    ("member", "pointer"),
    [
        ({"window": "7m"}, "/window"), ({"window": "2d"}, "/window"), ({"metric": "errors"}, "/metric"),
        ({"zone": "Nowhere"}, "/zone"), ({"weeks": 1}, "/weeks"), ({"minSamples": 5}, "/minSamples"),
        ({"by": ["x"]}, "/by"), ({"matchers": ["a=b"]}, "/matchers"), ({"warning": None}, "/critical"),
        ({"critical": 2}, "/critical"), ({"warning": -1}, "/warning"),
    ],
    ids=str,
)  # fmt: skip
def test_it_refuses_what_means_nothing(member: dict[str, Any], pointer: str) -> None:
    with pytest.raises(rule_spec.Refused) as refused:
        rule_spec.parse({"kind": "rhythm", "metric": "mood_selection", **member})
    assert [place for place, _ in refused.value.errors] == [pointer]


def test_it_reads_back_what_it_wrote() -> None:
    spec = rule_spec.parse({"kind": "rhythm", "metric": "user_action", "weeks": 3, "critical": 5})
    assert rule_spec.parse(rule_spec.document(spec)) == spec
