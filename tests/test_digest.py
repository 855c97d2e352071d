"""When a silence or a maintenance window ends, each channel for people gets one message about what still fires."""

from pathlib import Path

import pytest

from gamepilot_mon import (
    alerts,
    db,
    evaluation,
    lifted,
    maintenance,
    owing,
    runtime_config,
    silences,
    turns,
)
from gamepilot_mon.channels import Traits
from gamepilot_mon.clock import parse_iso
from gamepilot_mon.custom_alert import CustomAlert, raise_alert
from gamepilot_mon.models import Alert, Cursor, Notification, Silence
from gamepilot_mon.mutes import Matcher
from gamepilot_mon.settings import Settings
from tests import one_by_one

NOW = 1_790_000_000_000
MINUTE = 60_000
HOUR = 60 * MINUTE
PEOPLE = Traits()
DRILL = [Matcher("type", "=", "drill")]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env(
        {
            "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/state/mon.db", "SLACK_ENABLED": "true",
            "SLACK_WEBHOOK_URL": "https://hooks.example/services/x", "EMAIL_ENABLED": "true",
            "EMAIL_TO": "a@b.example",
        },
        dotenv=None,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _store(store: Path) -> None:
    """Every test here needs one."""


def fire(
    settings: Settings, text: str, severity: str = "warning", *, at: int = NOW, operation: str | None = None
) -> Alert:
    labels = {"operation": operation, "name": text} if operation else {}
    wanted = CustomAlert(type="drill", severity=severity, message=text, labels=labels)  # type: ignore[arg-type]
    with db.write():
        return raise_alert(settings, wanted, at)


def silence(*, until: int = NOW + HOUR) -> Silence:
    with db.write():
        return silences.add(DRILL, NOW - 1, until, "ada", "deploy", NOW)


def deliver(channel: str, traits: Traits, now: int) -> list[Notification]:
    """What the channel sends until nothing more is due."""
    sent = []
    while (turn := turns.next_turn(channel, traits, now)).row or turn.again_at:
        if turn.row is None:
            now = int(turn.again_at or 0)
            continue
        claimed = one_by_one.journal(turn.row, traits.pace, now)
        assert claimed
        one_by_one.delivered(*claimed, "ok", now)
        sent.append(claimed[0])
    return sent


def test_each_channel_gets_one_digest_with_criticals_first_by_name(settings: Settings) -> None:
    row = silence()
    for text, severity in (("cache is slow", "warning"), ("payment is down", "critical"), ("disk", "info")):
        fire(settings, text, severity)
    evaluation.evaluate(settings, NOW + HOUR)
    for channel in ("slack", "email"):
        [digest] = deliver(channel, PEOPLE, NOW + HOUR)
        lines = digest.body["text"].splitlines()
        assert lines[0] == f"silence #{row.id} of ada ended: 3 alerts still fire"
        assert lines[1:] == [
            "critical drill: payment is down", "warning drill: cache is slow", "info drill: disk",
        ]  # fmt: skip
        assert (digest.severity, digest.body["type"], digest.alert_id) == ("critical", "digest", None)
    assert {row.state for row in Notification.select()} == {"sent"}
    members = Notification.select().where(Notification.summary_id.is_null(False))
    assert members.count() == 6


def test_one_alert_is_its_own_message(settings: Settings) -> None:
    silence()
    fire(settings, "payment is down")
    evaluation.evaluate(settings, NOW + HOUR)
    assert [row.change for row in deliver("slack", PEOPLE, NOW + HOUR)] == ["firing"]


def test_a_machine_gets_every_one(settings: Settings) -> None:
    silence()
    fire(settings, "a"), fire(settings, "b")
    evaluation.evaluate(settings, NOW + HOUR)
    assert [row.change for row in deliver("slack", one_by_one.PLAIN, NOW + HOUR)] == ["firing", "firing"]


def test_a_silence_ended_by_hand_gives_a_digest_at_once(settings: Settings) -> None:
    row = silence()
    fire(settings, "a"), fire(settings, "b")
    with db.write():
        silences.expire(row.id, NOW + MINUTE)
    evaluation.evaluate(settings, NOW + MINUTE)
    [digest] = deliver("slack", PEOPLE, NOW + MINUTE)
    assert digest.body["text"].startswith(f"silence #{row.id} of ada ended: 2 alerts still fire")


def test_a_silence_that_ends_while_the_rules_are_judged_still_gives_its_digest(settings: Settings) -> None:
    """What was found owes nothing, since the silence held then; the write finds that it has ended."""
    row = silence()
    fire(settings, "one"), fire(settings, "two")
    found = evaluation.Work((), (), frozenset(), (), (), {})
    with db.write():
        silences.expire(row.id, NOW + MINUTE)
    evaluation._write_all(settings, found, NOW + MINUTE)
    for channel in ("slack", "email"):
        [digest] = deliver(channel, PEOPLE, NOW + MINUTE)
        assert digest.body["text"].startswith(f"silence #{row.id} of ada ended: 2 alerts still fire")


def test_it_asks_to_be_woken_at_the_end_of_the_silence(settings: Settings) -> None:
    silence()
    fire(settings, "a"), fire(settings, "b")
    assert evaluation.evaluate(settings, NOW + 1) == NOW + HOUR


def test_what_ended_meanwhile_is_not_in_it_and_the_ends_are_told_later(settings: Settings) -> None:
    silence()
    first, second, third = (fire(settings, text) for text in "abc")
    with db.write():
        alerts.close(first, NOW + MINUTE)
    evaluation.evaluate(settings, NOW + HOUR)
    [digest] = deliver("slack", PEOPLE, NOW + HOUR)
    assert "2 alerts still fire" in digest.body["text"]
    config = runtime_config.current(settings).config
    with db.write():
        for alert in (second, third):
            alerts.close(alert, NOW + 2 * HOUR)
            owing.notify(settings, config, alert, NOW + 2 * HOUR)
    assert [row.change for row in deliver("slack", PEOPLE, NOW + 2 * HOUR)] == ["resolved", "resolved"]


def test_what_was_told_before_the_silence_is_not_told_again(settings: Settings) -> None:
    fire(settings, "known"), fire(settings, "too")
    deliver("slack", PEOPLE, NOW)
    with db.write():
        silences.add(DRILL, NOW + 1, NOW + HOUR, "ada", "deploy", NOW)
    evaluation.evaluate(settings, NOW + HOUR)
    assert deliver("slack", PEOPLE, NOW + HOUR) == []


def test_later_messages_are_not_blamed_on_a_silence_that_is_over(settings: Settings) -> None:
    silence()
    fire(settings, "a"), fire(settings, "b")
    evaluation.evaluate(settings, NOW + HOUR)
    deliver("slack", PEOPLE, NOW + HOUR)
    later = NOW + HOUR + settings.repeat_interval_ms
    evaluation.evaluate(settings, later)
    assert [row.change for row in deliver("slack", PEOPLE, later)] == ["repeat", "repeat"]


def test_a_digest_that_was_owed_when_the_process_died_is_still_made(settings: Settings) -> None:
    silence()
    fire(settings, "a"), fire(settings, "b")
    with pytest.raises(RuntimeError), db.write():
        lifted.take(lifted.since(NOW + HOUR), Alert.open())
        raise RuntimeError("the process dies before its commit")
    assert Cursor.read(lifted.CURSOR) == 0
    evaluation.evaluate(settings, NOW + HOUR)
    # The next life finds the rows of one cause, or the digest that was made of them and not sent.
    assert turns.next_turn("slack", PEOPLE, NOW + HOUR).row
    again = turns.next_turn("slack", PEOPLE, NOW + HOUR).row
    assert again and again.body["type"] == "digest"
    assert len(deliver("slack", PEOPLE, NOW + HOUR)) == 1


def test_the_end_of_an_occurrence_of_a_maintenance_window_gives_a_digest(settings: Settings) -> None:
    start = parse_iso("2026-11-02T02:00:00Z")
    with db.write():
        row = maintenance.add(
            [], start - HOUR, None, HOUR, "bob", "backup", start - HOUR, cron="0 2 * * *", zone="UTC"
        )
    fire(settings, "a", at=start + MINUTE), fire(settings, "b", at=start + MINUTE)
    assert evaluation.evaluate(settings, start + 2 * MINUTE) == start + HOUR
    evaluation.evaluate(settings, start + HOUR)
    [digest] = deliver("slack", PEOPLE, start + HOUR)
    assert digest.body["text"].startswith(f"maintenance #{row.id} of bob ended: 2 alerts")


def test_a_window_that_is_expired_ends_at_that_moment() -> None:
    start = parse_iso("2026-11-02T02:00:00Z")
    with db.write():
        row = maintenance.add([], start - HOUR, None, HOUR, "bob", "x", start, cron="0 2 * * *", zone="UTC")
        maintenance.expire(row.id, start + MINUTE)
    [span] = maintenance.ended(0, start + 3 * HOUR)
    assert (span.starts_at, span.ends_at) == (start, start + MINUTE)
    assert maintenance.ended(span.ends_at, start + 3 * HOUR) == []


def test_a_long_digest_names_twenty_and_counts_the_rest(settings: Settings) -> None:
    silence()
    for number in range(30):
        fire(settings, f"alert {number}", "critical" if number == 29 else "warning")
    evaluation.evaluate(settings, NOW + HOUR)
    [digest] = deliver("slack", PEOPLE, NOW + HOUR)
    lines = digest.body["text"].splitlines()
    assert lines[1] == "critical drill: alert 29" and lines[-1] == "and 10 more: warning drill"
    assert len(lines) == 22


def test_a_digest_goes_only_to_the_channels_that_the_routes_give(settings: Settings) -> None:
    hook = {"kind": "slack", "webhookUrl": "https://hooks.example/services/y"}
    only_db = [{"name": "operation", "value": "db"}]
    routes = [
        {"matchers": only_db, "channels": ["ops"], "steps": [{"after": "10m", "channels": ["boss"]}]},
        {"channels": ["slack"]},
    ]
    with db.write():
        document = {"channels": {"ops": hook, "boss": hook}, "routes": routes}
        runtime_config.change(settings, document, "ada", NOW - HOUR)
    silence()
    for text in "abcd":
        fire(settings, text, operation="db" if text < "c" else "web")
    evaluation.evaluate(settings, NOW + HOUR)
    said = {name: deliver(name, PEOPLE, NOW + HOUR) for name in ("ops", "boss", "slack", "email")}
    assert [len(rows) for rows in said.values()] == [1, 1, 1, 0]
    texts = {name: rows[0].body["text"] for name, rows in said.items() if rows}
    assert texts["ops"].splitlines()[1:] == ["warning drill: a", "warning drill: b"]
    assert "escalated: nobody acknowledged within 10 minutes" in texts["boss"]
    assert texts["slack"].splitlines()[1:] == ["warning drill: c", "warning drill: d"]


def test_a_step_that_comes_after_the_end_of_the_silence_is_a_message_of_its_own(settings: Settings) -> None:
    routes = [{"channels": ["slack"], "steps": [{"after": "2h", "channels": ["email"]}]}]
    with db.write():
        runtime_config.change(settings, {"routes": routes}, "ada", NOW - HOUR)
    silence()
    fire(settings, "a"), fire(settings, "b")
    assert evaluation.evaluate(settings, NOW + HOUR) == NOW + 2 * HOUR
    evaluation.evaluate(settings, NOW + 2 * HOUR)
    assert len(deliver("slack", PEOPLE, NOW + HOUR)) == 1
    assert [row.body["route"] for row in deliver("email", PEOPLE, NOW + 2 * HOUR)] == ["route 1, step 2"] * 2
