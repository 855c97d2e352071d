"""The control groups that systemd-nspawn makes beside its caller's own, and leaves behind empty."""

import contextlib
from pathlib import Path

MOUNTS = Path("/sys/fs/cgroup")
LEFT_BEHIND = ("payload", "supervisor")


def remove_left_behind() -> None:
    """Remove the empty ones; the kernel refuses to remove one that still holds a process."""
    for own in own_groups():
        for name in LEFT_BEHIND:
            for group in deepest_first(own / name):
                with contextlib.suppress(OSError):
                    group.rmdir()


def own_groups() -> list[Path]:
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    paths = [line.split(":", 2)[2].lstrip("/") for line in lines]
    hierarchies = [MOUNTS, *(entry for entry in MOUNTS.iterdir() if entry.is_dir())]
    return [hierarchy / path for hierarchy in hierarchies for path in set(paths)]


def deepest_first(group: Path) -> list[Path]:
    below = [path for path in group.rglob("*") if path.is_dir()] if group.is_dir() else []
    return [*sorted(below, key=lambda path: len(path.parts), reverse=True), group]
