import os
import subprocess
from pathlib import Path

import pytest

from gamepilot_mon import scenario
from gamepilot_mon.scenario import ScenarioError
from tests.processes import BIN, ROOT

EXAMPLES = ROOT / "docs" / "examples" / "rules.yaml"


def test_every_scenario_of_the_documentation_holds() -> None:
    played = {one.name: scenario.run(one) for one in scenario.load(EXAMPLES)}
    assert len(played) == 3 and not any(played.values())


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_it_says_who_was_not_told_and_who_was(tmp_path: Path) -> None:
    [wrong] = scenario.load(
        write(
            tmp_path / "a.yaml",
            "name: wrong\nchannels: [slack]\nsteps:\n"
            "  - at: 0s\n    operations: {count: 100, failed: 3}\n"
            "    expect: [{type: error_rate, change: firing, severity: critical}]\n",
        )
    )
    [failure] = scenario.run(wrong)
    assert failure.missing == ["error_rate firing critical"]
    assert failure.unexpected == ["error_rate firing warning"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("name: x\nsteps: []\n", "steps"),
        ("name: x\nstep: []\n", "step"),
        ("name: x\nsteps: [{at: soon}]\n", "at"),
        ("name: x\nsteps: [{at: 0s, expect: [{type: a, change: exploded}]}]\n", "change"),
        ("name: [x\n", "expected"),
        ("name: x\nsteps: [{at: 0s, operations: {count: -1}}]\n", "count"),
    ],
)
def test_it_names_what_is_wrong_with_a_file(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ScenarioError, match=named):
        scenario.load(write(tmp_path / "a.yaml", text))


def test_it_names_a_bad_configuration(tmp_path: Path) -> None:
    [bad] = scenario.load(write(tmp_path / "a.yaml", "name: x\nconfig: {cooldwn: 5m}\nsteps: [{at: 0s}]\n"))
    with pytest.raises(ScenarioError, match="cooldwn"):
        scenario.run(bad)


def test_the_command_exits_1_when_one_fails(tmp_path: Path) -> None:
    wrong = write(
        tmp_path / "wrong.yaml",
        "name: nobody is told\nsteps: [{at: 0s, operations: {count: 100, failed: 50}, expect: []}]\n",
    )
    for file, code, said in ((EXAMPLES, 0, "ok"), (wrong, 1, "was told: error_rate firing critical")):
        done = subprocess.run(
            (BIN / "gamepilot-mon", "rules", "test", file), env={"PATH": os.environ["PATH"]}, cwd=tmp_path,
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == code and said in done.stdout and "Traceback" not in done.stderr
