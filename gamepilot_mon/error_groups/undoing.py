"""Undoing: taking back what somebody has just decided about some groups, where nobody has decided since."""

from collections import defaultdict
from dataclasses import dataclass

import peewee

from gamepilot_mon.error_groups import states
from gamepilot_mon.models import ErrorAction, ErrorGroup
from gamepilot_mon.settings import Settings


@dataclass(frozen=True, slots=True)
class Decision:
    """`at` and `who` name it: groups that were decided about together have both in common."""

    at: int
    who: str
    action: str
    group_ids: tuple[int, ...]


def latest(at: int, who: str) -> Decision | None:
    """What `who` decided at that moment, with the groups of which it is the last word; None of nothing."""
    newest = ErrorAction.select(peewee.fn.MAX(ErrorAction.id)).group_by(ErrorAction.group_id)
    made = (ErrorAction.at == at) & (ErrorAction.who == who) & (ErrorAction.action != "regression")
    rows = list(ErrorAction.select().where(made & ErrorAction.id.in_(newest)).order_by(ErrorAction.id))
    return Decision(at, who, rows[0].action, tuple(row.group_id for row in rows)) if rows else None


def undo(settings: Settings, decision: Decision, now: int) -> int:
    """As each group was before; how many. Alerts that the decision ended stay over. Inside the caller's write()."""
    by_before: dict[tuple[str, str | None], list[ErrorGroup]] = defaultdict(list)
    for group in ErrorGroup.select().where(ErrorGroup.id.in_(list(decision.group_ids))):
        by_before[_before(group.id, decision.at)].append(group)
    for (action, version), groups in by_before.items():
        states.decide(settings, groups, action, decision.who, now, version=version)
    return len(decision.group_ids)


def _before(group_id: int, at: int) -> tuple[str, str | None]:
    """The decision that stood before `at`, as (action, version)."""
    of_it = (ErrorAction.group_id == group_id) & (ErrorAction.at < at)
    found = ErrorAction.select().where(of_it).order_by(ErrorAction.id.desc()).first()
    if found is None or found.action not in ("resolve", "ignore"):
        return "reopen", None
    return found.action, found.version
