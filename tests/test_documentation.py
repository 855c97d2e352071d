"""What is documented is what is there, and the other way round."""

import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from werkzeug.routing import Rule

from gamepilot_mon.settings import Settings
from gamepilot_mon.web.app import assemble
from gamepilot_mon.web.policy import POLICY

DOCS = Path(__file__).parents[1] / "docs"
ROW = re.compile(r"^\| (?P<methods>[A-Z, ]+) (?P<path>/\S*) \| (?P<role>\w+) \| .+ \|$", re.MULTILINE)


def documented() -> dict[tuple[str, str], str]:
    rows = ROW.finditer((DOCS / "api.md").read_text())
    return {
        (method.strip(), row["path"].replace("&lt;", "<").replace("&gt;", ">")): row["role"]
        for row in rows
        for method in row["methods"].split(",")
    }


def path(rule: Rule) -> str:
    """`/ping/<int(max=255):code>` -> `/ping/<code>`."""
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"<\1>", rule.rule)


def test_it_documents_every_route_with_its_role(settings: Settings, store: Path) -> None:
    served = {
        (method, path(rule)): POLICY[rule.endpoint]
        for rule in assemble(settings).url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert documented() == served


@pytest.mark.parametrize("group", ["probes", "channels", "jobs"])
def test_it_documents_every_plugin(group: str) -> None:
    [row] = [
        line
        for line in (DOCS / "plugins.md").read_text().splitlines()
        if f"`gamepilot_mon.{group}` |" in line
    ]
    assert set(re.findall(r"`(\w+)`", row)) == entry_points(group=f"gamepilot_mon.{group}").names


def test_the_job_of_the_documentation_runs(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    from daemon.jobs import Context

    [source] = [block for block in blocks("plugins.md") if "class Hello" in block]
    scope: dict[str, object] = {"__name__": "hello"}
    exec(source, scope)
    job = scope["Hello"](Context(settings, lambda: False, lambda _: None))  # type: ignore[operator]
    with caplog.at_level("INFO"):
        assert job.run(0) is None
    assert "checks run every 30000 ms" in caplog.text


def test_the_probe_of_the_documentation_measures(tmp_path: Path) -> None:
    from gamepilot_mon.probes import Task

    [source] = [block for block in blocks("plugins.md") if "class Disk" in block]
    scope: dict[str, object] = {"__name__": "disk"}
    exec(source, scope)
    probe = scope["probe"]
    assert probe.measure(Task({"folder": str(tmp_path)}, 0, 1000)).state in ("up", "down")  # type: ignore[attr-defined]
    assert probe.measure(Task({"folder": "/no/such"}, 0, 1000)).state == "unknown"  # type: ignore[attr-defined]


def blocks(name: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (DOCS / name).read_text(), re.DOTALL)
