"""Probes: plugin code that measures a target once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Protocol

GROUP = "gamepilot_mon.probes"

# Second looks: a check is down for certain after this many failures in a row.
CONFIRMED = 2

# In the data of a reading: when the target itself reported that it failed, epoch ms.
FAILED_AT = "failed_at"


@dataclass(frozen=True, slots=True)
class Reading:
    """One measured result. `unknown` means that measuring failed, not that the target did."""

    state: str  # up | down | unknown
    latency_ms: float | None = None
    error: str | None = None
    data: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """What a probe is asked to measure."""

    spec: Mapping[str, Any]
    now: int
    timeout_ms: int
    allowed: tuple[IPv4Network | IPv6Network, ...] = ()
    observed_at: int | None = None  # the newest observation, for checks that the target reports itself
    interval_ms: int = 30_000
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)  # what a spec may not hold, by name
    state_dir: Path = Path()  # the folder of the store
    known: Mapping[str, Any] = field(default_factory=dict)  # the data of the newest observation


def is_certain(failures: int, data: Mapping[str, Any] | None) -> bool:
    """Whether what is down needs no second look: `failures` in a row, or the target said so itself."""
    return failures >= CONFIRMED or FAILED_AT in (data or {})


class Probe(Protocol):
    """`measure` never raises for a broken target: it says down, or unknown when it cannot tell."""

    kind: str

    def measure(self, task: Task) -> Reading | None: ...


def kinds() -> frozenset[str]:
    """The kinds of the installed probes; an entry point is named after its kind."""
    return frozenset(entry_points(group=GROUP).names)


@cache
def of_kind(kind: str) -> Probe:
    """The installed probe, imported at its first use."""
    [entry] = entry_points(group=GROUP, name=kind)
    probe: Probe = entry.load()
    return probe
