"""The history of alerts: those that fired in a span, page by page, and their figures as questions to the store.

Every question walks the index on `started_at`, so that it costs what the span holds and not what is kept.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import peewee

from gamepilot_mon.flapping import SPAN_MS, TRANSITIONS
from gamepilot_mon.models import Alert, Notification
from gamepilot_mon.models.notification import SENT

PAGE = 200  # alerts a read: some ms, after which others get their turn


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` up to, but without, `until`; epoch ms."""

    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and nearest-rank percentiles of a time in ms; all None without any."""

    count: int
    mean: float | None = None
    p50: int | None = None
    p95: int | None = None


def page(span: Span, after: tuple[int, int] | None = None, limit: int = PAGE) -> list[dict[str, Any]]:
    """The next alerts in the order of their start, pending ones too. `after`: (started_at, id) of the last one."""
    rows = Alert.select().where((Alert.started_at >= span.since) & (Alert.started_at < span.until))
    if after is not None:
        rows = rows.where(peewee.Tuple(Alert.started_at, Alert.id) > after)
    found: Any = rows.order_by(Alert.started_at, Alert.id).limit(limit).dicts()
    return list(found)


def fired(span: Span) -> peewee.Expression:
    """Those that people could hear of: pending ones that ended before they fired are left out."""
    wanted: peewee.Expression = (Alert.started_at >= span.since) & (Alert.started_at < span.until)
    return wanted & Alert.fired_at.is_null(False)


def counts(span: Span, field: peewee.Field) -> dict[str, int]:
    number = peewee.fn.COUNT(Alert.id)
    rows: Any = Alert.select(field, number).where(fired(span)).group_by(field).order_by(number.desc(), field)
    return dict(rows.tuples())


def by_moment(span: Span, step_ms: int) -> dict[int, int]:
    """{start of step: alerts that fired in it}."""
    step = Alert.fired_at / step_ms
    rows: Any = Alert.select(step, peewee.fn.COUNT(Alert.id)).where(fired(span)).group_by(step)
    return {int(start) * step_ms: number for start, number in rows.tuples()}


def count(span: Span, *also: peewee.Expression) -> int:
    return int(Alert.select(peewee.fn.COUNT(Alert.id)).where(fired(span), *also).scalar())


def spread(span: Span, end: peewee.Field) -> Spread:
    """How long it took from firing until `end`, of those where that has happened."""
    took = end - Alert.fired_at
    there = (fired(span), end >= Alert.fired_at)
    number, mean = (
        Alert.select(peewee.fn.COUNT(Alert.id), peewee.fn.AVG(took)).where(*there).scalar(as_tuple=True)
    )
    if not number:
        return Spread(0)
    ranked = Alert.select(took).where(*there).order_by(took).limit(1)
    p50, p95 = (int(ranked.offset(max(math.ceil(share * number) - 1, 0)).scalar()) for share in (0.50, 0.95))
    return Spread(number, mean, p50, p95)


def transitions_of_restless(span: Span) -> Iterator[tuple[str, str, list[int]]]:
    """(fingerprint, type, its transitions) of those that fired often enough within a short time to have flapped."""
    often = (TRANSITIONS + 1) // 2  # fired and ended each count
    earlier = peewee.fn.LAG(Alert.fired_at, often - 1).over(
        partition_by=[Alert.fingerprint], order_by=[Alert.fired_at]
    )
    seen = Alert.select(Alert.fingerprint, (Alert.fired_at - earlier).alias("took")).where(fired(span))
    close = seen.alias("seen")
    restless = (
        peewee.Select([close], [close.c.fingerprint]).where(close.c.took < SPAN_MS).distinct().bind(
            Alert._meta.database
        )
    )  # fmt: skip
    for (fingerprint,) in list(restless.tuples()):
        rows: Any = (
            Alert.select(Alert.type, Alert.fired_at, Alert.ended_at)
            .where(fired(span), Alert.fingerprint == fingerprint)
            .order_by(Alert.fired_at)
        )
        found = list(rows.tuples())
        moments = sorted(at for _, *both in found for at in both if at is not None)
        yield fingerprint, found[0][0], moments


def sent(span: Span) -> dict[str, int]:
    """Messages that arrived, by channel."""
    rows: Any = (
        Notification.select(Notification.channel, peewee.fn.COUNT(Notification.id))
        .join(Alert, on=(Alert.id == Notification.alert_id))
        .where(fired(span), Notification.state == SENT)
        .group_by(Notification.channel)
    )
    return dict(rows.tuples())
