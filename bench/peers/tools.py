"""What the peers are made of, kept in a cache folder outside the repository."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

NODE_PACKAGES = ("ws@8", "socket.io@4")
SERVERS = Path(__file__).parent / "servers"


class Missing(Exception):
    """A peer cannot be built here; the text says what is missing."""


def cache() -> Path:
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "gamepilot-mon-bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def node_modules() -> Path:
    folder = cache() / "node_modules"
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise Missing(f"{program} is not installed")
    if not all((folder / package.split("@")[0]).is_dir() for package in NODE_PACKAGES):
        _run(
            [
                "npm",
                "install",
                "--no-audit",
                "--no-fund",
                "--silent",
                "--prefix",
                str(cache()),
                *NODE_PACKAGES,
            ]
        )
    return folder


def python_path() -> str:
    """A folder to add to PYTHONPATH, so that python-socketio can be imported; empty when it is here already."""
    if importlib.util.find_spec("socketio") is not None:
        return ""
    folder = cache() / "python"
    if not (folder / "socketio").is_dir():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "--target", str(folder), "python-socketio>=5.18,<6"])
    return str(folder)


def raw_writer() -> Path:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise Missing("no C compiler is installed")
    program = cache() / "raw"
    _run([compiler, "-O2", "-Wall", "-o", str(program), str(SERVERS / "raw.c")])
    return program


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Missing(f"{Path(command[0]).name} failed: {said[-1] if said else done.returncode}")
