"""Storm: when more is due to a channel than anyone reads, the rest is told in one message.

The oldest few criticals still go one by one. Everything else that is due is bundled: a summary is an ordinary
notification with an id of its own, and its members are settled together with it. In a storm that goes on, more
criticals than that few are all told by the next summary: one behind another they would be late. A member counts as
told, so its resolution is told too, by the next summary or by itself.
"""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from gamepilot_mon import db
from gamepilot_mon.models import ChannelState, Notification
from gamepilot_mon.models.notification import BUNDLED, PENDING, SENDING
from gamepilot_mon.rules import RANK

MOST_DUE = 20  # with more than this due, a channel is in a storm
ONE_BY_ONE = 5  # criticals that still go by themselves
GAP_MS = 60_000  # between two summaries on a channel
CRITICAL_GAP_MS = 3_000  # the same when criticals wait to be told by it
CHUNK = 500
LINES = 25

CHANGE = "summary"
TYPE = "storm_summary"


@dataclass(frozen=True, slots=True)
class Due:
    """One notification that waits, as the decision needs it."""

    id: int
    fingerprint: str
    type: str
    severity: str
    change: str
    alert_id: int | None
    created_at: int
    text: str = ""
    url: str | None = None  # of its alert's page


def is_crowded(channel: str, now: int) -> bool:
    due = Notification.select(Notification.id).where(_due(channel, now)).limit(MOST_DUE + 1)
    return len(list(due.tuples())) > MOST_DUE


def apart(waiting: Sequence[Due], *, goes_on: bool) -> tuple[list[Due], list[Due]]:
    """(those that go one by one, those that a summary tells). Pure.

    Whatever is about the alert of a one-by-one critical stays with it, so that the order is kept.
    """
    critical = list(dict.fromkeys(row.fingerprint for row in waiting if row.severity == "critical"))
    kept = set() if goes_on and len(critical) > ONE_BY_ONE else set(critical[:ONE_BY_ONE])
    return [r for r in waiting if r.fingerprint in kept], [r for r in waiting if r.fingerprint not in kept]


def next_summary_at(channel: str, state: ChannelState, now: int) -> int | None:
    """When the next summary may be made; None while one is on its way."""
    if _is_under_way(channel):
        return None
    if state.summed_up_at is None or state.summed_up_at > now:
        return now
    gap = CRITICAL_GAP_MS if criticals_wait(channel, now) else GAP_MS
    return int(state.summed_up_at) + gap


def criticals_wait(channel: str, now: int) -> bool:
    """Whether more of them are due than go one by one; a summary that waits is none of them."""
    critical = _due(channel, now) & (Notification.severity == "critical") & (Notification.change != CHANGE)
    return len(list(Notification.select(Notification.id).where(critical).limit(ONE_BY_ONE + 1))) > ONE_BY_ONE


def sum_up(channel: str, now: int) -> bool:
    """Bundle what is due into one summary, in a write() of its own."""
    with db.write():
        state = ChannelState.of(channel)
        _, rest = apart(waiting(channel, now), goes_on=_goes_on(state, now))
        if not rest:
            return False
        bundle(channel, rest, body(rest), now)
        state.summed_up_at = now
        state.keep()
    return True


def _goes_on(state: ChannelState, now: int) -> bool:
    """Whether there was a summary a moment ago, so that this is the same storm."""
    return state.summed_up_at is not None and now - GAP_MS < state.summed_up_at <= now


def bundle(channel: str, rows: Sequence[Due], content: dict[str, Any], now: int) -> None:
    """Make one notification that says `content` and stands for `rows`, inside the caller's write()."""
    summary = _insert(channel, content, now)
    for start in range(0, len(rows), CHUNK):
        ids = [row.id for row in rows[start : start + CHUNK]]
        Notification.update(state=BUNDLED, summary_id=summary).where(Notification.id.in_(ids)).execute()


def body(rows: Sequence[Due]) -> dict[str, Any]:
    """What the summary says: how many of which kind, the worst first. Pure."""
    kinds = Counter((row.severity, row.type, row.change == "resolved") for row in rows)
    ordered = sorted(kinds.items(), key=lambda kind: (-RANK.get(kind[0][0], 0), -kind[1], kind[0]))
    lines = [
        f"{n:,} {severity} {type_[:60]}: {_verb(over)}" for (severity, type_, over), n in ordered[:LINES]
    ]
    if len(ordered) > LINES:
        lines.append(f"… and {sum(n for _, n in ordered[LINES:]):,} of {len(ordered) - LINES} other kinds")
    over = all(row.change == "resolved" for row in rows)
    return {
        **frame(rows),
        "type": TYPE, "status": "resolved" if over else "firing",
        "text": f"{len(rows):,} notifications came at once; this one message stands for them.\n"
        + "\n".join(lines),
        "threshold": float(MOST_DUE),
    }  # fmt: skip


def frame(rows: Sequence[Due]) -> dict[str, Any]:
    """What every message that stands for several has in common. Pure."""
    return {
        "severity": max((row.severity for row in rows), key=lambda severity: RANK.get(severity, 0)),
        "value": float(len(rows)),
        "timestamp": max(row.created_at for row in rows), "started_at": min(row.created_at for row in rows),
        "ended_at": None, "labels": {},
        "metadata": {"notifications": len(rows), "alerts": len({row.alert_id for row in rows})},
        "url": _of_all(rows),
    }  # fmt: skip


def _of_all(rows: Sequence[Due]) -> str | None:
    """The page of all alerts, which lies above that of each; None when the pages have no address."""
    url = next((row.url for row in rows if row.url), None)
    return url.rpartition("/")[0] if url else None


def _verb(over: bool) -> str:
    return "resolved" if over else "firing"


def _insert(channel: str, content: dict[str, Any], now: int) -> int:
    uid = uuid.uuid4().hex
    row = Notification.insert(
        uid=uid, alert_id=None, fingerprint=f"storm:{uid}", channel=channel, change=CHANGE,
        severity=content["severity"], body=content, created_at=content["started_at"], due_at=now,
    ).execute()  # fmt: skip
    return int(row)


def _due(channel: str, now: int) -> Any:
    due: Any = Notification.state == PENDING
    return due & (Notification.channel == channel) & (Notification.due_at <= now)


def _is_under_way(channel: str) -> bool:
    return (
        Notification.select()
        .where(
            (Notification.channel == channel)
            & Notification.state.in_((PENDING, SENDING))
            & (Notification.change == CHANGE)
        )
        .exists()
    )


def waiting(channel: str, now: int, cause: str | None = None) -> list[Due]:
    """What is due, oldest first; without that whose alert has an earlier one in the air or in a summary.

    What may have arrived already is sent again by itself, marked: told by a summary, it would be doubled unmarked.
    With `cause` only what is owed for that.
    """
    busy = Notification.select(Notification.fingerprint).where(
        (Notification.channel == channel) & Notification.state.in_((SENDING, BUNDLED))
    )
    apart = (Notification.due_at > now) | Notification.uncertain
    by_itself = Notification.select(Notification.fingerprint).where(
        (Notification.channel == channel) & (Notification.state == PENDING) & apart
    )
    rows: Any = (
        Notification.select(
            Notification.id, Notification.fingerprint, peewee.fn.json_extract(Notification.body, "$.type"),
            Notification.severity, Notification.change, Notification.alert_id,
            Notification.created_at, peewee.fn.json_extract(Notification.body, "$.text"),
            peewee.fn.json_extract(Notification.body, "$.url"),
        )
        .where(
            _due(channel, now)
            & (Notification.change != CHANGE)
            & (True if cause is None else Notification.cause == cause)
            & Notification.fingerprint.not_in(busy)
            & Notification.fingerprint.not_in(by_itself)
        )
        .order_by(Notification.id)
        .tuples()
    )  # fmt: skip
    return [Due(*row) for row in rows]
