"""Which alerts are one incident, and what is said of it, on a real store with moments passed in."""

from pathlib import Path

import pytest

from gamepilot_mon import (
    alerts,
    contents,
    db,
    evaluation,
    feed,
    incident_report,
    incident_view,
    incidents,
    response,
    retention,
)
from gamepilot_mon.channels import wording
from gamepilot_mon.custom_alert import CustomAlert, raise_alert
from gamepilot_mon.models import (
    Alert,
    Check,
    ConfigVersion,
    Event,
    Incident,
    IncidentNote,
    Note,
    Notification,
    Release,
)
from gamepilot_mon.settings import Settings

NOW = 1_790_000_000_000
MINUTE = 60_000
GAP = 10 * MINUTE


@pytest.fixture(autouse=True)
def _store(store: Path) -> None:
    """Every test here needs one."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env(
        {
            "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/state/mon.db", "SLACK_ENABLED": "true",
            "SLACK_WEBHOOK_URL": "https://hooks.example/services/x",
        },
        dotenv=None,
    )  # fmt: skip


def fire(settings: Settings, text: str, severity: str = "warning", *, at: int = NOW, **labels: str) -> Alert:
    wanted = CustomAlert(type="drill", severity=severity, message=text, labels=labels)  # type: ignore[arg-type]
    with db.write():
        return raise_alert(settings, wanted, at)


def end(alert: Alert, at: int) -> None:
    with db.write():
        alerts.close(Alert.get_by_id(alert.id), at)


def shown(incident_id: int | None, now: int) -> dict[str, object]:
    found = incident_report.detail(int(incident_id or 0), GAP, now)
    assert found
    return found


def test_alerts_that_fire_soon_after_each_other_are_one_incident(settings: Settings) -> None:
    first = fire(settings, "a")
    second = fire(settings, "b", at=NOW + 9 * MINUTE)
    third = fire(settings, "c", at=NOW + 18 * MINUTE)
    late = fire(settings, "d", at=NOW + 28 * MINUTE)
    assert first.incident_id == second.incident_id == third.incident_id != late.incident_id
    assert Incident.get_by_id(first.incident_id).alerts == 3


def test_it_is_named_after_the_worst_alert_and_of_several_the_first(settings: Settings) -> None:
    row = fire(settings, "slow")
    fire(settings, "down", "critical")
    fire(settings, "down too", "critical")
    incident = Incident.get_by_id(row.incident_id)
    assert (incident.title, incident.severity) == ("down", "critical")


def test_it_takes_the_name_of_one_that_got_worse(settings: Settings) -> None:
    row = fire(settings, "slow", name="a")
    fire(settings, "slower", "critical", at=NOW + MINUTE, name="a")
    incident = Incident.get_by_id(row.incident_id)
    assert (incident.title, incident.severity, incident.alerts) == ("slower", "critical", 1)
    assert incident.changed_at == NOW + MINUTE


def test_it_ends_with_the_last_alert_reopens_within_the_gap_and_is_closed_after_it(
    settings: Settings,
) -> None:
    first, second = fire(settings, "a"), fire(settings, "b")
    end(first, NOW + MINUTE)
    assert shown(first.incident_id, NOW + MINUTE)["status"] == "firing"
    end(second, NOW + 2 * MINUTE)
    assert shown(first.incident_id, NOW + 3 * MINUTE)["status"] == "ended"
    third = fire(settings, "c", at=NOW + 11 * MINUTE)
    assert third.incident_id == first.incident_id
    assert shown(first.incident_id, NOW + 11 * MINUTE)["status"] == "firing"
    end(third, NOW + 12 * MINUTE)
    assert shown(first.incident_id, NOW + 22 * MINUTE)["status"] == "closed"
    assert fire(settings, "d", at=NOW + 22 * MINUTE).incident_id != first.incident_id


def test_a_new_value_is_no_change_that_keeps_it_together(settings: Settings) -> None:
    row = fire(settings, "a", name="a")
    fire(settings, "a again", at=NOW + 9 * MINUTE, name="a")
    assert Incident.get_by_id(row.incident_id).changed_at == NOW
    assert fire(settings, "b", at=NOW + 11 * MINUTE).incident_id != row.incident_id


def test_a_check_joins_the_incident_of_the_one_it_depends_on(settings: Settings) -> None:
    router = check("router")
    api = check("API", router)
    check("shop", api)
    evaluation.evaluate(settings, NOW)
    Check.update(state="down", failures=2).where(Check.name == "router").execute()
    evaluation.evaluate(settings, NOW)
    other = fire(settings, "unrelated", at=NOW + 30 * MINUTE)
    Check.update(state="down", failures=2).where(Check.name == "shop").execute()
    evaluation.evaluate(settings, NOW + 31 * MINUTE)
    by_check = {row.labels["check"]: row.incident_id for row in Alert.select() if "check" in row.labels}
    assert by_check["shop"] == by_check["router"] != other.incident_id


def check(name: str, behind: Check | None = None) -> Check:
    return Check.create(
        name=name, kind="http", spec={}, interval_ms=30_000, origin="user", created_at=NOW, state="up",
        depends_on=behind.id if behind else None,
    )  # fmt: skip


def test_a_pending_alert_belongs_to_none(settings: Settings) -> None:
    row = check("router")
    Check.update(state="down", failures=1).where(Check.id == row.id).execute()
    evaluation.evaluate(settings, NOW)
    assert Alert.get().incident_id is None and Incident.select().count() == 0
    Check.update(failures=2).where(Check.id == row.id).execute()
    evaluation.evaluate(settings, NOW + 1000)
    assert Alert.get().incident_id == Incident.get().id


def test_the_feed_and_the_api_carry_it(settings: Settings) -> None:
    row = fire(settings, "a")
    item = feed.latest("alert:new")
    assert item and f'"incidentId":{row.incident_id}' in item.data


def test_a_message_says_that_there_are_others(settings: Settings) -> None:
    first = fire(settings, "a")
    notification = Notification.get(Notification.alert_id == first.id)
    assert wording.notes(contents.message(notification, NOW)) == []
    fire(settings, "b")
    assert wording.notes(contents.message(notification, NOW)) == [
        f"Part of incident #{first.incident_id}, with 1 other alert."
    ]
    end(fire(settings, "c"), NOW + 1)
    fire(settings, "d")
    assert "with 2 other alerts" in wording.notes(contents.message(notification, NOW))[0]


def test_one_acknowledgement_is_for_all_that_is_open(settings: Settings) -> None:
    first, second, third = (fire(settings, text) for text in "abc")
    end(third, NOW + 1)
    with db.write():
        assert response.acknowledge(int(first.incident_id), "ada", "mine", None, NOW + MINUTE) == 2
        assert response.acknowledge(int(first.incident_id), "ada", "mine", None, NOW + MINUTE) == 0
    assert [row.id for row in Alert.open()] == [first.id, second.id]
    assert {row.status for row in Alert.open()} == {"acknowledged"}
    assert shown(first.incident_id, NOW + MINUTE)["status"] == "acknowledged"
    fire(settings, "new", at=NOW + 2 * MINUTE)
    assert shown(first.incident_id, NOW + 2 * MINUTE)["status"] == "firing"
    with db.write():
        assert response.acknowledge(99, "ada", None, None, NOW) is None


def test_its_timeline_has_alerts_acknowledgements_notes_and_deploys(settings: Settings) -> None:
    Event.create(kind="deploy", name="2.4.1", at=NOW - 5 * MINUTE, received_at=NOW - 5 * MINUTE)
    Event.create(kind="deploy", name="2.4.0", at=NOW - 90 * MINUTE, received_at=NOW - 90 * MINUTE)
    first, second = fire(settings, "a"), fire(settings, "b", at=NOW + 1)
    with db.write():
        response.acknowledge(int(first.incident_id), "ada", "mine", None, NOW + 2)
        Note.create(alert_id=second.id, at=NOW + 3, author="bob", text="it was the index")
        response.note(int(first.incident_id), "ada", "rolled back", NOW + 4)
    end(first, NOW + 5)
    timeline = shown(first.incident_id, NOW + 6)["timeline"]
    assert [(entry["kind"], entry["text"], entry["author"]) for entry in timeline] == [  # type: ignore[attr-defined]
        ("deploy", "2.4.1", None), ("fired", "a", None), ("fired", "b", None), ("acknowledged", "mine", "ada"),
        ("note", "it was the index", "bob"), ("note", "rolled back", "ada"), ("ended", "a", None),
    ]  # fmt: skip


def test_its_timeline_says_once_that_it_got_worse(settings: Settings) -> None:
    row = fire(settings, "slow", "info", name="a")
    fire(settings, "slower", at=NOW + 1, name="a")
    fire(settings, "down", "critical", at=NOW + 2, name="a")
    with db.write():
        first = Notification.get(Notification.change == "escalated")
        told = {
            name: getattr(first, name) for name in ("alert_id", "fingerprint", "change", "severity", "body")
        }
        Notification.create(uid="other", channel="email", created_at=NOW + 2, due_at=NOW + 2, **told)
    timeline = shown(row.incident_id, NOW + 3)["timeline"]
    assert [(entry["at"][-4:], entry["kind"], entry["text"]) for entry in timeline] == [  # type: ignore[attr-defined]
        ("000Z", "fired", "down"), ("001Z", "worse", "slower"), ("002Z", "worse", "down"),
    ]  # fmt: skip


def test_its_timeline_has_what_was_configured_and_deploys_whose_event_has_gone(settings: Settings) -> None:
    row = fire(settings, "a")
    diff = [{"pointer": "/errorRate/warning", "old": 0.02, "new": 0.03}]
    ConfigVersion.create(created_at=NOW - MINUTE, author="ada", override={}, diff=diff)
    ConfigVersion.create(created_at=NOW - 61 * MINUTE, author="bob", override={}, diff=diff)
    Release.create(event_id=7, at=NOW - 2 * MINUTE, version="2.4.1")
    timeline = shown(row.incident_id, NOW + 1)["timeline"]
    assert [(entry["kind"], entry["text"], entry["author"]) for entry in timeline] == [  # type: ignore[attr-defined]
        ("deploy", "2.4.1", None), ("config", "errorRate/warning", "ada"), ("fired", "a", None),
    ]  # fmt: skip


def test_its_page_opens_with_few_questions_however_many_alerts_it_has(settings: Settings) -> None:
    with db.write():
        Incident.create(title="storm", severity="warning", alerts=3_000, started_at=NOW, changed_at=NOW)
        for start in range(0, 3_000, 500):
            Alert.insert_many([_row(number) for number in range(start, start + 500)]).execute()
    asked: list[str] = []
    db.database.connection().set_trace_callback(asked.append)
    found = incident_view.of(1, GAP, NOW + 1)
    db.database.connection().set_trace_callback(None)
    assert found and (len(found["alerts"]), found["more_alerts"]) == (100, 2_900)
    assert (len(found["timeline"]), found["timelineLeftOut"]) == (500, 2_500)
    assert len(asked) < 30


def test_incidents_are_forgotten_with_their_alerts(settings: Settings) -> None:
    row = fire(settings, "a")
    with db.write():
        response.note(int(row.incident_id), "ada", "x", NOW)
    end(row, NOW + 1)
    later = NOW + settings.history_ms + MINUTE
    for _ in range(2):
        with db.write():
            retention.prune(settings, later)
    assert (Alert.select().count(), Incident.select().count(), IncidentNote.select().count()) == (0, 0, 0)


def test_joining_and_leaving_look_at_no_whole_table(settings: Settings) -> None:
    with db.write():
        Incident.create(title="storm", severity="warning", alerts=10_000, started_at=NOW, changed_at=NOW)
        rows = [_row(number) for number in range(10_000)]
        for start in range(0, len(rows), 500):
            Alert.insert_many(rows[start : start + 500]).execute()
    asked: list[str] = []
    with db.write():
        alert = Alert.get()
        db.database.connection().set_trace_callback(asked.append)
        incidents.left(alert, NOW)
        incidents.join(Alert(type="drill", severity="warning", message="x", labels={}), GAP, NOW)
        incidents.others(alert)
        db.database.connection().set_trace_callback(None)
    plans = [
        step[3] for sql in asked for step in db.database.execute_sql(f"EXPLAIN QUERY PLAN {sql}").fetchall()
    ]
    assert plans
    assert [step for step in plans if step.startswith("SCAN")] == []


def _row(number: int) -> dict[str, object]:
    return {
        "fingerprint": str(number), "origin": "custom", "type": "drill", "severity": "warning", "status": "firing",
        "message": "x", "labels": {}, "metadata": {}, "started_at": NOW, "fired_at": NOW, "changed_at": NOW,
        "incident_id": 1,
    }  # fmt: skip
