"""Triage: what people do to one alert, or to several at once, inside the caller's write()."""

from collections.abc import Collection, Sequence

from gamepilot_mon import alerts, audit, db, owing, runtime_config, silences
from gamepilot_mon.models import Alert, Note
from gamepilot_mon.mutes import Matcher
from gamepilot_mon.settings import Settings


class EndsWithItsRule(Exception):
    """A person cannot end an alert that a rule opened."""


def acknowledge(ids: Collection[int], who: str, reason: str | None, until: int | None, now: int) -> list[int]:
    """Own those that nobody owns yet; their ids. Whoever owns one already keeps it."""
    rows = [row for row in _rows(ids) if row.status == "firing"]
    for row in rows:
        alerts.acknowledge(row, who, reason, until, now)
    return [row.id for row in rows]


def give_back(ids: Collection[int], now: int, owned_since: int | None = None) -> list[int]:
    """Reminders go on for those that somebody owns; their ids. `owned_since`: only what was acknowledged then."""
    rows = [row for row in _rows(ids) if row.status == "acknowledged"]
    wanted = [row for row in rows if owned_since is None or row.acknowledged_at == owned_since]
    for row in wanted:
        alerts.unacknowledge(row, now)
    if wanted:
        db.touch("silences")  # what was held back is owed again
    return [row.id for row in wanted]


def silence(ids: Collection[int], ends_at: int, author: str, reason: str, now: int) -> list[int]:
    """A silence for each of them, one for those that the same conditions match; the ids of the silences."""
    wanted = {tuple(conditions(row)): None for row in _rows(ids) if row.ended_at is None}
    return [silences.add(matchers, now, ends_at, author, reason, now).id for matchers in wanted]


def conditions(alert: Alert) -> list[Matcher]:
    """What matches alerts like this one: its type and each of its labels."""
    labels = [Matcher(name, "=", value) for name, value in sorted(alert.labels.items()) if name != "type"]
    return [Matcher("type", "=", alert.type), *labels]


def lift(silence_ids: Sequence[int], now: int) -> list[int]:
    """End these silences; the ids of those that still held."""
    return [number for number in silence_ids if silences.expire(number, now)]


def note(alert: Alert, author: str, text: str, now: int) -> Note:
    kept: Note = Note.create(alert_id=alert.id, at=now, author=author, text=text)
    audit.record("alert.noted", f"alert {alert.id}", now)
    return kept


def resolve(settings: Settings, alert: Alert, now: int) -> None:
    """End a custom alert; who was told of it is told of the end. Raises EndsWithItsRule."""
    if alert.ended_at is not None:
        return
    if alert.origin == "rule":
        raise EndsWithItsRule("This alert ends when its rule is satisfied again.")
    alerts.close(alert, now)
    audit.record("alert.resolved", f"alert {alert.id}", now, type=alert.type)
    owing.notify(settings, runtime_config.current(settings).config, alert, now)


def _rows(ids: Collection[int]) -> list[Alert]:
    return list(Alert.select().where(Alert.id.in_(sorted(ids))).order_by(Alert.id))
