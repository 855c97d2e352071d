"""Stored rules: reading, changing and removing them, each change with its author."""

import logging
from functools import lru_cache
from typing import Any

from gamepilot_mon import audit, db, rule_spec
from gamepilot_mon.measures import BUILT_IN
from gamepilot_mon.models import RuleVersion, StoredRule
from gamepilot_mon.queries import Watch
from gamepilot_mon.rule_spec import NAME, Refused, Spec

log = logging.getLogger(__name__)

RESERVED = frozenset({"noise", "new", "preview"})  # /api/v1/rules/noise, /rules/new, /rules/preview


class Taken(Exception):
    """There is a rule of that name."""


class Changed(Exception):
    """Somebody changed the rule in between."""


class Gone(Exception):
    """There is no rule after that version: it was the one that removed it."""


def specs() -> dict[str, Spec]:
    """By name."""
    return {row.name: rule_spec.parse(row.spec) for row in StoredRule.ordered()}


def as_of(name: str, at: int) -> Spec | None:
    """The rule as it was at `at`; None when there was none. Raises KeyError for a name that never had a rule."""
    if not RuleVersion.of(name, limit=1):
        raise KeyError(name)
    then = RuleVersion.then(name, at)
    return rule_spec.parse(then.new) if then and then.new is not None else None


def get(name: str) -> StoredRule | None:
    row: StoredRule | None = StoredRule.get_or_none(StoredRule.name == name)
    return row


def watches() -> tuple[Watch, ...]:
    """What is to be judged of them now: those that are enabled."""
    return _watches(str(db.database.database), RuleVersion.newest_id())


@lru_cache(maxsize=2)
def _watches(_store: str, _version: int) -> tuple[Watch, ...]:
    # Every change of a rule has a version, so the newest version says whether what was read still holds.
    found = []
    for row in StoredRule.ordered():
        try:
            spec = rule_spec.parse(row.spec)
        except Refused as error:  # written by another release: the other rules go on
            log.error("the stored rule %s is not judged: %s", row.name, error)
            continue
        if spec.enabled:
            found.append(spec.watch(row.name))
    return tuple(found)


def put(name: str, spec: Spec, author: str, now: int) -> StoredRule:
    """Store the rule, new or in place of the one of that name, inside the caller's write(). Raises Refused."""
    require_free(name)
    row = get(name)
    wanted = rule_spec.document(spec)
    if row is not None and row.spec == wanted:
        return row
    stored = row or StoredRule(name=name, created_at=now)
    stored.version = _record(name, row.spec if row else None, wanted, author, now)
    stored.spec, stored.changed_at = wanted, now
    stored.save()
    return stored


def add(name: str, spec: Spec, author: str, now: int) -> StoredRule:
    """As put(), but raises Taken when there is one of that name."""
    if get(name) is not None:
        raise Taken(name)
    return put(name, spec, author, now)


def change(name: str, spec: Spec, version: int, author: str, now: int) -> StoredRule:
    """As put(), of the rule that is at `version`. Raises KeyError when it is gone, and Changed."""
    row = get(name)
    if row is None:
        raise KeyError(name)
    if row.version != version:
        raise Changed(name)
    return put(name, spec, author, now)


def enable(name: str, is_enabled: bool, author: str, now: int) -> StoredRule:
    """Switch it on or off, inside the caller's write(). Raises KeyError, and Refused for what is no rule any more."""
    row = get(name)
    if row is None:
        raise KeyError(name)
    return put(name, rule_spec.parse({**row.spec, "enabled": is_enabled}), author, now)


def restore(name: str, version: int, author: str, now: int) -> StoredRule:
    """Store the rule as it was after `version` again, also one that was removed, inside the caller's write().

    Raises KeyError for a version that is none of this rule, Gone, and Refused for what is no rule any more.
    """
    found = RuleVersion.get_or_none((RuleVersion.name == name) & (RuleVersion.id == version))
    if found is None:
        raise KeyError(version)
    if found.new is None:
        raise Gone(version)
    return put(name, rule_spec.parse(found.new), author, now)


def remove(name: str, author: str, now: int) -> bool:
    """Inside the caller's write(); False when there is none. Its open alerts end at the next evaluation."""
    row = get(name)
    if row is None:
        return False
    _record(name, row.spec, None, author, now)
    row.delete_instance()
    return True


def _record(name: str, old: dict[str, Any] | None, new: dict[str, Any] | None, author: str, now: int) -> int:
    db.touch("rules")
    version = int(RuleVersion.insert(created_at=now, author=author, name=name, old=old, new=new).execute())
    action = "rule.removed" if new is None else "rule.changed"
    audit.record(action, name, now, version=version, new=None if old else True)
    return version


def require_free(name: str) -> None:
    """Raises Refused for what cannot be the name of a stored rule."""
    if not NAME.fullmatch(name):
        raise Refused([("/name", "must be lower-case letters and digits, joined by - _ or ., at most 80")])
    if name in RESERVED:
        raise Refused([("/name", "is the address of a page")])
    if name in BUILT_IN:
        raise Refused([("/name", "is a built-in rule; its thresholds are part of the configuration")])
