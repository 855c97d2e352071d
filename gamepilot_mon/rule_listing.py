"""The rules as lists of them show them: the six built-in ones, then those of people's own."""

from collections.abc import Iterator
from typing import Any

from gamepilot_mon import measures, rule_spec
from gamepilot_mon.clock import iso
from gamepilot_mon.models import RuleVersion, StoredRule
from gamepilot_mon.rules import Rule
from gamepilot_mon.runtime_config import RuntimeConfig

CHANGES = 20  # of one rule, as its own page shows them


def listing(config: RuntimeConfig, after: str = "", limit: int | None = None) -> list[dict[str, Any]]:
    """Up to `limit` stored rules whose names come after `after`; the first page begins with the built-in ones."""
    built_in = [] if after else [_summary(rule) for rule in measures.rules(config).values()]
    rows = StoredRule.select().where(StoredRule.name > after).order_by(StoredRule.name).limit(limit)
    return [*built_in, *(stored(row) for row in rows)]


def one(config: RuntimeConfig, name: str) -> dict[str, Any] | None:
    """The rule with who changed it how."""
    row = StoredRule.get_or_none(StoredRule.name == name)
    rule = measures.rules(config).get(name)
    found = stored(row) if row else _summary(rule) if rule else None
    return found and {**found, "changes": list(changes(name))}


def stored(row: StoredRule) -> dict[str, Any]:
    spec = rule_spec.parse(row.spec)
    return {
        **_summary(spec.rule(row.name)), "builtIn": False, "enabled": spec.enabled,
        "rule": {"name": row.name, **rule_spec.whole(spec)}, "version": row.version,
        "createdAt": iso(row.created_at), "changedAt": iso(row.changed_at),
    }  # fmt: skip


def changes(name: str) -> Iterator[dict[str, Any]]:
    """Who changed the rule and how, the newest first."""
    for row in RuleVersion.of(name, CHANGES):
        yield {
            "version": row.id, "at": iso(row.created_at), "author": row.author, "old": row.old, "new": row.new,
        }  # fmt: skip


def _summary(rule: Rule) -> dict[str, Any]:
    return {
        "type": rule.type, "title": rule.title, "unit": rule.unit, "warning": rule.warning,
        "critical": rule.critical, "operator": rule.operator, "below": rule.operator in ("<", "<="),
        "min_samples": rule.min_samples, "builtIn": True, "enabled": True, "rule": None,
    }  # fmt: skip
