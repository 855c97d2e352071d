"""Silences as they are kept: adding, ending, and those that hold now."""

from collections.abc import Iterable, Mapping, Sequence

from gamepilot_mon import audit, db
from gamepilot_mon.models import Alert, Silence
from gamepilot_mon.mutes import Matcher, Span


def add(
    matchers: Sequence[Matcher], starts_at: int, ends_at: int, author: str, reason: str, now: int
) -> Silence:
    """Inside the caller's write()."""
    db.touch("silences")
    silence: Silence = Silence.create(
        matchers=[[m.name, m.operator, m.value] for m in matchers], starts_at=starts_at, ends_at=ends_at,
        author=author, reason=reason, created_at=now,
    )  # fmt: skip
    conditions = ["".join(parts) for parts in silence.matchers]
    audit.record("silence.added", f"silence {silence.id}", now, matchers=conditions, reason=reason)
    return silence


def expire(silence_id: int, now: int) -> bool:
    """End it now, inside the caller's write(); False when it is unknown or over. Who is owed hears at once."""
    open_now = (Silence.id == silence_id) & (Silence.ends_at > now)
    db.touch("silences")
    ended = bool(Silence.update(ends_at=now).where(open_now).execute())
    if ended:
        audit.record("silence.ended", f"silence {silence_id}", now)
    return ended


def holding(now: int) -> list[Span]:
    return [span(row) for row in Silence.select().where((Silence.starts_at <= now) & (Silence.ends_at > now))]


def ended(after: int, now: int) -> list[Span]:
    """Those that ended later than `after`; one that never began held nothing."""
    over = (Silence.ends_at > after) & (Silence.ends_at <= now) & (Silence.starts_at < Silence.ends_at)
    return [span(row) for row in Silence.select().where(over)]


def span(row: Silence) -> Span:
    matchers = tuple(Matcher(*parts) for parts in row.matchers)
    return Span(row.id, matchers, row.starts_at, row.ends_at, row.author, row.reason)


def matched(matchers: Sequence[Matcher], alerts: Iterable[Alert]) -> list[Alert]:
    """Those that all of the matchers match."""
    return [alert for alert in alerts if all(matcher.matches(facts(alert)) for matcher in matchers)]


def facts(alert: Alert) -> Mapping[str, str]:
    """What matchers look at."""
    return {**alert.labels, "type": alert.type, "severity": alert.severity}
