"""Dead letters: what a channel will never deliver is an alert of its own, told by the other channels only.

One alert a channel, type `delivery_failed`; it ends when the channel takes a message again. A dead letter about
such an alert makes no further one, so nothing goes in circles.
"""

from collections import defaultdict
from collections.abc import Sequence

from gamepilot_mon import alerts, db, owing, runtime_config
from gamepilot_mon.models import Alert, ChannelState, Notification
from gamepilot_mon.models.notification import DEAD
from gamepilot_mon.rules import RANK
from gamepilot_mon.settings import Settings

TYPE = owing.DELIVERY_FAILED
MOST_AT_ONCE = 500


def report(settings: Settings, now: int) -> int:
    """Raise and end the alerts that are due; opens a write() only when there is one. Returns how many."""
    if not _unreported() and not _over():
        return 0
    with db.write():
        # As all of it is under the write lock: a channel may be switched off, an alert acknowledged, in between.
        dead, working = _unreported(), _over()
        config = runtime_config.current(settings).config
        for channel, rows in _by_channel(dead).items():
            owing.notify(settings, config, _raise(channel, rows, settings.incident_gap_ms, now), now)
        Notification.update(reported=True).where(Notification.id.in_([row.id for row in dead])).execute()
        for alert in working:
            alerts.close(alert, now)
            owing.notify(settings, config, alert, now)
    return len(dead) + len(working)


def _unreported() -> list[Notification]:
    unreported = (Notification.state == DEAD) & (Notification.reported == False)  # noqa: E712
    return list(Notification.select().where(unreported).order_by(Notification.id).limit(MOST_AT_ONCE))


def _over() -> list[Alert]:
    return [alert for alert in _open() if _works_again(alert)]


def _by_channel(dead: Sequence[Notification]) -> dict[str, list[Notification]]:
    grouped: dict[str, list[Notification]] = defaultdict(list)
    for row in dead:
        if row.body["type"] != TYPE:
            grouped[row.channel].append(row)
    return grouped


def _raise(channel: str, rows: Sequence[Notification], gap_ms: int, now: int) -> Alert:
    labels = {"channel": channel}
    identity = alerts.fingerprint(TYPE, labels)
    standing = Alert.open_for(identity)
    lost = len(rows) + (int(standing.value or 0) if standing else 0)
    severities = [row.severity for row in rows] + ([standing.severity] if standing else [])
    worst = max(severities, key=lambda severity: RANK.get(severity, 0))
    newest = rows[-1]
    # A channel that refuses is asked again and again: one more loss is no news, losing the first critical is.
    return alerts.raise_custom(
        type_=TYPE, severity="critical" if worst == "critical" else "warning",
        message=f"{channel} will not get {lost} of its messages; the last was about {newest.body['type']}: "
        f"{newest.detail}",
        value=float(lost), threshold=None, metadata={"notificationId": newest.uid, "alertId": newest.alert_id},
        labels=labels, identity=identity, now=now, evidence_at=standing.evidence_at if standing else now,
        gap_ms=gap_ms,
    )  # fmt: skip


def _open() -> list[Alert]:
    return list(Alert.select().where(Alert.ended_at.is_null() & (Alert.type == TYPE)))


def _works_again(alert: Alert) -> bool:
    success = ChannelState.of(alert.labels.get("channel", "")).last_success_at
    return success is not None and success > alert.changed_at
