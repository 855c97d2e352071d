"""The Debian system that the machine boots: made once, kept in a cache, and copied for every run."""

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tests.systemd.waiting import wait_until

SUITE = "bookworm"
PACKAGES = ("systemd", "systemd-sysv", "dbus", "python3", "python3-venv", "make", "ca-certificates")
DEBOOTSTRAP_S = 600
COPY_S = 120
OTHER_RUN_S = 900
RUN = "run-"


def cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or "/var/cache") / "gamepilot-mon-test"


def pristine() -> Path:
    """The cached tree, made by debootstrap on the first call. Delete its folder to have it made anew."""
    tree = cache() / SUITE
    if not tree.exists():
        unfinished = cache() / f"{SUITE}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        debootstrap(unfinished)
        unfinished.rename(tree)
    return tree


def debootstrap(into: Path) -> None:
    mirror = [os.environ["DEBIAN_MIRROR"]] if "DEBIAN_MIRROR" in os.environ else []
    include = f"--include={','.join(PACKAGES)}"
    command = ["debootstrap", "--variant=minbase", include, SUITE, str(into), *mirror]
    subprocess.run(command, check=True, timeout=DEBOOTSTRAP_S, stdin=subprocess.DEVNULL)
    for package in into.glob("var/cache/apt/archives/*.deb"):
        package.unlink()


@contextlib.contextmanager
def copied() -> Iterator[Path]:
    """A throwaway copy, so that one run never sees what another left behind. One run at a time."""
    with alone():
        source = pristine()
        folder = Path(tempfile.mkdtemp(prefix=RUN, dir=cache()))
        try:
            command = ["cp", "-a", "--reflink=auto", f"{source}/.", str(folder)]
            subprocess.run(command, check=True, timeout=COPY_S)
            yield folder
        finally:
            shutil.rmtree(folder)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Hold the cache, and clear away what a run that was killed has left in it."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "lock").open("w") as lock:
        wait_until(lambda: is_taken(lock), within_s=OTHER_RUN_S, what="another run has ended")
        for stale in cache().glob(f"{RUN}*"):
            shutil.rmtree(stale)
        yield


def is_taken(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
