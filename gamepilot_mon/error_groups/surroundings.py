"""Surroundings: what else is known that may explain a group: alerts, deploys, the same error elsewhere."""

from typing import Any

from gamepilot_mon.clock import iso
from gamepilot_mon.error_groups import announcing
from gamepilot_mon.identity import fingerprint
from gamepilot_mon.models import Alert, ErrorGroup, Release

ALERTS = 10
DEPLOYS_BEFORE = 3
DEPLOYS_AFTER = 1
ELSEWHERE = 20


def alerts(group: ErrorGroup) -> list[Alert]:
    """The newest that tell of the group itself, or of critical errors of its operation."""
    told = [f"{type_}:{group.fingerprint}" for type_ in (announcing.NEW, announcing.BACK)]
    told.append(fingerprint("critical_error", {"operation": group.operation}))
    rows = Alert.select().where(Alert.fingerprint.in_(told) & (Alert.status != "pending"))
    return list(rows.order_by(Alert.id.desc()).limit(ALERTS))


def deploys(group: ErrorGroup) -> list[dict[str, Any]]:
    """The last ones before the group was first seen and the next one; `beforeMs` is negative of a later one."""
    seen = group.first_seen
    before = Release.select().where(Release.at <= seen).order_by(Release.at.desc()).limit(DEPLOYS_BEFORE)
    after = Release.select().where(Release.at > seen).order_by(Release.at).limit(DEPLOYS_AFTER)
    return [
        {"version": row.version, "at": iso(row.at), "beforeMs": seen - row.at} for row in (*after, *before)
    ]


def elsewhere(group: ErrorGroup) -> list[ErrorGroup]:
    """Groups with the same message in other operations, or from another place of the same one."""
    rows = ErrorGroup.select().where((ErrorGroup.title == group.title) & (ErrorGroup.id != group.id))
    return list(rows.order_by(ErrorGroup.count.desc()).limit(ELSEWHERE))
