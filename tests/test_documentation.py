"""What is documented is what is there, and the other way round."""

import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from werkzeug.routing import Rule

from gamepilot_mon import config_file
from gamepilot_mon.config_file.document import read
from gamepilot_mon.config_file.rules import parsed
from gamepilot_mon.rule_spec import KINDS
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


def blocks(name: str, language: str = "python") -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / name).read_text(), re.DOTALL)


def test_the_rules_of_the_documentation_are_rules() -> None:
    for block in (*blocks("rules.md", "yaml"), *blocks("opentelemetry.md", "yaml")):
        assert parsed(read(block).value)


def test_it_documents_every_member_of_a_rule() -> None:
    rows = (DOCS / "rules.md").read_text()
    members = {field.alias for kind in KINDS.values() for field in kind.model_fields.values()}
    assert [name for name in members if f"`{name}`" not in rows and f"`{name}: " not in rows] == []


def test_the_configuration_file_of_the_documentation_applies(settings: Settings, store: Path) -> None:
    document = read((DOCS / "examples" / "config.yaml").read_text())
    steps = config_file.plan(settings, document, "ada", 0)
    config_file.apply(settings, document, steps, "ada", 0)
    assert len(steps) == 7 and config_file.plan(settings, document, "ada", 0) == []
