"""The house rules: which way imports point, who may ask the time, and what gevent may touch."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for folder in ("gamepilot_mon", "daemon") for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part(path: Path) -> str:
    """web, cli, daemon, models …; "" for a concept."""
    inside = path.relative_to(ROOT)
    if inside.parts[0] == "daemon":
        return "daemon"
    return inside.parts[1] if len(inside.parts) > 2 else ""


def reaches(name: str, target: str) -> bool:
    return name == target or name.startswith(target + ".")


# Whoever is in the place must not import from the targets.
FORBIDDEN = {
    "web": ("daemon", "gamepilot_mon.cli"),
    "daemon": ("gamepilot_mon.web", "gamepilot_mon.cli", "gevent", "flask"),
    "": ("gamepilot_mon.web", "gamepilot_mon.cli", "daemon", "gevent", "flask", "gunicorn"),
    "models": ("gamepilot_mon.web", "gamepilot_mon.cli", "daemon", "gevent", "flask", "gamepilot_mon.alerts"),
    "probes": ("gamepilot_mon.models", "gamepilot_mon.web", "flask", "gevent", "daemon"),
    # flask-mail, which builds and sends the mails, stands on flask: the e-mail channel alone may.
    "channels": ("gamepilot_mon.models", "gamepilot_mon.web", "gevent", "daemon"),
    "snapshots": ("gamepilot_mon.web", "gamepilot_mon.cli", "daemon", "gevent", "flask"),
    "rollups": ("gamepilot_mon.web", "gamepilot_mon.cli", "daemon", "gevent", "flask"),
    "timeline": ("gamepilot_mon.web", "gamepilot_mon.cli", "daemon", "gevent", "flask"),
    "sources": ("gamepilot_mon.web", "gamepilot_mon.cli", "daemon", "gevent", "flask"),
    "config_file": ("gamepilot_mon.web", "gamepilot_mon.cli", "daemon", "gevent", "flask"),
    "auth": ("gamepilot_mon.web", "gamepilot_mon.cli", "daemon", "gevent", "flask"),
    "settings": ("gamepilot_mon.models", "gamepilot_mon.db", "gamepilot_mon.web", "flask"),
    "simulator": ("gamepilot_mon.models", "gamepilot_mon.db", "gamepilot_mon.web", "daemon", "flask"),
}


CLIENT = ROOT / "gamepilot_mon" / "client.py"  # runs inside an app, which has nothing of ours


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_it_imports_one_way(path: Path) -> None:
    forbidden = FORBIDDEN.get(part(path), ())
    assert [name for name in imports(path) for target in forbidden if reaches(name, target)] == []


@pytest.mark.parametrize(
    "place",
    [
        "rules.py",
        "paging.py",
        "escalation.py",
        "sketch.py",
        "mutes.py",
        "flapping.py",
        "dependencies.py",
        "bucket.py",
        "burn_rate.py",
        "queries.py",
        "rule_spec.py",
        "regressions.py",
        "statements.py",
        "rollups/tiers.py",
        "rollups/facts.py",
    ],
)
def test_it_keeps_decisions_pure(place: str) -> None:
    impure = ("gamepilot_mon.models", "gamepilot_mon.db", "time", "datetime", "peewee")
    names = list(imports(ROOT / "gamepilot_mon" / place))
    assert [name for name in names for target in impure if reaches(name, target)] == []
    assert "gamepilot_mon.clock.utcnow" not in names


def calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_it_asks_only_the_clock_for_the_time_of_day(path: Path) -> None:
    if path.name == "clock.py" or path == CLIENT:
        return
    asked = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.datetime.now"}
    assert asked.isdisjoint(calls(path))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_it_reads_the_environment_in_one_place(path: Path) -> None:
    # The others hand it on to a child, or look for what systemd and gunicorn themselves put there.
    allowed = {"settings", "cli"}
    if part(path) in allowed or path.name in ("notify.py", "gunicorn_conf.py"):
        return
    assert {"os.environ", "os.getenv"}.isdisjoint(calls(path))
