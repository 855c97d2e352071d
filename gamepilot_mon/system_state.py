"""How the monitor itself is doing, from its store: the outbox, and how near each source is to its limit of series."""

from dataclasses import dataclass
from typing import Any

import peewee

from gamepilot_mon.models import Notification, SourceExcess, SourceSeries, Token
from gamepilot_mon.models.notification import BUNDLED, DEAD, PENDING, SENDING
from gamepilot_mon.sources.allowance import LIMIT

SOURCES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Source:
    """A sender of events; `beyond` events came of series that were too many."""

    name: str
    series: int
    limit: int
    beyond: int


def outbox() -> dict[str, dict[str, int]]:
    """By channel, how many notifications are owed, being sent, and given up."""
    states = (PENDING, BUNDLED, SENDING, DEAD)
    count = peewee.fn.COUNT(Notification.id)
    query = Notification.select(Notification.channel, Notification.state, count)
    rows: Any = (
        query.where(Notification.state.in_(states))
        .group_by(Notification.channel, Notification.state)
        .tuples()
    )
    found: dict[str, dict[str, int]] = {}
    for channel, state, number in rows:
        found.setdefault(channel, dict.fromkeys(states, 0))[state] = number
    return dict(sorted(found.items()))


def sources() -> list[Source]:
    """Those that make the most series first."""
    count = peewee.fn.COUNT(SourceSeries.series)
    query = SourceSeries.select(SourceSeries.source, count).group_by(SourceSeries.source)
    rows: Any = query.order_by(count.desc()).limit(SOURCES_SHOWN).tuples()
    names = {f"token:{token.id}": token.name for token in Token.select(Token.id, Token.name)}
    beyond = {row.source: row.count for row in SourceExcess.select()}
    return [
        Source(names.get(source, source), number, LIMIT, beyond.get(source, 0)) for source, number in rows
    ]
