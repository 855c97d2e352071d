import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from gamepilot_mon import scenario
from gamepilot_mon.scenario import ScenarioError
from tests.processes import BIN, ROOT

EXAMPLES = ROOT / "docs" / "examples" / "rules.yaml"


def test_every_scenario_of_the_documentation_holds() -> None:
    played = {one.name: scenario.run(one) for one in scenario.load(EXAMPLES)}
    assert len(played) == 5 and not any(played.values())


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
        ("name: x\nsteps: []\n", "a.yaml:2:1: steps: "),
        ("name: x\nstep: []\n", "a.yaml:2:1: step: is not a known member"),
        ("name: x\n", "a.yaml:1:1: steps: is needed"),
        ("name: x\nsteps: [{at: soon}]\n", "a.yaml:2:10: steps.0.at: not a duration"),
        ("name: x\nsteps: [{at: 0s, expect: [{type: a, change: exploded}]}]\n", "steps.0.expect.0.change: "),
        ("name: [x\n", "a.yaml:2:1: expected"),
        ("name: x\nsteps: [{at: 0s, operations: {count: -1}}]\n", "2:31: steps.0.operations.count: "),
        ("name: x\nsteps: [{at: 0s}]\n---\nnam: y\nsteps: [{at: 0s}]\n", "a.yaml:4:1: nam: is not a known"),
    ],
    ids=[
        "no steps",
        "unknown",
        "absent",
        "no duration",
        "no change",
        "no YAML",
        "no count",
        "the second one",
    ],
)
def test_it_names_what_is_wrong_with_a_file(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(named)):
        scenario.load(write(tmp_path / "a.yaml", text))


def test_it_names_a_bad_configuration(tmp_path: Path) -> None:
    [bad] = scenario.load(write(tmp_path / "a.yaml", "name: x\nconfig: {cooldwn: 5m}\nsteps: [{at: 0s}]\n"))
    with pytest.raises(ScenarioError, match=r"a\.yaml:2:10: config\.cooldwn: is not a known member"):
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


SLO = """
name: an outage burns the budget
channels: [slack]
stored: [payment-slo]
steps:
  - at: 0s
    operations: {operation: payment, count: 1000}
    expect: []
  - at: 10m
    operations: {operation: payment, count: 100, failed: 60}
    expect:
      - {type: payment-slo, change: firing, severity: critical}
      - {type: error_rate, change: firing}
      - {type: success_rate, change: firing}
"""
RULES = "rules:\n  payment-slo: {kind: burn_rate, objective: 0.999, matchers: [operation=payment]}\n"


def play(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        (BIN / "gamepilot-mon", *arguments), env={"PATH": os.environ["PATH"]}, cwd=folder,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


def test_a_scenario_names_rules_of_the_store_or_of_a_file(tmp_path: Path) -> None:
    write(tmp_path / "slo.yaml", SLO)
    write(tmp_path / "config.yaml", RULES)
    missing = play(tmp_path, "rules", "test", "slo.yaml")
    assert missing.returncode == 1 and "there is no stored rule payment-slo" in missing.stderr
    assert play(tmp_path, "rules", "test", "slo.yaml", "--rules", "config.yaml").returncode == 0
    assert play(tmp_path, "config", "apply", "config.yaml", "--yes").returncode == 0
    assert play(tmp_path, "rules", "test", "slo.yaml").stdout == "ok      an outage burns the budget\n"
    as_json = json.loads(play(tmp_path, "rules", "test", "slo.yaml", "--json").stdout)
    assert as_json == [{"scenario": "an outage burns the budget", "ok": True, "failures": []}]
    assert "payment-slo" in play(tmp_path, "config", "export").stdout


def test_it_names_what_is_wrong_with_the_rules_of_a_file(tmp_path: Path) -> None:
    write(tmp_path / "slo.yaml", SLO)
    write(tmp_path / "config.yaml", RULES.replace("0.999", "99.9"))
    done = play(tmp_path, "rules", "test", "slo.yaml", "--rules", "config.yaml")
    assert done.returncode == 1 and "config.yaml:2:34: rules.payment-slo.objective: " in done.stderr


def test_it_names_a_bad_rule_of_its_own(tmp_path: Path) -> None:
    text = "name: x\nrules: {depth: {metric: depth, statistic: mode}}\nsteps: [{at: 0s}]\n"
    [bad] = scenario.load(write(tmp_path / "a.yaml", text))
    with pytest.raises(ScenarioError, match=r"a\.yaml:2:32: rules\.depth\.statistic: "):
        scenario.run(bad)


NAMED = """
name: only the team on call is told
config:
  channels:
    on-call: {kind: webhook, url: "http://127.0.0.1:9/none"}
  routes:
    - channels: [on-call]
channels: [on-call]
steps:
  - at: 0s
    operations: {count: 100, failed: 20}
    expect: [{type: error_rate, change: firing}, {type: success_rate, change: firing}]
"""


def test_a_scenario_knows_named_channels(tmp_path: Path) -> None:
    [named] = scenario.load(write(tmp_path / "a.yaml", NAMED))
    assert scenario.run(named) == []
    [wrong] = scenario.load(
        write(tmp_path / "b.yaml", NAMED.replace("channels: [on-call]\nsteps", "channels: [night]\nsteps"))
    )
    with pytest.raises(ScenarioError, match="night is not switched on"):
        scenario.run(wrong)


def test_the_commands_put_a_rule_back(tmp_path: Path) -> None:
    for objective in ("0.999", "0.99"):
        write(tmp_path / "config.yaml", RULES.replace("0.999", objective))
        assert play(tmp_path, "config", "apply", "config.yaml", "--yes").returncode == 0
    newest, oldest = play(tmp_path, "rules", "versions", "payment-slo").stdout.splitlines()
    assert '"objective":0.99}' in newest and '"objective":0.999}' in oldest
    assert play(tmp_path, "rules", "restore", "payment-slo", oldest.split()[0]).returncode == 0
    assert "0.999" in play(tmp_path, "config", "export").stdout
    missing = play(tmp_path, "rules", "restore", "payment-slo", "99")
    assert missing.returncode == 1 and "99 is no version" in missing.stderr
