"""What the server's processes use, when they are on this machine: found by who listens on the port."""

from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Usage:
    cpu_s: float
    rss: int  # bytes


class Listeners:
    """The processes that listen on a port; none when it is not ours to look."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._processes: list[psutil.Process] = []

    def usage(self) -> Usage | None:
        """Together; a process that ended counts no more. None when nobody is found."""
        if not any(process.is_running() for process in self._processes):
            self._processes = self._find()
        used = [usage for process in self._processes if (usage := _of(process)) is not None]
        if not used:
            return None
        return Usage(sum(usage.cpu_s for usage in used), sum(usage.rss for usage in used))

    def pids(self) -> list[int]:
        return [process.pid for process in self._processes]

    def _find(self) -> list[psutil.Process]:
        try:
            open_ports = psutil.net_connections("tcp")
        except (psutil.AccessDenied, OSError):
            return []
        pids = {
            entry.pid
            for entry in open_ports
            if entry.pid
            and entry.status == psutil.CONN_LISTEN
            and entry.laddr
            and entry.laddr.port == self._port
        }
        found = [process for pid in pids if (process := _process(pid)) is not None]
        # Sockets are inherited: the kernel may name the parent alone.
        children = [child for process in found for child in _children(process)]
        return list({process.pid: process for process in [*found, *children]}.values())


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.Error:
        return None


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def _of(process: psutil.Process) -> Usage | None:
    try:
        with process.oneshot():
            times = process.cpu_times()
            return Usage(times.user + times.system, process.memory_info().rss)
    except psutil.Error:
        return None
