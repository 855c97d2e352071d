"""Paging: which message is owed to a channel about an alert now. Pure, and judged by state rather than by edge.

The question is always "what was this channel last told, and what is true now": after a crash, a changed
cooldown or a skipped evaluation the same question gives the message that is still owed.
"""

from dataclasses import dataclass

from gamepilot_mon.mutes import Muted
from gamepilot_mon.rules import RANK

LEAST_AFTER_REFUSAL_MS = 60_000


@dataclass(frozen=True, slots=True)
class Standing:
    """The alert as it is now."""

    alert_id: int
    status: str
    severity: str
    evidence_at: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One message that a channel was sent, or is owed, about this fingerprint."""

    alert_id: int
    change: str
    severity: str
    at: int  # when it was owed, or when it arrived if that was later


@dataclass(frozen=True, slots=True)
class Send:
    change: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing now; ask again at `until` (None: when something changes)."""

    reason: str
    until: int | None = None


def owed(
    alert: Standing, last: Told | None, last_page: Told | None, now: int, cooldown_ms: int, repeat_ms: int,
    refused: Told | None = None,
) -> Send | Hold:  # fmt: skip
    """What `alert` owes to a channel.

    last: the newest message about the fingerprint; last_page: the newest that is not a resolution;
    refused: the newest that was given up, which nobody was told by.
    `repeat_ms` of 0 means no reminders. Cooldown holds back repeats only: never a higher severity, never a resolution.
    """
    mine = last if last and last.alert_id == alert.alert_id and last.change != "resolved" else None
    if alert.status == "resolved":
        return _end(alert, mine, refused, now, cooldown_ms)
    if alert.status == "pending":
        return Hold("pending")
    decision = _page(alert, mine, last_page, now, cooldown_ms, repeat_ms)
    return _again_after_refusal(decision, alert, last, refused, now, cooldown_ms)


def _end(alert: Standing, mine: Told | None, refused: Told | None, now: int, cooldown_ms: int) -> Send | Hold:
    if mine is None:
        return Hold("was not told of it")
    if refused is None or (refused.alert_id, refused.change) != (alert.alert_id, "resolved"):
        return Send("resolved")
    return _after_refusal(Send("resolved"), refused, now, cooldown_ms)


def _page(
    alert: Standing, mine: Told | None, last_page: Told | None, now: int, cooldown_ms: int, repeat_ms: int
) -> Send | Hold:
    if mine is None:
        return _first(alert, last_page, now, cooldown_ms)
    if RANK[alert.severity] > RANK[mine.severity]:
        return Send("escalated")
    if alert.status == "acknowledged":
        return Hold("acknowledged")
    return _again(alert, mine, now, cooldown_ms, repeat_ms)


def _again_after_refusal(
    decision: Send | Hold,
    alert: Standing,
    last: Told | None,
    refused: Told | None,
    now: int,
    cooldown_ms: int,
) -> Send | Hold:
    """A channel that refuses for good is tried again now and then, not at every evaluation."""
    if not isinstance(decision, Send) or refused is None or (last and last.at > refused.at):
        return decision
    if RANK[alert.severity] > RANK[refused.severity]:
        return decision
    return _after_refusal(decision, refused, now, cooldown_ms)


def _after_refusal(decision: Send, refused: Told, now: int, cooldown_ms: int) -> Send | Hold:
    until = refused.at + max(cooldown_ms, LEAST_AFTER_REFUSAL_MS)
    return decision if now >= until else Hold("the channel refused the last message", until)


def _first(alert: Standing, last_page: Told | None, now: int, cooldown_ms: int) -> Send | Hold:
    if last_page and RANK[alert.severity] <= RANK[last_page.severity] and now - last_page.at < cooldown_ms:
        return Hold("cooldown", last_page.at + cooldown_ms)
    return Send("firing")


def _again(alert: Standing, mine: Told, now: int, cooldown_ms: int, repeat_ms: int) -> Send | Hold:
    if RANK[alert.severity] < RANK[mine.severity]:
        change, due = "deescalated", mine.at + cooldown_ms
    elif (alert.evidence_at or 0) > mine.at:
        change, due = "repeat", mine.at + cooldown_ms
    elif repeat_ms:
        change, due = "repeat", mine.at + max(repeat_ms, cooldown_ms)
    else:
        return Hold("no reminders")
    return Send(change) if now >= due else Hold("cooldown" if change != "repeat" else "repeat interval", due)


def through(
    decision: Send | Hold, alert: Standing, last_page: Told | None, muted: Muted | None
) -> Send | Hold:
    """What is left of `decision` while the alert is muted. An end always passes: it goes to who heard of the start."""
    if muted is None or isinstance(decision, Hold) or decision.change == "resolved":
        return decision
    if muted.since is not None and not _heard(alert, last_page, muted.since):
        return decision
    return Hold(f"{muted.by}: {muted.reason}", muted.until)


def _heard(alert: Standing, last_page: Told | None, since: int) -> bool:
    """Whether a message of this severity or a higher one went out since then."""
    return (
        last_page is not None and last_page.at >= since and RANK[alert.severity] <= RANK[last_page.severity]
    )
