from pathlib import Path
from typing import Any

import pytest

from gamepilot_mon import (
    alerts,
    db,
    evaluation,
    rollups,
    rule_spec,
    runtime_config,
    silences,
    stored_rules,
    why_not,
)
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from gamepilot_mon.models import Alert, Check, Event, Observation
from gamepilot_mon.mutes import Matcher
from gamepilot_mon.rollups import FINE, FIVE, HOUR, MINUTE, past_spans
from gamepilot_mon.settings import Settings
from tests.histories import NOW, past, told

AT = NOW - 4 * HOUR_MS  # on a minute


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    environ = {
        "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/mon.db",
        "SLACK_ENABLED": "true", "SLACK_WEBHOOK_URL": "http://127.0.0.1:9/hook",
    }  # fmt: skip
    return Settings.from_env(environ, dotenv=None)


def operations(count: int, at: int, failed: int = 0, ms: float = 50.0) -> None:
    with db.write():
        Event.insert_many(
            {
                "kind": "operation",
                "at": at,
                "received_at": at,
                "name": "search",
                "value": ms,
                "ok": n >= failed,
            }
            for n in range(count)
        ).execute()
        while rollups.fold(1000, at):
            pass


def asked(
    settings: Settings, type_: str = "error_rate", at: int = AT, label: str | None = None
) -> dict[str, Any]:
    [target] = why_not.explain(settings, type_, at, NOW, label)["targets"]
    found: dict[str, Any] = target
    return found


def test_it_names_the_clause_that_had_too_few_samples(store: Path, settings: Settings) -> None:
    operations(8, AT - MINUTE_MS, failed=8)
    found = asked(settings)
    assert found["outcome"] == "no-data"
    assert [(c["windowMs"], c["samples"]) for c in found["clauses"]] == [(5 * MINUTE_MS, 8), (DAY_MS, 8)]
    assert "8 of at least 10 samples in the last 5m" in found["because"][0]
    assert "no alert was open" in found["because"]


def test_it_names_the_value_against_the_threshold(store: Path, settings: Settings) -> None:
    operations(100, AT - MINUTE_MS, failed=1)
    found = asked(settings)
    assert (found["outcome"], found["clauses"][0]["value"]) == ("healthy", 0.01)
    assert "1 % in the last 5m, not above the warning threshold of 2 %" in found["because"][0]
    slow = asked(settings, "response_time")["because"][0]
    assert "50 ms in the last 5m, not above the warning threshold of 1.00 s" in slow
    success = asked(settings, "success_rate")["because"][0]
    assert "99 % in the last 5m, not below the warning threshold of 95 %" in success


def test_it_looks_at_what_came_before_only(store: Path, settings: Settings) -> None:
    operations(100, AT - 6 * MINUTE_MS)
    operations(100, AT - MINUTE_MS, failed=50)
    operations(100, AT + MINUTE_MS, failed=100)
    operations(100, AT - 25 * HOUR_MS, failed=100)
    fast, slow = asked(settings)["clauses"]
    assert (fast["samples"], fast["value"]) == (100, 0.5)
    assert (slow["samples"], slow["value"]) == (200, 0.25)


def test_it_judges_by_the_configuration_of_that_moment(store: Path, settings: Settings) -> None:
    operations(100, AT - MINUTE_MS, failed=3)
    with db.write():
        runtime_config.change(settings, {"thresholds": {"errorRate": {"warning": 0.01}}}, "ada", AT + 1)
    before = why_not.explain(settings, "error_rate", AT, NOW)
    after = why_not.explain(settings, "error_rate", AT + MINUTE_MS, NOW)
    assert (before["configVersion"], before["rule"]["warning"]) == (0, 0.02)
    assert (after["configVersion"], after["rule"]["warning"]) == (1, 0.01)


def test_it_agrees_with_what_was_judged_in_life(store: Path, settings: Settings) -> None:
    """Minute by minute, an alert is open exactly while the rule is seen as broken."""
    for minute in range(20):
        at = AT + minute * MINUTE_MS
        operations(50, at - 1, failed=25 if minute == 6 else 0)
        evaluation.evaluate(settings.model_copy(update={"window_slow_ms": settings.window_fast_ms}), at)
    quick = settings.model_copy(update={"window_slow_ms": settings.window_fast_ms})
    for minute in range(20):
        at = AT + minute * MINUTE_MS
        found = asked(quick, at=at)
        assert (found["outcome"] == "breached") == (found["alert"] is not None), minute


def test_it_says_that_it_did_fire_and_when(store: Path, settings: Settings) -> None:
    operations(100, AT - MINUTE_MS, failed=50)
    mine = alerts.fingerprint("error_rate", {})
    alert = past(AT + 3 * SECOND_MS, HOUR_MS, fingerprint=mine)
    assert f"alert {alert.id} fired 3s later" in asked(settings)["because"]
    told(alert, AT + 3 * SECOND_MS)
    during = asked(settings, at=AT + MINUTE_MS)
    assert during["alert"] == {"id": alert.id, "status": "firing", "startedAt": "2026-11-24T08:00:03.000Z"}
    assert during["channels"] == {"slack": {"held": True, "reason": "repeat interval"}}


def test_it_names_the_cooldown_that_held_a_second_start(store: Path, settings: Settings) -> None:
    mine = alerts.fingerprint("error_rate", {})
    first = past(AT - 4 * MINUTE_MS, MINUTE_MS, fingerprint=mine)
    told(first, AT - 4 * MINUTE_MS)
    told(first, AT - 3 * MINUTE_MS, change="resolved")
    past(AT - MINUTE_MS, HOUR_MS, fingerprint=mine)
    assert asked(settings)["channels"] == {"slack": {"held": True, "reason": "cooldown"}}
    assert "slack: held back: cooldown" in asked(settings)["because"]


def test_it_names_who_had_acknowledged(store: Path, settings: Settings) -> None:
    alert = past(
        AT - HOUR_MS, 2 * HOUR_MS, fingerprint=alerts.fingerprint("error_rate", {}),
        acknowledged_at=AT - MINUTE_MS, acknowledged_by="ada",
    )  # fmt: skip
    told(alert, AT - HOUR_MS)
    found = asked(settings)
    assert found["alert"]["status"] == "acknowledged"
    assert any("acknowledged by ada; it had begun 1h before" in line for line in found["because"])
    assert found["channels"]["slack"] == {"held": True, "reason": "acknowledged"}
    assert asked(settings, at=AT - 2 * MINUTE_MS)["alert"]["status"] == "firing"


def test_it_names_the_silence_of_that_moment_and_not_of_now(store: Path, settings: Settings) -> None:
    matchers = [Matcher("type", "=", "error_rate")]
    with db.write():
        silences.add(matchers, AT - HOUR_MS, AT + HOUR_MS, "ada", "deploy", AT - HOUR_MS)
    assert asked(settings)["muted"]["by"] == "silence 1"
    assert "silence 1 would have held back every message: deploy (ada)" in asked(settings)["because"]
    assert asked(settings, at=AT + 2 * HOUR_MS)["muted"] is None
    past(AT - MINUTE_MS, HOUR_MS, fingerprint=alerts.fingerprint("error_rate", {}))
    assert asked(settings)["channels"]["slack"] == {"held": True, "reason": "silence 1: deploy (ada)"}


def test_it_names_the_flapping_of_that_moment(store: Path, settings: Settings) -> None:
    mine = alerts.fingerprint("error_rate", {})
    for number in range(6):
        past(AT - 20 * MINUTE_MS + number * 3 * MINUTE_MS, MINUTE_MS, fingerprint=mine)
    for number in range(6):
        past(AT + HOUR_MS + number * 3 * MINUTE_MS, MINUTE_MS, fingerprint=mine)
    assert asked(settings)["muted"]["by"] == "flapping"
    assert asked(settings, at=AT + HOUR_MS // 2)["muted"] is None


def check(name: str, **changes: Any) -> Check:
    values = {
        "name": name, "kind": "http", "spec": {}, "interval_ms": 30_000, "origin": "user", "alerting": True,
        "created_at": 0, "state": "up", "failures": 0, **changes,
    }  # fmt: skip
    with db.write():
        row: Check = Check.create(**values)
    return row


def observe(row: Check, at: int, state: str, error: str | None = None) -> None:
    with db.write():
        Observation.create(check_id=row.id, at=at, state=state, error=error)


def test_it_says_what_a_check_had_seen(store: Path, settings: Settings) -> None:
    api = check("API")
    observe(api, AT - 40_000, "up")
    observe(api, AT - 10_000, "down", "refused")
    observe(api, AT + 1_000, "down", "refused")
    found = asked(settings, "system_down", label="check=API")
    assert (found["outcome"], found["pending"]) == ("breached", True)
    assert "API was down 10s before: refused" in found["because"]
    assert any("second look" in line for line in found["because"])
    assert asked(settings, "system_down", at=AT + 2_000, label="API")["pending"] is False
    assert asked(settings, "system_down", at=AT - 20_000, label="API")["outcome"] == "healthy"


def test_a_failure_that_a_job_reported_itself_waited_for_nothing(store: Path, settings: Settings) -> None:
    nightly = check("nightly")
    with db.write():
        Observation.create(
            check_id=nightly.id, at=AT - 10_000, state="down", error="reported a failure",
            data={"signal": "fail", "failed_at": AT - 10_000},
        )  # fmt: skip
    assert asked(settings, "system_down", label="nightly")["pending"] is False


def test_it_says_that_a_check_stood_behind_its_parent(store: Path, settings: Settings) -> None:
    host = check("Host")
    api = check("API", depends_on=host.id)
    for row in (host, api):
        observe(row, AT - 2_000, "down"), observe(row, AT - 1_000, "down")
    for name in ("Host", "API"):
        labels = {"check": name}
        past(
            AT - 1_000, HOUR_MS, type="system_down", labels=labels,
            fingerprint=alerts.fingerprint("system_down", labels),
        )  # fmt: skip
    assert asked(settings, "system_down", label="API")["muted"]["by"] == "parent"
    assert asked(settings, "system_down", label="Host")["muted"] is None
    assert asked(settings, "system_down", at=AT + 2 * HOUR_MS, label="API")["muted"] is None


def test_it_says_that_a_check_does_not_alert_or_was_not_observed(store: Path, settings: Settings) -> None:
    check("Host", alerting=False)
    check("API")
    found = why_not.explain(settings, "system_down", AT, NOW)["targets"]
    assert [target["because"][0] for target in found] == [
        "API had not been observed, or no longer kept", "Host is only looked at; it does not alert"
    ]  # fmt: skip


def test_it_looks_at_each_operation_with_critical_errors(store: Path, settings: Settings) -> None:
    with db.write():
        Event.create(
            kind="error", name="payment", severity="critical", data={"error": "x"}, at=AT - 1, received_at=AT
        )
        rollups.fold(1000, AT)
    assert asked(settings, "critical_error")["labels"] == {"operation": "payment"}
    other = asked(settings, "critical_error", label="operation=login")
    assert other["outcome"] == "healthy" and "not above the critical threshold of 0" in other["because"][0]
    none = why_not.explain(settings, "critical_error", AT - HOUR_MS, NOW)
    assert none["targets"] == [] and none["note"]


def test_it_notices_that_the_daemon_did_not_run(store: Path, settings: Settings) -> None:
    observe(check("API"), AT - 7 * MINUTE_MS, "up")
    assert why_not.explain(settings, "error_rate", AT, NOW)["daemonSilentMs"] == 7 * MINUTE_MS
    assert any("nothing had been observed for 7m" in line for line in asked(settings)["because"])
    assert why_not.explain(settings, "error_rate", AT - 3 * MINUTE_MS, NOW)["daemonSilentMs"] is None


def test_it_refuses_what_is_no_longer_kept_and_what_is_no_rule(store: Path, settings: Settings) -> None:
    with pytest.raises(LookupError, match="30 days"):
        why_not.explain(settings, "error_rate", NOW - 31 * DAY_MS, NOW)
    with pytest.raises(KeyError):
        why_not.explain(settings, "unknown", AT, NOW)


SPANS = [
    ("lately, in ten seconds with the minutes in between", 5 * MINUTE_MS, NOW - 12_345,
     [(FINE, NOW - 320_000, NOW - 300_000), (MINUTE, NOW - 300_000, NOW - 60_000),
      (FINE, NOW - 60_000, NOW - 12_345)]),
    ("earlier, in minutes", 4 * MINUTE_MS, AT, [(MINUTE, AT - 4 * MINUTE_MS, AT)]),
    ("weeks ago, in fives", HOUR_MS, AT - 7 * DAY_MS + 7 * MINUTE_MS,
     [(FIVE, AT - 7 * DAY_MS - 55 * MINUTE_MS, AT - 7 * DAY_MS + 7 * MINUTE_MS)]),
    ("a day, with its hours in between", DAY_MS, AT + 90_000,
     [(MINUTE, AT - DAY_MS + 60_000, AT - DAY_MS + 5 * MINUTE_MS),
      (FIVE, AT - DAY_MS + 5 * MINUTE_MS, AT - DAY_MS + HOUR_MS),
      (HOUR, AT - DAY_MS + HOUR_MS, AT), (MINUTE, AT, AT + 90_000)]),
    ("a day whose first minutes are gone", DAY_MS, NOW - 30 * HOUR_MS + 90_000,
     [(HOUR, NOW - 54 * HOUR_MS, NOW - 30 * HOUR_MS),
      (MINUTE, NOW - 30 * HOUR_MS, NOW - 30 * HOUR_MS + 90_000)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("span", "at", "parts"), [case[1:] for case in SPANS], ids=[case[0] for case in SPANS]
)
def test_it_reads_the_finest_buckets_that_are_kept(
    span: int, at: int, parts: list[tuple[int, int, int]]
) -> None:
    assert past_spans(span, at, NOW) == parts


def test_an_open_alert_counts_from_its_start(store: Path, settings: Settings) -> None:
    past(AT - MINUTE_MS, None, fingerprint=alerts.fingerprint("error_rate", {}), fired_at=AT + 1)
    assert asked(settings)["alert"]["status"] == "pending"
    assert asked(settings)["channels"] == {"slack": {"held": True, "reason": "pending"}}
    assert Alert.select().count() == 1


def depth(queue: str, value: float, at: int) -> None:
    with db.write():
        Event.create(
            kind="metric",
            name="queue_depth",
            value=value,
            data={"labels": {"queue": queue}},
            at=at,
            received_at=at,
        )
        while rollups.fold(1000, at):
            pass


def test_it_asks_a_rule_of_your_own_as_it_was_then(store: Path, settings: Settings) -> None:
    document = {
        "metric": "queue_depth", "by": ["queue"], "statistic": "max", "warning": 100, "labels": {"team": "mail"}
    }  # fmt: skip
    with db.write():
        stored_rules.put("depth", rule_spec.parse(document), "ada", AT - HOUR_MS)
        stored_rules.put("depth", rule_spec.parse({**document, "warning": 7}), "ada", AT + HOUR_MS)
    depth("mail", 50, AT - MINUTE_MS), depth("sms", 500, AT - MINUTE_MS), depth("fax", 5, AT + MINUTE_MS)
    found = {
        t["labels"]["queue"]: t["outcome"] for t in why_not.explain(settings, "depth", AT, NOW)["targets"]
    }
    assert found == {"mail": "healthy", "sms": "breached"}
    assert (
        "50 in the last 5m, not above the warning threshold of 100"
        in asked(settings, "depth", label="mail")["because"][0]
    )
    with db.write():
        silences.add(
            [Matcher("team", "=", "mail")], AT - HOUR_MS, AT + HOUR_MS, "ada", "deploy", AT - HOUR_MS
        )
    assert asked(settings, "depth", label="queue=sms")["muted"]["by"] == "silence 1"
    assert (
        why_not.explain(settings, "depth", AT - 2 * HOUR_MS, NOW)["note"]
        == "there was no such rule at that moment"
    )


def test_it_judges_each_pair_of_a_burn_rate(store: Path, settings: Settings) -> None:
    with db.write():
        stored_rules.put("slo", rule_spec.parse({"kind": "burn_rate", "objective": 0.99}), "ada", 0)
    operations(100, AT - 30 * MINUTE_MS, failed=50)
    operations(100, AT - MINUTE_MS)
    found = asked(settings, "slo")
    assert [clause["outcome"] for clause in found["clauses"]] == ["healthy", "breached", "breached"]
    assert "but no more of late" in found["because"][0]
