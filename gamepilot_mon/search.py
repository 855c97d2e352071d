"""Search over everything that has a page of its own, by words that its name contains."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import peewee

from gamepilot_mon.models import Alert, Check, ErrorGroup, Incident, Series, StoredRule
from gamepilot_mon.queries import OPERATIONS

MOST_WORDS = 8
SHORTEST = 2  # characters


@dataclass(frozen=True, slots=True)
class Found:
    """One thing: `kind` is alert, incident, check, rule, error or operation; `key` is what its address has."""

    kind: str
    key: str
    title: str
    detail: str
    state: str | None = None


def words_of(text: str) -> list[str]:
    """What is looked for; [] when nothing is long enough."""
    return [word for word in text.split()[:MOST_WORDS] if len(word) >= SHORTEST]


def find(text: str, *, each: int = 8) -> list[Found]:
    """At most `each` of a kind, every word being somewhere in it; the newest or the first by name first."""
    words = words_of(text)
    return [found for kind in KINDS for found in kind(words, each)] if words else []


def _having(words: Iterable[str], *fields: peewee.ColumnBase) -> peewee.Expression:
    """Each word in any of the fields, without regard to case (of ASCII, as SQLite compares)."""
    every = [_any(field.contains(word) for field in fields) for word in words]
    combined = every[0]
    for one in every[1:]:
        combined = combined & one
    return combined


def _any(conditions: Iterable[peewee.Expression]) -> peewee.Expression:
    first, *others = conditions
    for condition in others:
        first = first | condition
    return first


def _alerts(words: list[str], most: int) -> list[Found]:
    rows = Alert.select().where(_having(words, Alert.message, Alert.type, Alert.labels.cast("TEXT")))
    return [
        Found("alert", str(row.id), row.message, row.type, row.status)
        for row in rows.order_by(Alert.ended_at.is_null(False), Alert.id.desc()).limit(most)
    ]


def _incidents(words: list[str], most: int) -> list[Found]:
    rows = Incident.select().where(_having(words, Incident.title))
    return [
        Found("incident", str(row.id), row.title, f"#{row.id}", "resolved" if row.ended_at else row.severity)
        for row in rows.order_by(Incident.ended_at.is_null(False), Incident.id.desc()).limit(most)
    ]


def _checks(words: list[str], most: int) -> list[Found]:
    rows = Check.select().where(_having(words, Check.name, Check.kind))
    return [
        Found("check", str(row.id), row.name, row.kind, row.state if row.observed_at else "pending")
        for row in rows.order_by(Check.name).limit(most)
    ]


def _rules(words: list[str], most: int) -> list[Found]:
    rows = StoredRule.select().where(_having(words, StoredRule.name)).order_by(StoredRule.name).limit(most)
    return [
        Found("rule", row.name, row.name, row.spec.get("metric") or row.spec.get("kind") or "")
        for row in rows
    ]


def _errors(words: list[str], most: int) -> list[Found]:
    rows = ErrorGroup.select().where(_having(words, ErrorGroup.title, ErrorGroup.operation))
    return [
        Found("error", str(row.id), row.title, row.operation, row.severity)
        for row in rows.order_by(ErrorGroup.last_seen.desc()).limit(most)
    ]


def _operations(words: list[str], most: int) -> list[Found]:
    name = peewee.fn.json_extract(Series.labels, "$.operation")
    rows = Series.select(name).where((Series.metric == OPERATIONS) & _having(words, name)).distinct()
    names: Any = rows.order_by(name).limit(most).tuples()
    return [Found("operation", text, text, "") for (text,) in names]


KINDS: tuple[Callable[[list[str], int], list[Found]], ...] = (
    _alerts, _incidents, _checks, _rules, _errors, _operations,
)  # fmt: skip
