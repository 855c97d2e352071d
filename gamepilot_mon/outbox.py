"""The outbox: the notifications owed, and the journal of the attempts to send them.

An attempt is committed before the first byte leaves and its outcome after the provider answered. A process that
dies in between leaves an open attempt: the next life sends again, marked as a resend. So nothing is lost, and a
doubled message says that it may be one.
"""

import random
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from gamepilot_mon import channel_health, contents, db, feed, paging
from gamepilot_mon.channels import DeliveryError, Receipt
from gamepilot_mon.escalation import Hears, Waits
from gamepilot_mon.models import Alert, Attempt, Notification
from gamepilot_mon.models.notification import BUNDLED, DEAD, DROPPED, PENDING, SENDING, SENT
from gamepilot_mon.mutes import Muted
from gamepilot_mon.pace import Pace
from gamepilot_mon.turns import OPEN_STATES

FIRST_RETRY_MS = 1_000
LONGEST_RETRY_MS = 20_000  # a recovered provider is found within this time
LONGEST_WAIT_MS = 3_600_000  # what a Retry-After may ask for
GIVE_UP_MS = 24 * 3_600_000
LEAST_ATTEMPTS = 5  # however old: the daemon may have been away, or the clock may have been set
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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the provider said to an attempt at `row`, and when."""

    row: Notification
    attempt: Attempt
    said: Receipt | DeliveryError
    at: int

    @property
    def is_good(self) -> bool:
        return isinstance(self.said, Receipt)


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


def exchange(
    outcomes: Sequence[Outcome], rows: Iterable[Notification], pace: Pace, now: int
) -> list[tuple[Notification, Attempt]]:
    """In one commit: what came of the last attempts, and that attempts at `rows` begin.

    Returns those that begin; somebody else may have been first at the others.
    """
    with db.write():
        for outcome in outcomes:
            _note(outcome)
        begun = [(row, attempt) for row in rows if (attempt := _begin(row, pace, now))]
    for row, _ in begun:
        row.attempts += 1
    return begun


def _begin(row: Notification, pace: Pace, now: int) -> Attempt | None:
    won = (
        Notification.update(state=SENDING, attempts=Notification.attempts + 1)
        .where((Notification.id == row.id) & (Notification.state == PENDING))
        .execute()
    )
    if not won:
        return None
    channel_health.used(row.channel, pace, now)
    attempt: Attempt = Attempt.create(notification_id=row.id, number=row.attempts + 1, started_at=now)
    return attempt


def _note(outcome: Outcome) -> None:
    row, attempt, said, now = outcome.row, outcome.attempt, outcome.said, outcome.at
    if isinstance(said, Receipt):
        _settle(row, attempt, "ok", said.detail, now, state=SENT)
        channel_health.works(row.channel, now)
    else:
        _note_failure(row, attempt, said, now)


def _note_failure(row: Notification, attempt: Attempt, error: DeliveryError, now: int) -> None:
    row.uncertain = row.uncertain or error.uncertain
    if error.permanent:
        channel_health.refused(row.channel, error.detail, now)
    else:
        channel_health.failed(row.channel, error.detail, now, error.retry_after_ms)
    too_old = now - row.created_at >= GIVE_UP_MS and row.attempts >= LEAST_ATTEMPTS
    if error.permanent or too_old:
        _settle(row, attempt, "permanent", error.detail, now, state=DEAD)
    else:
        due_at = now + _wait_ms(row, error)
        _settle(row, attempt, "temporary", error.detail, now, state=PENDING, due_at=due_at)
    # Failover looks at what failed.
    db.touch("outbox")


def _wait_ms(row: Notification, error: DeliveryError) -> int:
    if error.retry_after_ms is not None:
        return min(error.retry_after_ms, LONGEST_WAIT_MS)
    return backoff_ms(row.attempts)


def backoff_ms(attempts: int) -> int:
    """Doubling from 1 s to 20 s, of which a random half is taken off so that retries do not march in step."""
    full = min(FIRST_RETRY_MS * 2 ** min(attempts - 1, 10), LONGEST_RETRY_MS)
    return int(full * random.uniform(0.5, 1.0))


def _settle(
    row: Notification,
    attempt: Attempt,
    outcome: str,
    detail: str,
    now: int,
    *,
    state: str,
    due_at: int | None = None,
) -> None:
    changes: dict[str, Any] = {"state": state, "detail": detail, "uncertain": row.uncertain}
    changes |= {"due_at": due_at} if due_at is not None else {"settled_at": now}
    Attempt.update(ended_at=now, outcome=outcome, detail=detail).where(Attempt.id == attempt.id).execute()
    Notification.update(**changes).where(Notification.id == row.id).execute()
    if state != PENDING:
        _settle_members(row, state, now)
    if state == DEAD:
        feed.append("system:error", _dead_letter(row, detail), now)


def _settle_members(summary: Notification, state: str, now: int) -> None:
    """What a summary told is settled with it; its dead letter is reported once, not once a member."""
    Notification.update(
        state=state, settled_at=now, reported=True, detail=f"part of the summary {summary.uid}"
    ).where((Notification.summary_id == summary.id) & (Notification.state == BUNDLED)).execute()


def _dead_letter(row: Notification, detail: str) -> dict[str, Any]:
    text = f"gave up telling {row.channel} about {row.body['type']}: {detail}"
    return {"message": text, "channel": row.channel, "notificationId": row.uid, "alertId": row.alert_id}


def recover(now: int) -> int:
    """On start: attempts left open by the last life become interrupted, and are sent again as resends."""
    with db.write():
        Attempt.update(ended_at=now, outcome="interrupted").where(Attempt.ended_at.is_null()).execute()
        return int(
            Notification.update(state=PENDING, due_at=now, uncertain=True)
            .where(Notification.state == SENDING)
            .execute()
        )


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
