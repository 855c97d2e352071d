"""Heartbeats: jobs that call us. A ping becomes an observation of the check that owns the key.

The check's data says what the last ping was: {"signal", "started_at"?, "exit_code"?, "body"?, "failed_at"?}.
A start is no result, so it leaves the state and observed_at alone; the next ping's latency is measured from it.
"""

from dataclasses import dataclass, replace
from typing import Any

from gamepilot_mon import checks, db
from gamepilot_mon.models import Check
from gamepilot_mon.probes import FAILED_AT, Reading
from gamepilot_mon.probes.heartbeat import failure

BODY_MAX_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class Ping:
    """`signal` is success, start, fail or exit; only exit has a code, 0 to 255."""

    signal: str
    exit_code: int | None = None
    body: str = ""


def receive(key: str, ping: Ping, now: int) -> bool:
    """Inside the caller's write(); False for an unknown key."""
    check = Check.get_or_none(Check.ping_key == key)
    if check is None:
        return False
    if ping.signal == "start":
        _remember_start(check, now)
    else:
        checks.record(check, replace(reading(ping, now), latency_ms=_run_ms(check, now)), now)
    return True


def knows(key: str) -> bool:
    return Check.select().where(Check.ping_key == key).exists()


def reading(ping: Ping, now: int) -> Reading:
    data: dict[str, Any] = {"signal": ping.signal}
    if ping.exit_code is not None:
        data["exit_code"] = ping.exit_code
    if ping.body:
        data["body"] = ping.body
    if ping.signal == "fail" or ping.exit_code:
        return Reading("down", error=failure(ping.exit_code), data={**data, FAILED_AT: now})
    return Reading("up", data=data)


def _remember_start(check: Check, now: int) -> None:
    data = {**(check.data or {}), "signal": "start", "started_at": now}
    Check.update(data=data).where(Check.id == check.id).execute()
    db.touch("checks")


def _run_ms(check: Check, now: int) -> float | None:
    data = check.data or {}
    return float(now - data["started_at"]) if data.get("signal") == "start" else None
