"""Packages of npm for tests that need the real thing, kept in the user's cache between runs."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest


def installed(*packages: str) -> Path:
    """The folder whose node_modules has them, each given as name@version.

    Without node a skip with the reason, but a failure under CI. One process installs, the others wait for it.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    edition = hashlib.sha256(" ".join(packages).encode()).hexdigest()[:12]
    folder = cache / f"gamepilot-mon-npm-{edition}"
    done = folder / "installed"
    if done.is_file():
        return folder
    need_node()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.is_file():
            _install(folder, packages)
            done.touch()
    return folder


def _install(folder: Path, packages: tuple[str, ...]) -> None:
    command = ["npm", "install", "--no-save", "--no-audit", "--no-fund", *packages]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    if ran.returncode:
        _give_up(f"{', '.join(packages)} cannot be installed: {ran.stderr[-300:]}")


def need_node() -> None:
    if shutil.which("npm") is None or shutil.which("node") is None:
        _give_up("node and npm are not installed")


def _give_up(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
