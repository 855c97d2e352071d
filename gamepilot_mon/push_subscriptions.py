"""Push subscriptions: which browsers want to hear of what, and which have heard of a notification.

A push service belongs to whoever wrote the browser, and anybody may subscribe with an address of his own. So what
one subscription answers must neither hold up nor double what the others are sent.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from gamepilot_mon.models import PushResult, PushSubscription, User
from gamepilot_mon.models.push_result import REACHED, REFUSED

MOST = 10
"""subscriptions a user"""
SEVERITIES = ("info", "warning", "critical")
PATIENCE = 3
"""failures in a row after which a subscription holds nothing up any more"""
_MAY_READ = ("viewer", "operator", "admin")


@dataclass(frozen=True, slots=True)
class Receiver:
    """A browser that may be sent to."""

    id: int
    severity: str
    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)
    failures: int = 0
    paused_until: int | None = None


class TooMany(Exception):
    """The user has as many as there may be."""


def endpoint_hash(endpoint: str) -> str:
    """By which a browser finds itself again, and from which nobody finds the address."""
    return hashlib.sha256(endpoint.encode()).hexdigest()


def of_user(user_id: int) -> list[PushSubscription]:
    ours = PushSubscription.select().where(PushSubscription.user_id == user_id)
    return list(ours.order_by(PushSubscription.id))


def add(user_id: int, endpoint: str, p256dh: str, auth: str, severity: str, now: int) -> PushSubscription:
    """Inside the caller's write(). A browser that is known already becomes this user's, with these keys."""
    known = PushSubscription.get_or_none(PushSubscription.endpoint == endpoint)
    if (known is None or known.user_id != user_id) and len(of_user(user_id)) >= MOST:
        raise TooMany
    changes = {"user_id": user_id, "p256dh": p256dh, "auth": auth, "severity": severity}
    if known is None:
        return PushSubscription.create(endpoint=endpoint, created_at=now, **changes)
    PushSubscription.update(**changes, failures=0, paused_until=None).where(
        PushSubscription.id == known.id
    ).execute()
    return PushSubscription.get_by_id(known.id)


def remove(user_id: int, subscription_id: int) -> bool:
    """Inside the caller's write()."""
    ours = (PushSubscription.id == subscription_id) & (PushSubscription.user_id == user_id)
    return bool(PushSubscription.delete().where(ours).execute())


def receivers() -> list[Receiver]:
    """The browsers of users who may still sign in and read."""
    users = User.select(User.id).where(User.disabled_at.is_null() & User.role.in_(_MAY_READ))
    rows = PushSubscription.select().where(PushSubscription.user_id.in_(users)).order_by(PushSubscription.id)
    return [
        Receiver(
            row.id, row.severity, row.endpoint, row.p256dh, row.auth, row.failures, row.paused_until
        )
        for row in rows
    ]  # fmt: skip


def wanting(everybody: Sequence[Receiver], severity: str) -> list[Receiver]:
    rank = SEVERITIES.index(severity) if severity in SEVERITIES else 0
    return [each for each in everybody if SEVERITIES.index(each.severity) <= rank]


def settled(notification: str) -> dict[int, bool]:
    """By subscription: whether the notification reached it, or was refused there for good."""
    rows = PushResult.select().where(PushResult.notification == notification)
    return {row.subscription_id: row.outcome == REACHED for row in rows}


def reached(subscription_id: int, notification: str, now: int) -> None:
    """Inside the caller's write(), as are those that follow."""
    _settle(subscription_id, notification, REACHED, now)
    _update(subscription_id, failures=0, paused_until=None, reached_at=now)


def refused(subscription_id: int, notification: str, now: int) -> None:
    _settle(subscription_id, notification, REFUSED, now)


def failed(subscription_id: int, now: int, retry_after_ms: int | None) -> None:
    paused_until = None if retry_after_ms is None else now + retry_after_ms
    _update(subscription_id, failures=PushSubscription.failures + 1, paused_until=paused_until)


def ended(subscription_id: int) -> None:
    """The push service knows it no more."""
    PushSubscription.delete().where(PushSubscription.id == subscription_id).execute()


def _settle(subscription_id: int, notification: str, outcome: str, now: int) -> None:
    PushResult.insert(
        notification=notification, subscription_id=subscription_id, outcome=outcome, at=now
    ).on_conflict_replace().execute()


def _update(subscription_id: int, **changes: object) -> None:
    PushSubscription.update(**changes).where(PushSubscription.id == subscription_id).execute()
