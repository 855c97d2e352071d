"""Reports of load tests, kept as files in the state folder: one a run, named by the moment when it began."""

import re
from pathlib import Path
from typing import Any

import msgspec

FOLDER = "load-tests"
NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z")
SHOWN = 100
LARGEST_BYTES = 4_000_000

Report = dict[str, Any]  # as loadtest.report.build() makes it


class Target(msgspec.Struct):
    url: str


class Capacity(msgspec.Struct):
    sentence: str


class Machine(msgspec.Struct):
    cores: int
    system: str


class Plan(msgspec.Struct):
    stages: list[int]


class Shape(msgspec.Struct):
    """What every report has, whatever version made it; the rest is looked at where it is shown."""

    startedAt: str
    endedAt: str
    ended: str
    intact: bool
    target: Target
    capacity: Capacity
    machine: Machine
    plan: Plan
    stages: list[dict[str, Any]]


def save(state_dir: Path, report: Report) -> Path:
    """Raises OSError."""
    folder = state_dir / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{_name(report['startedAt'])}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    path.chmod(0o600)
    return path


def listing(state_dir: Path) -> list[tuple[str, Report]]:
    """(name, report), the newest first; what cannot be read is left out."""
    folder = state_dir / FOLDER
    names = sorted((path.stem for path in folder.glob("*.json") if NAME.fullmatch(path.stem)), reverse=True)
    found = ((name, find(state_dir, name)) for name in names[:SHOWN])
    return [(name, report) for name, report in found if report is not None]


def find(state_dir: Path, name: str) -> Report | None:
    """None when there is none of that name, or it is no report."""
    path = state_dir / FOLDER / f"{name}.json"
    try:
        if not NAME.fullmatch(name) or path.stat().st_size > LARGEST_BYTES:
            return None
        report: Report = msgspec.json.decode(path.read_bytes())
        msgspec.convert(report, Shape)
    except (OSError, msgspec.MsgspecError):
        return None
    return report


def _name(iso: str) -> str:
    return re.sub(r"[-:]", "", iso[:19]) + "Z"
