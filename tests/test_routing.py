"""Routes and escalation through the real store: whom an alert is told to, and why it says so."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gamepilot_mon import alerts, contents, db, dead_letters, evaluation, owing, runtime_config, why
from gamepilot_mon.channels import wording
from gamepilot_mon.clock import HOUR_MS, MINUTE_MS, iso, parse_iso
from gamepilot_mon.custom_alert import CustomAlert, raise_alert
from gamepilot_mon.models import Alert, Notification
from gamepilot_mon.settings import Settings
from tests import one_by_one

NOW = parse_iso("2026-11-24T12:00:00Z")
HOOK = {"kind": "webhook", "url": "https://hooks.example/x"}
LADDER = [
    {
        "channels": ["ops"],
        "steps": [{"after": "10m", "channels": ["pager"]}, {"after": "30m", "channels": ["ops", "boss"]}],
    }
]

Say = Callable[..., None]


@pytest.fixture
def routed(store: Path, settings: Settings) -> Say:
    def put(routes: list[dict[str, Any]], now: int = NOW - HOUR_MS, **more: Any) -> None:
        document = {"channels": dict.fromkeys(("ops", "pager", "boss"), HOOK), "routes": routes, **more}
        with db.write():
            runtime_config.change(settings, document, "ada", now)

    return put


def fire(settings: Settings, now: int = NOW, severity: str = "critical", type_: str = "drill") -> Alert:
    wanted = CustomAlert(type=type_, severity=severity, message="bad", labels={"a": "b"})  # type: ignore[arg-type]
    with db.write():
        return raise_alert(settings, wanted, now)


def told(since: int = 0) -> list[tuple[str, str]]:
    rows = Notification.select().where(Notification.id > since).order_by(Notification.id)
    return [(row.channel, row.change) for row in rows]


def own(alert: Alert, now: int, until: int | None = None) -> None:
    with db.write():
        alerts.acknowledge(Alert.get_by_id(alert.id), "ada", None, until, now)


def give_back(alert: Alert, now: int) -> None:
    with db.write():
        alerts.unacknowledge(Alert.get_by_id(alert.id), now)


def test_without_routes_every_channel_is_told(settings: Settings, routed: Say) -> None:
    routed([])
    fire(settings)
    assert told() == [("ops", "firing"), ("pager", "firing"), ("boss", "firing")]


def test_it_climbs_and_says_why(settings: Settings, routed: Say) -> None:
    routed(LADDER)
    fire(settings)
    assert told() == [("ops", "firing")]
    assert evaluation.evaluate(settings, NOW + MINUTE_MS) == NOW + 10 * MINUTE_MS
    evaluation.evaluate(settings, NOW + 10 * MINUTE_MS)
    assert told()[1:] == [("pager", "firing")]
    assert evaluation.evaluate(settings, NOW + 11 * MINUTE_MS) == NOW + 30 * MINUTE_MS
    evaluation.evaluate(settings, NOW + 30 * MINUTE_MS)
    assert told()[2:] == [("ops", "repeat"), ("boss", "firing")]
    texts = [row.body["text"] for row in Notification.select().order_by(Notification.id)]
    assert texts == [
        "bad",
        "bad (escalated: nobody acknowledged within 10 minutes)",
        *["bad (escalated: nobody acknowledged within 30 minutes)"] * 2,
    ]
    routes = [row.body["route"] for row in Notification.select().order_by(Notification.id)]
    assert routes == ["route 1, step 1", "route 1, step 2", "route 1, step 3", "route 1, step 3"]


def test_a_message_names_its_step_and_its_incident(settings: Settings, routed: Say) -> None:
    routed(LADDER)
    fire(settings), fire(settings, type_="other")
    evaluation.evaluate(settings, NOW + 10 * MINUTE_MS)
    row = Notification.select().where(Notification.channel == "pager").get()
    message = contents.message(row, NOW + 10 * MINUTE_MS)
    assert message.text == "bad (escalated: nobody acknowledged within 10 minutes)"
    assert message.route == "route 1, step 2"
    assert wording.notes(message) == [f"Part of incident #{Alert.get().incident_id}, with 1 other alert."]


def test_nothing_is_told_twice_by_a_step(settings: Settings, routed: Say) -> None:
    routed(LADDER)
    fire(settings)
    for minute in range(60):
        evaluation.evaluate(settings, NOW + minute * MINUTE_MS)
    assert told() == [("ops", "firing"), ("pager", "firing"), ("ops", "repeat"), ("boss", "firing")]


def test_what_a_dead_daemon_missed_is_told_on_its_return(settings: Settings, routed: Say) -> None:
    routed(LADDER)
    fire(settings)
    evaluation.evaluate(settings, NOW + 2 * HOUR_MS)
    assert told()[1:] == [("ops", "repeat"), ("pager", "firing"), ("boss", "firing")]


def test_acknowledging_stops_the_later_steps_and_giving_back_starts_them_anew(
    settings: Settings, routed: Say
) -> None:
    routed(LADDER)
    alert = fire(settings)
    own(alert, NOW + 2 * MINUTE_MS)
    evaluation.evaluate(settings, NOW + 20 * MINUTE_MS)
    own(alert, NOW + 40 * MINUTE_MS)  # again, by which nothing comes that was stopped
    evaluation.evaluate(settings, NOW + 41 * MINUTE_MS)
    assert told() == [("ops", "firing")]
    give_back(alert, NOW + HOUR_MS)
    assert evaluation.evaluate(settings, NOW + HOUR_MS) == NOW + HOUR_MS + 10 * MINUTE_MS
    evaluation.evaluate(settings, NOW + HOUR_MS + 10 * MINUTE_MS)
    assert told()[1:] == [("pager", "firing")]


def test_a_lapse_starts_them_anew(settings: Settings, routed: Say) -> None:
    routed(LADDER)
    alert = fire(settings)
    own(alert, NOW + 2 * MINUTE_MS, until=NOW + HOUR_MS)
    assert evaluation.evaluate(settings, NOW + 30 * MINUTE_MS) == NOW + HOUR_MS
    evaluation.evaluate(settings, NOW + HOUR_MS)
    assert told() == [("ops", "firing")]
    evaluation.evaluate(settings, NOW + HOUR_MS + 10 * MINUTE_MS)
    assert told()[1:] == [("pager", "firing")]


def test_a_higher_severity_reaches_who_heard_and_its_own_route_though_somebody_owns_it(
    settings: Settings, routed: Say
) -> None:
    critical = {"matchers": [{"name": "severity", "value": "critical"}], "channels": ["pager", "ops"]}
    routed([critical, {"channels": ["ops"], "steps": [{"after": "10m", "channels": ["boss"]}]}])
    own(fire(settings, severity="warning"), NOW + MINUTE_MS)
    fire(settings, NOW + 2 * MINUTE_MS)
    assert sorted(told()[1:]) == [("ops", "escalated"), ("pager", "firing")]


def test_the_end_reaches_all_who_heard_whatever_the_routes_say_by_then(
    settings: Settings, routed: Say
) -> None:
    routed(LADDER)
    alert = fire(settings)
    evaluation.evaluate(settings, NOW + 10 * MINUTE_MS)
    routed([{"channels": ["boss"]}], NOW + 11 * MINUTE_MS)
    with db.write():
        row = Alert.get_by_id(alert.id)
        alerts.close(row, NOW + 12 * MINUTE_MS)
        owing.notify(settings, runtime_config.current(settings).config, row, NOW + 12 * MINUTE_MS)
    assert told()[2:] == [("ops", "resolved"), ("pager", "resolved")]


def test_a_route_says_how_often_it_reminds(settings: Settings, routed: Say) -> None:
    routed([{"channels": ["ops"], "repeat": "20m"}])
    fire(settings)
    assert evaluation.evaluate(settings, NOW + MINUTE_MS) == NOW + 20 * MINUTE_MS
    evaluation.evaluate(settings, NOW + 20 * MINUTE_MS)
    assert told() == [("ops", "firing"), ("ops", "repeat")]


def test_it_hands_over_in_the_evening(settings: Settings, routed: Say) -> None:
    hours = {"zone": "Europe/Berlin", "from": "08:00", "to": "20:00"}
    routed([{"channels": ["ops"], "during": hours}, {"channels": ["pager"]}])
    fire(settings)
    evening = parse_iso("2026-11-24T19:00:00Z")
    assert evaluation.evaluate(settings, evening - HOUR_MS) == evening
    evaluation.evaluate(settings, evening)
    assert told()[-1] == ("pager", "firing")


def test_a_broken_channel_is_told_of_by_others_also_when_its_route_names_it_alone(
    settings: Settings, routed: Say
) -> None:
    routed([{"channels": ["ops"]}])
    fire(settings)
    claimed = one_by_one.claim("ops", NOW)
    assert claimed
    one_by_one.failed(*claimed, "no_service", NOW, permanent=True)
    dead_letters.report(settings, NOW)
    about = Alert.get(Alert.type == "delivery_failed")
    rows = Notification.select().where(Notification.alert_id == about.id)
    assert {row.channel for row in rows} == {"pager", "boss"}


def test_it_explains_by_which_step_and_when(settings: Settings, routed: Say) -> None:
    routed([{**LADDER[0], "name": "on call"}])
    found = why.explain(settings, fire(settings), NOW + MINUTE_MS)
    ops, pager, boss = (found["channels"][name] for name in ("ops", "pager", "boss"))
    assert ops["told"][0]["route"] == "route 1 (on call), step 1"
    assert ops["now"]["nextStepAt"] == iso(NOW + 30 * MINUTE_MS)
    assert pager["now"] == {
        "held": True, "until": iso(NOW + 10 * MINUTE_MS), "route": "route 1 (on call), step 2", "nextStepAt": None,
        "reason": "route 1 (on call), step 2 tells it when nobody acknowledges within 10 minutes",
    }  # fmt: skip
    assert boss["now"]["route"] == "route 1 (on call), step 3"
    assert why.sentences(found)[2].startswith("ops: now held back: repeat interval")
    assert (
        "ops: firing critical at 2026-11-24T12:00:00.000Z, pending (route 1 (on call), step 1)"
        in why.sentences(found)
    )
