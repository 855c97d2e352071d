"""The journal of the attempts to send what is in the outbox.

An attempt is committed before the first byte leaves and its outcome after the provider answered. A process that
dies in between leaves an open attempt: the next life sends again, marked as a resend. So nothing is lost, and a
doubled message says that it may be one.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gamepilot_mon import channel_health, db, feed
from gamepilot_mon.channels import DeliveryError, Receipt
from gamepilot_mon.models import Attempt, Notification
from gamepilot_mon.models.notification import BUNDLED, DEAD, PENDING, SENDING, SENT
from gamepilot_mon.pace import Pace

FIRST_RETRY_MS = 1_000
LONGEST_RETRY_MS = 20_000  # a recovered provider is found within this time
LONGEST_WAIT_MS = 3_600_000  # what a Retry-After may ask for
GIVE_UP_MS = 24 * 3_600_000
LEAST_ATTEMPTS = 5  # however old: the daemon may have been away, or the clock may have been set


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
