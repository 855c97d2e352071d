"""Jobs: plugin code that the daemon runs, each in a loop of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Protocol

from gamepilot_mon.settings import Settings

GROUP = "gamepilot_mon.jobs"


@dataclass(frozen=True, slots=True)
class Context:
    """What a job is made with."""

    settings: Settings
    stopping: Callable[[], bool]
    wake: Callable[[str], None]  # wakes the job of that name, from any thread


class Job(Protocol):
    """Made once as `Job(context)`. `run` does what is due and returns when it wants to run again at the latest
    (epoch ms), or None for its next period or wake.
    """

    name: str
    every_ms: int  # the period, also when nothing wakes it
    gap_ms: int  # the least time between two runs; wakes in between are joined
    limit_ms: int  # a run that takes longer is reported as stalled
    wakes_on: frozenset[str]  # touched topics that wake it

    def run(self, now: int) -> int | None: ...


def load(context: Context) -> list[Job]:
    """One of every installed job."""
    return [entry.load()(context) for entry in sorted(entry_points(group=GROUP), key=lambda e: e.name)]
