"""Summary: how many groups are open, new and back, and the busiest of the open ones."""

from typing import Any

import peewee

from gamepilot_mon.clock import HOUR_MS, iso
from gamepilot_mon.models import ErrorGroup, ErrorHour

SHOWN = 5


def summary(hours: int, now: int) -> dict[str, Any]:
    """`new`, `regressed` and `top` are about the last `hours`."""
    after = now - hours * HOUR_MS
    is_open = ErrorGroup.state == "open"
    return {
        "open": ErrorGroup.select().where(is_open).count(),
        "new": ErrorGroup.select().where(ErrorGroup.first_seen >= after).count(),
        "regressed": ErrorGroup.select().where(is_open & (ErrorGroup.regressed_at >= after)).count(),
        "top": [_shown(group, count) for group, count in _busiest(after)],
    }


def _busiest(after: int) -> list[tuple[ErrorGroup, int]]:
    count = peewee.fn.SUM(ErrorHour.count)
    of_span: Any = (
        ErrorHour.select(ErrorHour.group_id, count)
        .join(ErrorGroup, on=(ErrorGroup.id == ErrorHour.group_id))
        .where((ErrorHour.hour > after - HOUR_MS) & (ErrorGroup.state == "open"))
        .group_by(ErrorHour.group_id)
        .order_by(count.desc(), ErrorHour.group_id)
        .limit(SHOWN)
    )
    found = dict(of_span.tuples())
    groups = {group.id: group for group in ErrorGroup.select().where(ErrorGroup.id.in_(list(found)))}
    return [(groups[id_], number) for id_, number in found.items()]


def _shown(group: ErrorGroup, count: int) -> dict[str, Any]:
    return {
        "id": group.id, "operation": group.operation, "title": group.title, "severity": group.severity,
        "count": count, "users": group.users, "lastSeen": iso(group.last_seen),
        "regressed": group.regressed_at is not None,
    }  # fmt: skip
