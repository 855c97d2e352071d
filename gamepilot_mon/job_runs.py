"""Job runs: what the daemon tells of itself and its jobs beside its heartbeat, for whoever looks at the monitor."""

from dataclasses import dataclass

import msgspec

from gamepilot_mon.models import Fact

FACT = "jobs"


@dataclass(frozen=True, slots=True)
class JobRun:
    """A job and its last run that ended. Late: from when it was due or woken until it began; None before the first."""

    name: str
    every_ms: int
    limit_ms: int
    ended_at: int | None
    took_ms: float | None
    late_ms: float | None
    running_ms: float | None  # of the run that goes on; None while it rests
    failing: bool


@dataclass(frozen=True, slots=True)
class Report:
    at: int
    version: str
    rss_bytes: int
    runs: list[JobRun]


def keep(report: Report) -> None:
    """Inside the caller's write()."""
    text = msgspec.json.encode(report).decode()
    Fact.insert(name=FACT, value=text).on_conflict_replace().execute()


def read() -> Report | None:
    """None before the daemon first told, or when another version told in words of its own."""
    row = Fact.get_or_none(Fact.name == FACT)
    try:
        return msgspec.json.decode(row.value, type=Report) if row else None
    except msgspec.MsgspecError:
        return None
