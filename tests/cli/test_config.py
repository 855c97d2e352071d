import os
import subprocess
from pathlib import Path

import pytest

from tests.processes import BIN

RULES = "rules:\n  depth: {metric: depth, statistic: max, warning: 200}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.yaml").write_text(RULES)
    (tmp_path / "bad.yaml").write_text(RULES + "  other:\n    metric: 5\n")
    return tmp_path


def command(folder: Path, *arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        (BIN / "gamepilot-mon", *arguments), env={"PATH": os.environ["PATH"]}, cwd=folder, input=said,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


def test_it_plans_asks_applies_and_finds_drift(folder: Path) -> None:
    planned = command(folder, "config", "apply", "good.yaml", "--plan")
    assert planned.returncode == 2 and planned.stdout.startswith("+ rules.depth: ")
    assert command(folder, "config", "apply", "good.yaml", said="n\n").returncode == 1
    assert command(folder, "config", "apply", "good.yaml", "--plan").returncode == 2
    applied = command(folder, "config", "apply", "good.yaml", said="y\n")
    assert applied.returncode == 0 and "1 changes are in force" in applied.stdout
    assert command(folder, "config", "apply", "good.yaml", "--plan").returncode == 0
    assert "depth " in command(folder, "rules", "list").stdout


def test_it_says_where_a_file_is_wrong(folder: Path) -> None:
    done = command(folder, "config", "apply", "bad.yaml", "--yes")
    assert done.returncode == 1
    assert "bad.yaml:4:5: rules.other.metric: Input should be a valid string" in done.stderr
    assert "bad.yaml:3:3: rules.other.statistic: Field required" in done.stderr
    assert command(folder, "config", "export").stdout == "config: {}\nrules: {}\n"


def test_it_exports_what_it_applies(folder: Path) -> None:
    assert command(folder, "config", "apply", "good.yaml", "--yes").returncode == 0
    assert command(folder, "config", "export", "out.yaml").returncode == 0
    assert command(folder, "config", "apply", "out.yaml", "--plan").stdout == "nothing to change\n"
    assert command(folder, "config", "apply", "missing.yaml").returncode == 1
