"""The outbox: what every channel was told, what it is owed now, and the notifications that are."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from gamepilot_mon import contents, db, paging
from gamepilot_mon.escalation import Hears, Waits
from gamepilot_mon.models import Alert, Notification
from gamepilot_mon.models.notification import BUNDLED, DEAD, DROPPED, PENDING
from gamepilot_mon.mutes import Muted
from gamepilot_mon.turns import OPEN_STATES

CHUNK = 500  # fingerprints a query
ROWS = 100  # notifications an insert

# By (fingerprint, channel): the newest message, the newest that is not a resolution, the newest that was given up.
Told = dict[tuple[str, str], tuple[paging.Told | None, paging.Told | None, paging.Told | None]]
Newest = dict[tuple[str, str], paging.Told]
Audience = Mapping[str, Hears | Waits]


@dataclass(frozen=True, slots=True)
class Owed:
    """One message to one channel; `note` is added to its text, `route` says by what the channel hears of it."""

    channel: str
    change: str
    note: str | None = None
    route: str | None = None


def decisions(
    alert: Alert, told: Told, audience: Audience, cooldown_ms: int, repeat_ms: int, now: int,
    muted: Muted | None = None,
) -> dict[str, paging.Send | paging.Hold]:  # fmt: skip
    """For each channel what it is owed now, or why it is not.

    `muted` holds everything back but the end, which is owed to whoever heard of the start, whatever `audience` says.
    """
    found: dict[str, paging.Send | paging.Hold] = {}
    for channel, hearing in audience.items():
        if isinstance(hearing, Waits):
            found[channel] = paging.Hold(hearing.reason, hearing.until)
            continue
        last, last_page, refused = told.get((alert.fingerprint, channel), (None, None, None))
        # A step that has come asks for a message as new evidence does.
        evidence_at = max(alert.evidence_at or 0, hearing.escalates_at or 0)
        standing = paging.Standing(alert.id, alert.status, alert.severity, evidence_at)
        often = repeat_ms if hearing.repeat_ms is None else hearing.repeat_ms
        decision = paging.owed(standing, last, last_page, now, cooldown_ms, often, refused)
        found[channel] = paging.through(decision, standing, last_page, muted)
    return found


def enqueue(alert: Alert, owed: Iterable[Owed], now: int, url: str | None, cause: str | None = None) -> None:
    """Write the notifications that `alert` owes, inside the caller's write()."""
    store(owed_rows(alert, owed, now, url, cause))


def owed_rows(
    alert: Alert, owed: Iterable[Owed], now: int, url: str | None, cause: str | None = None
) -> list[dict[str, Any]]:
    """The same as rows for store(). What a channel is owed for one `cause` is told together."""
    link = f"{url}/alerts/{alert.id}" if url else None
    return [
        {
            "uid": uuid.uuid4().hex, "alert_id": alert.id, "fingerprint": alert.fingerprint, "channel": each.channel,
            "change": each.change, "severity": alert.severity, "created_at": now, "due_at": now,
            "body": {**contents.body(alert, link, each.note), "route": each.route},
            "cause": None if each.change == "resolved" else cause,
        }
        for each in owed
    ]  # fmt: skip


def store(rows: Sequence[dict[str, Any]]) -> None:
    """Write them, inside the caller's write()."""
    if rows:
        db.touch("outbox")
    for start in range(0, len(rows), ROWS):
        Notification.insert_many(rows[start : start + ROWS]).execute()


def told(alerts: Iterable[Alert], changed_at: int = 0) -> Told:
    """What every channel was last told about the fingerprints of `alerts`: three queries, however many they are.

    `changed_at`: when the configuration changed last. What a channel refused before that says nothing any more.
    """
    fingerprints = sorted({alert.fingerprint for alert in alerts})
    newest: Newest = {}
    pages: Newest = {}
    refused: Newest = {}
    alive = Notification.state.not_in((DEAD, DROPPED))
    given_up = (Notification.state == DEAD) & (Notification.settled_at >= changed_at)
    for start in range(0, len(fingerprints), CHUNK):
        known = _known(fingerprints[start : start + CHUNK])
        if not known:
            continue
        ours = Notification.fingerprint.in_(known)
        newest |= _newest(ours & alive)
        pages |= _newest(ours & alive & (Notification.change != "resolved"))
        refused |= _newest(ours & given_up)
    return {
        key: (newest.get(key), pages.get(key), refused.get(key)) for key in newest.keys() | refused.keys()
    }


def _known(fingerprints: Sequence[str]) -> list[str]:
    """Those that anybody was ever told of: in a storm of new alerts, none."""
    rows: Any = (
        Notification.select(Notification.fingerprint)
        .where(Notification.fingerprint.in_(fingerprints))
        .distinct()
        .tuples()
    )
    return [fingerprint for (fingerprint,) in rows]


def _newest(wanted: Any) -> Newest:
    ids = (
        Notification.select(peewee.fn.MAX(Notification.id))
        .where(wanted)
        .group_by(Notification.fingerprint, Notification.channel)
    )
    # As plain tuples: thousands of whole rows with their texts take seconds.
    rows: Any = (
        Notification.select(
            Notification.fingerprint, Notification.channel, Notification.alert_id, Notification.change,
            Notification.severity, Notification.created_at, Notification.settled_at,
        )
        .where(Notification.id.in_(ids))
        .tuples()
    )  # fmt: skip
    return {
        (fingerprint, channel): paging.Told(alert_id or 0, change, severity, max(created_at, settled_at or 0))
        for fingerprint, channel, alert_id, change, severity, created_at, settled_at in rows
    }


def oldest_due_ms(now: int) -> int:
    """How long the oldest notification that could have been sent has been waiting."""
    oldest = Notification.select(peewee.fn.MIN(Notification.created_at)).where(
        Notification.state.in_(OPEN_STATES) & (Notification.due_at <= now)
    )
    return max(0, now - (oldest.scalar() or now))


def owed_elsewhere(enabled: Sequence[str]) -> bool:
    """Whether anything is pending for a channel that is not `enabled`."""
    return (
        Notification.select()
        .where(Notification.state.in_((PENDING, BUNDLED)) & Notification.channel.not_in(list(enabled)))
        .exists()
    )


def drop_channels_except(enabled: Sequence[str], now: int) -> int:
    """Close what is owed to channels that are switched off, inside the caller's write()."""
    gone = Notification.state.in_((PENDING, BUNDLED)) & Notification.channel.not_in(list(enabled))
    return int(
        Notification.update(state=DROPPED, settled_at=now, detail="the channel is switched off")
        .where(gone)
        .execute()
    )
