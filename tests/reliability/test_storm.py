"""A storm: very many alerts at once through the real daemon, to Slack, to a mail server and to a webhook.

STORM sets how many (400 by default; 10000 for the long run, which prints its figures).
"""

import os
import time
from collections import defaultdict
from pathlib import Path

import psutil

from gamepilot_mon import alerts, db, evaluation, owing, runtime_config
from gamepilot_mon.clock import utcnow
from gamepilot_mon.custom_alert import CustomAlert, raise_alert
from gamepilot_mon.models import Alert, Notification
from gamepilot_mon.storm import ONE_BY_ONE
from tests.processes import eventually
from tests.reliability.house import House, house

STORM = int(os.environ.get("STORM", "400"))
ONE_CRITICAL_IN = 50
MINUTE_S = 60.0
PACED_FROM = 1_000  # a smaller storm comes in one write
WRITTEN_AT_ONCE = 10
WITHIN_S = 60 + STORM / 20
PEOPLE = ("slack", "email")


def raise_storm(our: House) -> float:
    """STORM alerts at a pace of 10,000 a minute, a few in each write; a small storm in one. The seconds taken."""
    begun = time.monotonic()
    at_once = STORM if STORM < PACED_FROM else WRITTEN_AT_ONCE
    for start in range(0, STORM, at_once):
        with db.write():
            for number in range(start, min(start + at_once, STORM)):
                raise_alert(our.settings, wanted(number), utcnow())
        time.sleep(max(0.0, begun + start * MINUTE_S / 10_000 - time.monotonic()))  # the pace, not a wait
    return time.monotonic() - begun


def wanted(number: int) -> CustomAlert:
    critical = number % ONE_CRITICAL_IN == ONE_CRITICAL_IN - 1
    return CustomAlert(
        type="flood", severity="critical" if critical else "warning", message=f"alert {number}"
    )


def end_storm(our: House) -> float:
    """All of them, in writes of as many as evaluation ends at once; the seconds taken."""
    begun = time.monotonic()
    config = runtime_config.current(our.settings).config
    standing = Alert.open()
    for start in range(0, len(standing), evaluation.PIECE):
        with db.write():
            for alert in standing[start : start + evaluation.PIECE]:
                alerts.close(alert, utcnow())
                owing.notify(our.settings, config, alert, utcnow())
    return time.monotonic() - begun


def evaluation_ms(our: House) -> int:
    begun = time.monotonic()
    evaluation.evaluate(our.settings, utcnow())
    return round((time.monotonic() - begun) * 1000)


def people_told(*, within_s: float) -> None:
    waiting = Notification.settled_at.is_null() & Notification.channel.in_(PEOPLE)
    eventually(
        lambda: not Notification.select().where(waiting).exists(), within_s=within_s, what="people told"
    )


def told_by_themselves(channel: str) -> int:
    rows = Notification.select().where((Notification.channel == channel) & Notification.summary_id.is_null())
    return rows.count()


def test_it_tells_a_storm_and_its_end(tmp_path: Path) -> None:
    with house(tmp_path) as our:
        raised_s = raise_storm(our)
        judged_ms = evaluation_ms(our)
        begun = time.monotonic()
        people_told(within_s=WITHIN_S)
        told_s = time.monotonic() - begun
        our.settled(within_s=WITHIN_S)
        machine_s = time.monotonic() - begun
        first = {channel: told_by_themselves(channel) for channel in PEOPLE}
        assert_criticals_first()
        ended_s = end_storm(our)
        begun = time.monotonic()
        our.settled(within_s=WITHIN_S)
        end_told_s = time.monotonic() - begun
        used = psutil.Process(our.daemon.process.pid).memory_info().rss / 1e6
        print(
            f"\n{STORM} alerts: raised in {raised_s:.1f} s, people told {told_s:.1f} s later, the "
            f"webhook {machine_s:.1f} s later; ended in {ended_s:.1f} s, "
            f"all told {end_told_s:.1f} s later; messages {first} and with the ends "
            f"{ {channel: told_by_themselves(channel) for channel in PEOPLE} }, webhook {len(our.hook.messages)}; "
            f"one evaluation {judged_ms} ms; daemon {used:.0f} MB"
        )
        assert Notification.select().where(Notification.state != "sent").count() == 0
        assert_every_end_is_told()
        assert len(our.hook.messages) == 2 * STORM
        assert len(our.slack.messages) == told_by_themselves("slack")
        assert len(our.mail.messages) == told_by_themselves("email")


def assert_criticals_first() -> None:
    """In a storm that comes at once, the criticals that go one by one come before anything else."""
    for channel in (*PEOPLE, "webhook"):
        rows = Notification.select().where(
            (Notification.channel == channel) & (Notification.change != "summary")
        )
        waits = {
            severity: sorted(row.settled_at - row.created_at for row in rows if row.severity == severity)
            for severity in ("critical", "warning")
        }
        middle = {severity: found[len(found) // 2] for severity, found in waits.items()}
        late = waits["critical"]
        print(
            f"{channel}: criticals told after {middle['critical']} ms (p50), {late[len(late) * 99 // 100]} ms (p99), "
            f"{late[-1]} ms (max); warnings after {middle['warning']} ms (p50)"
        )
        assert middle["critical"] <= middle["warning"]
        if STORM < PACED_FROM and channel in PEOPLE:
            alone = rows.where(Notification.summary_id.is_null()).order_by(Notification.settled_at)
            assert [row.severity for row in alone][:ONE_BY_ONE] == ["critical"] * ONE_BY_ONE


def assert_every_end_is_told() -> None:
    told: dict[tuple[str, int], list[str]] = defaultdict(list)
    for row in Notification.select().where(Notification.alert_id.is_null(False)).order_by(Notification.id):
        told[row.channel, row.alert_id].append(row.change)
    assert len(told) == 3 * STORM
    assert {tuple(changes) for changes in told.values()} == {("firing", "resolved")}
