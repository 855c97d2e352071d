"""Packages of npm for tests that need the real thing, kept in the user's cache between runs."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def installed(package: str, version: str) -> Path:
    """The folder whose node_modules has it. Without node a skip with the reason, but a failure under CI."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = cache / f"gamepilot-mon-{package.replace('/', '-')}-{version}"
    if (folder / "node_modules" / package / "package.json").is_file():
        return folder
    need_node()
    folder.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--no-save", "--no-audit", "--no-fund", f"{package}@{version}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    if done.returncode:
        give_up(f"{package} cannot be installed: {done.stderr[-300:]}")
    return folder


def need_node() -> None:
    if shutil.which("npm") is None or shutil.which("node") is None:
        give_up("node and npm are not installed")


def give_up(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
