"""The machine that this program runs on: processor, memory, disk of the state folder, uptimes.

It is always up; what cannot be read makes it unknown. The folder is `spec["folder"]`, else
`Task.state_dir`. The processor's share is measured between two
readings, so the first one has none.
"""

import os
import threading

import psutil

from gamepilot_mon.probes import Reading, Task


class HostProbe:
    kind = "host"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._before: tuple[float, float] | None = None

    def measure(self, task: Task) -> Reading:
        folder = str(task.spec.get("folder") or task.state_dir)
        try:
            return Reading(
                "up", data={**self._processor(), **_memory(), **_disk(folder), **_uptimes(task.now)}
            )
        except (OSError, psutil.Error, RuntimeError) as error:
            return Reading("unknown", error=f"the host could not be read: {error}")

    def _processor(self) -> dict[str, float | int | None]:
        load = os.getloadavg()
        return {
            "cpu_ratio": self._busy_ratio(),
            "cpu_count": psutil.cpu_count() or 1,
            "load_1m": round(load[0], 2),
            "load_5m": round(load[1], 2),
            "load_15m": round(load[2], 2),
        }

    def _busy_ratio(self) -> float | None:
        """Share of all processors' time since the last reading, by whichever thread that was made."""
        times = psutil.cpu_times()
        total = sum(times[:8])  # guest time is part of user time already
        idle = times.idle + getattr(times, "iowait", 0.0)
        with self._lock:
            before, self._before = self._before, (total, idle)
        if before is None or total <= before[0]:
            return None
        busy = 1 - (idle - before[1]) / (total - before[0])
        return round(min(max(busy, 0.0), 1.0), 4)


def _memory() -> dict[str, float | int]:
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    return {
        "memory_used_ratio": round(1 - memory.available / memory.total, 4),
        "memory_total_bytes": memory.total,
        "memory_available_bytes": memory.available,
        "swap_used_bytes": swap.used,
    }


def _disk(folder: str) -> dict[str, float | int]:
    disk = psutil.disk_usage(folder)
    return {
        "disk_used_ratio": round(disk.percent / 100, 4),
        "disk_total_bytes": disk.total,
        "disk_free_bytes": disk.free,
    }


def _uptimes(now: int) -> dict[str, float | int]:
    own = psutil.Process()
    return {
        "host_uptime_s": max(0, int(now / 1000 - psutil.boot_time())),
        "process_uptime_s": max(0, int(now / 1000 - own.create_time())),
        "process_memory_bytes": own.memory_info().rss,
    }


probe = HostProbe()
