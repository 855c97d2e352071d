from pathlib import Path
from typing import Any

from gamepilot_mon import db, explanation, explanation_text, retention, rollups, runtime_config, why
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS, iso
from gamepilot_mon.explanation import AROUND_MS
from gamepilot_mon.models import Alert, Event, Explanation, Note
from gamepilot_mon.settings import Settings
from tests.histories import NOW, past


def report(kind: str, at: int, **columns: Any) -> None:
    with db.write():
        Event.create(kind=kind, at=at, received_at=at, **columns)


def explain(now: int) -> list[int]:
    """One run of the job, as the ids that it wrote."""
    wanting = explanation.wanting(now, 10)
    for alert in wanting:
        found = explanation.explain(alert, now)
        with db.write():
            explanation.keep(alert, found, now)
    return [alert.id for alert in wanting]


def known(alert: Alert) -> dict[str, Any]:
    found = explanation.of_alert(alert.id)
    assert found is not None
    return found


def test_it_keeps_what_came_before_and_later_what_followed(store: Path) -> None:
    alert = past(NOW, None, metadata={"windowMs": 300_000, "samples": 120})
    for at, version in (
        (NOW - 11 * MINUTE_MS, "1.0"),
        (NOW - 2 * MINUTE_MS, "1.1"),
        (NOW + MINUTE_MS, "1.2"),
    ):
        report("deploy", at, name=version)
    assert explain(NOW + 500) == [alert.id]
    assert [deploy["version"] for deploy in known(alert)["deploys"]] == ["1.1"]
    assert known(alert)["measured"] == {
        "at": iso(NOW), "severity": "critical", "message": "High error rate: 12 %", "value": 0.12,
        "threshold": 0.05, "windowMs": 300_000, "samples": 120,
    }  # fmt: skip
    assert explain(NOW + 1000) == []
    assert explanation.next_due(NOW + 1000) == NOW + AROUND_MS

    Alert.update(value=0.4).execute()
    assert explain(NOW + AROUND_MS) == [alert.id]
    assert [deploy["version"] for deploy in known(alert)["deploys"]] == ["1.2", "1.1"]
    assert known(alert)["measured"]["value"] == 0.12
    assert explain(NOW + AROUND_MS) == [] and explanation.next_due(NOW + AROUND_MS) is None


def test_it_explains_nothing_that_did_not_fire_lately(store: Path) -> None:
    past(NOW - 1, None, fired_at=None)
    past(NOW - 2 * DAY_MS, None)
    assert explain(NOW) == []


def test_it_names_who_changed_the_configuration(store: Path, settings: Settings) -> None:
    alert = past(NOW, None)
    with db.write():
        runtime_config.change(
            settings, {"thresholds": {"errorRate": {"critical": 0.04}}}, "ada", NOW - MINUTE_MS
        )
    explain(NOW)
    [change] = known(alert)["configChanges"]
    assert change["author"] == "ada" and change["diff"][0]["pointer"].endswith("/errorRate/critical")


def test_it_names_the_alerts_around_it(store: Path) -> None:
    standing = past(NOW - HOUR_MS, None, type="system_down")
    past(NOW - HOUR_MS + 1, MINUTE_MS)
    beside = past(NOW - MINUTE_MS, 1000)
    past(NOW - MINUTE_MS + 1, 1000, fired_at=None)
    alert = past(NOW, None)
    assert [other["id"] for other in explanation.explain(alert, NOW)["otherAlerts"]] == [
        beside.id,
        standing.id,
    ]


def test_it_counts_the_errors_and_the_operations_that_failed(store: Path) -> None:
    alert = past(NOW, None)
    for number in range(5):
        report(
            "error", NOW - number, name="payment", data={"error": "card declined" if number else "timeout"}
        )
    report("error", NOW - 11 * MINUTE_MS, name="payment", data={"error": "long ago"})
    for number in range(10):
        report("operation", NOW - 1000, name="payment", value=900.0, ok=number > 3)
        report("operation", NOW - 1000, name="search", value=50.0, ok=True)
    with db.write():
        rollups.fold(1000, NOW)
    found = explanation.explain(alert, NOW)
    assert [(e["error"], e["count"]) for e in found["errors"]] == [("card declined", 4), ("timeout", 1)]
    assert [(o["operation"], o["count"], o["failures"]) for o in found["operations"]] == [
        ("payment", 10, 4), ("search", 10, 0)
    ]  # fmt: skip
    assert found["operations"][0]["meanMs"] == 900 and 880 < found["operations"][0]["p95Ms"] < 920


def test_it_tells_what_ended_it_the_last_times(store: Path) -> None:
    for days in range(7, 0, -1):
        past(NOW - days * DAY_MS, days * MINUTE_MS, fingerprint="same")
    owned = past(
        NOW - HOUR_MS,
        HOUR_MS // 2,
        fingerprint="same",
        acknowledged_by="ada",
        acknowledged_reason="pool full",
    )
    with db.write():
        Note.create(alert_id=owned.id, at=NOW, author="ada", text="restarted the pool")
    found = explanation.past(past(NOW, None, fingerprint="same"))
    assert found["count"] == 8 and len(found["last"]) == 5
    assert (found["last"][0]["acknowledgedBy"], found["last"][0]["durationMs"]) == ("ada", HOUR_MS // 2)
    assert found["last"][0]["notes"][0]["text"] == "restarted the pool"


def test_why_prints_it(store: Path, settings: Settings) -> None:
    past(NOW - HOUR_MS, 90_000, fingerprint="same", acknowledged_by="ada", acknowledged_reason="pool full")
    alert = past(NOW, None, fingerprint="same")
    report("deploy", NOW - 2 * MINUTE_MS, name="1.1")
    report("error", NOW + 1000, name="payment", data={"error": "card declined"})
    explain(NOW + 2000)
    lines = why.sentences(why.explain(settings, alert, NOW + 2000))
    assert "deploy 1.1, 2m before it fired" in lines
    assert "error once in payment: card declined" in lines
    assert f"  alert 1 at {iso(NOW - HOUR_MS)} for 1m30s, acknowledged by ada (pool full)" in lines


def test_a_first_time_is_called_one(store: Path) -> None:
    found = explanation.explain(past(NOW, None), NOW)
    assert explanation_text.sentences(found) == ["it never fired before in what is kept"]


def test_it_is_kept_as_long_as_its_alert(store: Path, settings: Settings) -> None:
    alert = past(NOW, 1000)
    explain(NOW)
    for now, left in ((NOW + 31 * DAY_MS, 1), (NOW + 31 * DAY_MS, 0)):
        with db.write():
            deleted = retention.prune(settings, now)
        assert deleted["alerts"] == left or Explanation.get_or_none(Explanation.alert_id == alert.id) is None
    assert Explanation.select().count() == 0


def test_it_stays_bounded_in_a_storm_of_errors(store: Path) -> None:
    alert = past(NOW, None)
    with db.write():
        Event.insert_many(
            {
                "kind": "error",
                "at": NOW - n,
                "received_at": NOW,
                "name": "payment",
                "data": {"error": f"x{n}"},
            }
            for n in range(explanation.SAMPLE + 500)
        ).execute()
    found = explanation.errors(explanation.Span(NOW - AROUND_MS, NOW + 1))
    assert len(found) == explanation.TOP and alert.id
