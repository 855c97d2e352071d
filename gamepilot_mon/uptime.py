"""Uptime: for how much of a time a check was up, down, or not known to be either. Pure but for of_check().

An observation holds until the next one, but no longer than a check may keep silent: when the daemon did not run, nobody
knows, and that time is neither up nor down.
"""

from collections.abc import Iterable
from typing import Any

from gamepilot_mon.clock import MINUTE_MS, iso
from gamepilot_mon.db import database
from gamepilot_mon.models import Check

SLACK_MS = MINUTE_MS  # what a check may come late
STATES = ("up", "down", "unknown")


def of_check(check: Check, since: int, until: int) -> dict[str, Any]:
    """Milliseconds and shares of [since, until); `uptime` is up against up and down, null when neither is known."""
    lasted = lasting(check, since, until)
    whole, known = until - since, lasted["up"] + lasted["down"]
    return {
        "id": check.id,
        "name": check.name,
        "from": iso(since),
        "to": iso(until),
        **{f"{state}Ms": lasted[state] for state in STATES},
        **{state: round(lasted[state] / whole, 6) for state in STATES},
        "coverage": round(known / whole, 6),
        "uptime": round(lasted["up"] / known, 6) if known else None,
    }


def lasting(check: Check, since: int, until: int) -> dict[str, int]:
    """By state, the milliseconds of [since, until)."""
    valid = valid_ms(check)
    return shares(observations(check.id, since - valid, until), since, until, valid)


def valid_ms(check: Check) -> int:
    """How long an observation holds when nothing follows."""
    return int(2 * check.interval_ms + int(check.spec.get("grace_ms", 0)) + SLACK_MS)


def shares(observed: Iterable[tuple[int, str]], since: int, until: int, valid_ms: int) -> dict[str, int]:
    """By state, the milliseconds of [since, until). `observed`: (at, state), oldest first."""
    lasted = dict.fromkeys(STATES, 0)
    state, at = "unknown", since
    for next_at, next_state in [*observed, (until, "unknown")]:
        held_until = min(next_at, at + valid_ms) if state != "unknown" else next_at
        lasted[state] += max(0, min(held_until, until) - max(at, since))
        state, at = next_state, next_at
    lasted["unknown"] = until - since - lasted["up"] - lasted["down"]
    return lasted


def observations(check_id: int, since: int, until: int) -> list[tuple[int, str]]:
    """Only where the state changes or the silence is long would do, but the index has them all in order."""
    cursor: Any = database.execute_sql(
        "SELECT at, state FROM observation WHERE check_id = ? AND at >= ? AND at < ? ORDER BY at",
        (check_id, since, until),
    )
    return list(cursor.fetchall())
