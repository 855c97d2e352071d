"""Stored rules over the real store: read, judged, and told of."""

from pathlib import Path
from typing import Any

import pytest

from gamepilot_mon import db, evaluation, rollups, rule_spec, stored_rules
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gamepilot_mon.models import Alert, Event, Notification, RuleVersion, StoredRule
from gamepilot_mon.rule_spec import Refused
from gamepilot_mon.settings import Settings

NOW = 1_790_000_000_000


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env(
        {
            "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/mon.db",
            "SLACK_ENABLED": "true",
            "SLACK_WEBHOOK_URL": "http://127.0.0.1:9/hook",
        },
        dotenv=None,
    )


def put(name: str, **document: Any) -> None:
    with db.write():
        stored_rules.put(name, rule_spec.parse(document), "ada", NOW)


def report(name: str, *values: float, at: int = NOW, **labels: str) -> None:
    with db.write():
        for value in values:
            Event.create(
                kind="metric", name=name, value=value, data={"labels": labels}, at=at, received_at=at
            )


def operations(count: int, *, failed: int = 0, name: str = "payment", at: int = NOW, ms: float = 50) -> None:
    with db.write():
        for number in range(count):
            Event.create(kind="operation", name=name, value=ms, ok=number >= failed, at=at, received_at=at)


def evaluate(settings: Settings, now: int) -> int | None:
    with db.write():
        while rollups.fold(settings.slow_ms, now):
            pass
    return evaluation.evaluate(settings, now)


def opened(type_: str) -> dict[str, tuple[str, str]]:
    return {
        ",".join(f"{k}={v}" for k, v in alert.labels.items()): (alert.status, alert.severity)
        for alert in Alert.open()
        if alert.type == type_
    }


def told(type_: str) -> list[str]:
    return [
        row.change for row in Notification.select().order_by(Notification.id) if row.body["type"] == type_
    ]


def test_it_fires_and_ends_by_the_metric_of_a_rule(store: Path, settings: Settings) -> None:
    put("depth", metric="depth", statistic="max", warning=100, critical=500, labels={"team": "mail"})
    report("depth", 40, 120)
    evaluate(settings, NOW)
    assert opened("depth") == {"team=mail": ("firing", "warning")}
    report("depth", 900, at=NOW + 1000)
    evaluate(settings, NOW + 1000)
    assert opened("depth") == {"team=mail": ("firing", "critical")}
    report("depth", 3, at=NOW + 6 * MINUTE_MS)
    evaluate(settings, NOW + 6 * MINUTE_MS)
    assert opened("depth") == {} and told("depth") == ["firing", "escalated", "resolved"]


def test_it_has_one_alert_for_each_combination(store: Path, settings: Settings) -> None:
    put("depth", metric="depth", statistic="last", warning=100, by=["queue"], matchers=["zone=~eu.*"])
    report("depth", 500, queue="mail", zone="eu-1")
    report("depth", 500, queue="push", zone="eu-2")
    report("depth", 500, queue="push", zone="us-1")
    report("depth", 5, queue="sms", zone="eu-1")
    evaluate(settings, NOW)
    assert set(opened("depth")) == {"queue=mail", "queue=push"}


def test_it_takes_the_sum_of_all_series_without_matchers(store: Path, settings: Settings) -> None:
    put("load", metric="operation_duration_ms", statistic="count", warning=30)
    put("jobs", metric="jobs", statistic="sum", warning=30)
    operations(15, name="a")
    operations(16, name="b")
    report("jobs", 15)
    report("jobs", 16, kind="b")
    evaluate(settings, NOW)
    assert [alert.value for alert in Alert.open() if alert.type in ("load", "jobs")] == [31, 31]


def test_it_measures_one_operation(store: Path, settings: Settings) -> None:
    put(
        "payment-errors", metric="operation_failures", statistic="ratio", per="operation_duration_ms",
        matchers=["operation=payment"], critical=0.5, minSamples=10,
    )  # fmt: skip
    operations(10, failed=10, name="other")
    operations(10, failed=5)
    evaluate(settings, NOW)
    assert opened("payment-errors") == {}
    operations(10, failed=6)
    evaluate(settings, NOW)
    [alert] = [alert for alert in Alert.open() if alert.type == "payment-errors"]
    assert alert.metadata == {"reason": "breached", "windowMs": 300_000, "threshold": 0.5, "samples": 20}
    assert "11 failed in 20 operations" in alert.message


def test_it_waits_for_its_for_over_a_restart(store: Path, settings: Settings) -> None:
    put("depth", metric="depth", statistic="max", warning=100, **{"for": "5m"}, window="10m")
    report("depth", 500)
    assert evaluate(settings, NOW) == NOW + 5 * MINUTE_MS
    assert opened("depth") == {"": ("pending", "warning")} and told("depth") == []
    db.open_database(settings.database_url)
    evaluate(settings, NOW + 5 * MINUTE_MS - 1)
    assert opened("depth") == {"": ("pending", "warning")}
    evaluate(settings, NOW + 5 * MINUTE_MS)
    assert opened("depth") == {"": ("firing", "warning")} and told("depth") == ["firing"]
    [alert] = Alert.open()
    assert alert.metadata["reason"] == "breached for 5m" and alert.started_at == NOW


def test_it_ends_only_when_it_is_clear_for_long_enough(store: Path, settings: Settings) -> None:
    put("depth", metric="depth", statistic="last", warning=100, clear=50, clearFor="1m")
    for second, value in ((0, 500), (10, 80), (20, 40), (50, 80), (60, 40)):
        report("depth", value, at=NOW + second * 1000)
        evaluate(settings, NOW + second * 1000)
        assert opened("depth") == {"": ("firing", "warning")}
    assert evaluate(settings, NOW + 61_000) == NOW + 120_000
    evaluate(settings, NOW + 120_000)
    assert opened("depth") == {} and told("depth") == ["firing", "resolved"]


@pytest.mark.parametrize("mode", ["ignore", "keep"])
def test_a_silent_target_ends_its_alert_unless_it_is_kept(store: Path, settings: Settings, mode: str) -> None:
    put("depth", metric="depth", statistic="max", warning=100, by=["queue"], noData=mode)
    report("depth", 500, queue="mail")
    evaluate(settings, NOW)
    evaluate(settings, NOW + 10 * MINUTE_MS)
    assert opened("depth") == ({"queue=mail": ("firing", "warning")} if mode == "keep" else {})


def test_without_targets_no_data_changes_nothing(store: Path, settings: Settings) -> None:
    put("depth", metric="depth", statistic="max", warning=100)
    evaluate(settings, NOW)
    assert opened("depth") == {}
    report("depth", 500)
    evaluate(settings, NOW)
    evaluate(settings, NOW + DAY_MS)
    assert opened("depth") == {"": ("firing", "warning")}


def test_absence_fires_where_it_is_asked_for(store: Path, settings: Settings) -> None:
    put("backup", metric="backup_size", statistic="last", operator="<", critical=10, noData="alert")
    evaluate(settings, NOW)
    assert opened("backup") == {"": ("firing", "critical")}
    report("backup_size", 50, at=NOW + 1000)
    evaluate(settings, NOW + 1000)
    assert opened("backup") == {}


def test_a_target_that_fell_silent_is_missed_for_a_day(store: Path, settings: Settings) -> None:
    put("backup", metric="backup_size", statistic="last", warning=1e9, by=["host"], noData="alert")
    report("backup_size", 50, host="a")
    report("backup_size", 50, host="b")
    evaluate(settings, NOW)
    report("backup_size", 50, at=NOW + 10 * MINUTE_MS, host="b")
    evaluate(settings, NOW + 10 * MINUTE_MS)
    assert opened("backup") == {"host=a": ("firing", "warning")}
    evaluate(settings, NOW + DAY_MS + 2 * HOUR_MS)
    assert opened("backup") == {}


def test_it_burns_an_error_budget(store: Path, settings: Settings) -> None:
    put("slo", kind="burn_rate", objective=0.99, matchers=["operation=payment"])
    for hour in range(1, 72):
        operations(10, at=NOW - hour * HOUR_MS)
    evaluate(settings, NOW)
    assert opened("slo") == {}
    operations(20, failed=5, at=NOW)
    evaluate(settings, NOW)
    assert opened("slo") == {"": ("firing", "critical")}
    [alert] = [alert for alert in Alert.open() if alert.type == "slo"]
    assert alert.metadata["windowMs"] == HOUR_MS and alert.metadata["threshold"] == 14.4
    operations(2000, at=NOW + 6 * MINUTE_MS)
    evaluate(settings, NOW + 6 * MINUTE_MS)
    assert opened("slo") == {}


def test_the_window_of_three_days_sees_its_first_hour(store: Path, settings: Settings) -> None:
    put("slo", kind="burn_rate", objective=0.5, windows=[
        {"long": "3d", "short": "2d12h", "factor": 1, "severity": "warning"},
    ])  # fmt: skip
    operations(10, failed=10, at=NOW - 3 * DAY_MS + MINUTE_MS)
    operations(10, failed=6, at=NOW - 2 * DAY_MS)
    evaluate(settings, NOW)
    assert [alert.value for alert in Alert.open() if alert.type == "slo"] == [1.6]


def test_a_rule_that_is_switched_off_or_removed_ends_its_alerts(store: Path, settings: Settings) -> None:
    deep = {"metric": "depth", "statistic": "max", "warning": 100}
    put("depth", **deep)
    report("depth", 500)
    evaluate(settings, NOW)
    put("depth", **deep, enabled=False)
    evaluate(settings, NOW + 1)
    assert opened("depth") == {} and told("depth") == ["firing", "resolved"]
    put("depth", **deep)
    evaluate(settings, NOW + 6 * MINUTE_MS - 1000)
    with db.write():
        assert stored_rules.remove("depth", "ada", NOW) and not stored_rules.remove("depth", "ada", NOW)
    evaluate(settings, NOW + 6 * MINUTE_MS)
    assert opened("depth") == {}


def test_other_labels_do_not_make_it_another_alert(store: Path, settings: Settings) -> None:
    deep = {"metric": "depth", "statistic": "max", "warning": 100}
    put("depth", **deep, labels={"team": "a"})
    report("depth", 500)
    evaluate(settings, NOW)
    put("depth", **deep, critical=200, labels={"team": "b"})
    evaluate(settings, NOW + 1)
    assert opened("depth") == {"team=b": ("firing", "critical")} and told("depth") == ["firing", "escalated"]


def test_it_keeps_who_changed_what(store: Path) -> None:
    put("depth", metric="depth", statistic="max", warning=100)
    put("depth", metric="depth", statistic="max", warning=100)
    put("depth", metric="depth", statistic="max", warning=200)
    with db.write():
        stored_rules.remove("depth", "grace", NOW)
    said = [(row.author, (row.old or {}).get("warning"), (row.new or {}).get("warning"))
            for row in RuleVersion.select().order_by(RuleVersion.id)]  # fmt: skip
    assert said == [("ada", None, 100), ("ada", 100, 200), ("grace", 200, None)]


@pytest.mark.parametrize("name", ["error_rate", "system_down", "", "Depth", "a b", "a--b", "-a", "x" * 81])
def test_it_refuses_names_that_are_taken_or_no_names(store: Path, name: str) -> None:
    with pytest.raises(Refused, match="/name"):
        put(name, metric="depth", statistic="max", warning=100)


def test_a_rule_of_another_release_does_not_stop_the_others(
    store: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    put("depth", metric="depth", statistic="max", warning=100)
    put("other", metric="depth", statistic="max", warning=100)
    with db.write():
        StoredRule.update(spec={"kind": "spell"}).where(StoredRule.name == "other").execute()
    report("depth", 500)
    evaluate(settings, NOW)
    assert opened("depth") == {"": ("firing", "warning")} and opened("other") == {}
    assert "the stored rule other is not judged" in caplog.text


def test_it_puts_a_rule_back_as_it_was(store: Path) -> None:
    put("depth", metric="depth", statistic="max", warning=100)
    put("depth", metric="depth", statistic="max", warning=7)
    [now, before] = RuleVersion.of("depth", 2)
    with db.write():
        stored_rules.remove("depth", "ada", NOW)
        restored = stored_rules.restore("depth", before.id, "bob", NOW + 1)
    assert restored.spec["warning"] == 100 and now.new["warning"] == 7
    assert (RuleVersion.of("depth", 1)[0].author, restored.version) == ("bob", RuleVersion.newest_id())


def test_it_restores_no_version_that_is_none(store: Path) -> None:
    put("depth", metric="depth", statistic="max", warning=100)
    put("other", metric="depth", statistic="max", warning=100)
    with db.write():
        stored_rules.remove("depth", "ada", NOW)
    [removed, _] = RuleVersion.of("depth", 2)
    with db.write(), pytest.raises(stored_rules.Gone):
        stored_rules.restore("depth", removed.id, "ada", NOW)
    with db.write(), pytest.raises(KeyError):
        stored_rules.restore("other", removed.id, "ada", NOW)
