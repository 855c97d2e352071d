"""Checks: those that the settings ask for, and recording what was observed of any."""

from dataclasses import dataclass
from typing import Any

import peewee

from gamepilot_mon import db
from gamepilot_mon.models import Check, Observation
from gamepilot_mon.probes import Reading
from gamepilot_mon.settings import Settings

REACHABILITY = "GamePilot reachability"
DATABASE = "GamePilot database"
HOST = "Host"


@dataclass(frozen=True, slots=True)
class Wanted:
    name: str
    kind: str
    spec: dict[str, Any]
    interval_ms: int
    alerting: bool = True


def wanted(settings: Settings) -> list[Wanted]:
    """The checks that the settings alone ask for; the host is always looked at."""
    every = settings.check_interval_ms
    found = [Wanted(HOST, "host", {}, every, alerting=False)]
    if settings.gamepilot_url:
        found.append(Wanted(REACHABILITY, "http", {"setting": "gamepilot_url"}, every))
    if settings.gamepilot_database_url:
        found.append(Wanted(DATABASE, "gamepilot_database", {"setting": "gamepilot_database_url"}, every))
    return found


def synchronise(settings: Settings, now: int) -> None:
    """Make the stored checks of origin `settings` those that the settings ask for, inside the caller's write()."""
    kept = {check.name: check for check in Check.select().where(Check.origin == "settings")}
    for want in wanted(settings):
        check = kept.pop(want.name, None) or Check(name=want.name, origin="settings", created_at=now)
        check.kind, check.spec, check.interval_ms = want.kind, want.spec, want.interval_ms
        check.alerting = want.alerting
        check.save()
    for check in kept.values():
        check.delete_instance()
    db.touch("check-list")


def last_up_at(check: Check) -> int | None:
    """When the check was last seen up: for a heartbeat, its last ping."""
    newest = Observation.select(peewee.fn.MAX(Observation.at))
    value: int | None = newest.where(
        (Observation.check_id == check.id) & (Observation.state == "up")
    ).scalar()
    return value


def record(check: Check, reading: Reading, now: int) -> None:
    """Write one observation and the check's new state, inside the caller's write()."""
    Observation.insert(
        check_id=check.id, at=now, state=reading.state, latency_ms=reading.latency_ms,
        error=reading.error, data=reading.data,
    ).execute()  # fmt: skip
    failures = check.failures + 1 if reading.state == "down" else 0
    Check.update(
        state=reading.state,
        state_since=now if reading.state != check.state else check.state_since,
        observed_at=now, latency_ms=reading.latency_ms, error=reading.error, data=reading.data,
        failures=failures,
    ).where(Check.id == check.id).execute()  # fmt: skip
    db.touch("checks")
