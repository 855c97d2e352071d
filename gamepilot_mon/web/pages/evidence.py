"""What a probe found, for people: each fact by its name in plain words. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gamepilot_mon.clock import format_duration, iso

MOST = 40
# The last moments of the calendar that can be written.
LATEST_MS = 253_402_300_799_999

NAMES = {
    "signal": "The ping said",
    "body": "It wrote",
    "exit_code": "Exit code",
    "started_at": "The run started",
    "failed_at": "Failure reported",
    "last_ping_at": "Last good ping",
    "status": "HTTP status",
    "tableCounts": "Rows",
    "lastMigration": "Last migration",
    "users": "Users",
    "estimated": "Estimated",
    "cpu_ratio": "Processor busy",
    "cpu_count": "Processors",
    "load_1m": "Load, 1 minute",
    "load_5m": "Load, 5 minutes",
    "load_15m": "Load, 15 minutes",
    "memory_used_ratio": "Memory used",
    "memory_total_bytes": "Memory",
    "memory_available_bytes": "Memory available",
    "swap_used_bytes": "Swap used",
    "disk_used_ratio": "Disk used",
    "disk_total_bytes": "Disk",
    "disk_free_bytes": "Disk free",
    "host_uptime_s": "Host runs for",
    "process_uptime_s": "Probe runs for",
    "process_memory_bytes": "Memory of the probe",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """`name` is one of NAMES or of the probe's own; `group` that of what holds it; `at` a moment rather than a text."""

    name: str
    text: str
    group: str = ""
    at: str | None = None


def facts(data: dict[str, Any]) -> list[Fact]:
    """Flat, in the probe's order."""
    return list(_facts(data))[:MOST]


def _facts(data: dict[str, Any], group: str = "") -> Iterator[Fact]:
    for name, value in data.items():
        if isinstance(value, dict):
            yield from _facts(value, NAMES.get(name, name))
        elif value is not None:
            # What lies in a group is named by the target itself.
            yield Fact(
                name if group else NAMES.get(name, name), _said(name, value), group, _moment(name, value)
            )


def _moment(name: str, value: Any) -> str | None:
    is_moment = name.endswith("_at") and type(value) is int and 0 < value <= LATEST_MS
    return iso(value) if is_moment else None


def _said(name: str, value: Any) -> str:
    """Our probes name the unit in the name."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if not isinstance(value, int | float) or isinstance(value, bool):
        return str(value)
    if name.endswith("_bytes"):
        return f"{value / 1e9:,.2f} GB" if value >= 1e9 else f"{value / 1e6:,.1f} MB"
    if name.endswith("_ratio"):
        return f"{value:.1%}"
    return format_duration(int(value) * 1000) if name.endswith("_s") else f"{value:,}"
