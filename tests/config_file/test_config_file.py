from pathlib import Path

import pytest

from gamepilot_mon import config_file, db, rule_spec, runtime_config, stored_rules
from gamepilot_mon.config_file import Moved
from gamepilot_mon.config_file.document import Wrong, read, write
from gamepilot_mon.models import ConfigVersion, RuleVersion
from gamepilot_mon.settings import Settings

NOW = 1_790_000_000_000
DEPTH = {"metric": "depth", "statistic": "max", "warning": 100.0}


def change(settings: Settings, partial: dict[str, object]) -> None:
    with db.write():
        runtime_config.change(settings, partial, "ada", NOW)


def put(name: str, **document: object) -> None:
    with db.write():
        stored_rules.put(name, rule_spec.parse(document), "ada", NOW)


def plan(settings: Settings, text: str) -> list[str]:
    return [str(step) for step in config_file.plan(settings, read(text), "file", NOW)]


def put_in_force(settings: Settings, text: str) -> None:
    document = read(text)
    config_file.apply(settings, document, config_file.plan(settings, document, "file", NOW), "file", NOW)


def test_it_writes_what_people_changed_and_nothing_else(store: Path, settings: Settings) -> None:
    assert config_file.export(settings) == {"config": {}, "rules": {}}
    change(settings, {"cooldown": "2m", "slack": {"webhookUrl": "https://hooks.example/secret"}})
    put("depth", **DEPTH)
    exported = config_file.export(settings)
    assert exported == {
        "config": {"cooldown": "2m", "slack": {"webhookUrl": "***"}},
        "rules": {"depth": {"metric": "depth", "statistic": "max", "warning": 100.0}},
    }
    assert plan(settings, write(exported)) == []


def test_it_shows_what_would_be_new_other_and_gone(store: Path, settings: Settings) -> None:
    change(settings, {"cooldown": "2m", "minSamples": 7})
    put("depth", **DEPTH)
    put("old", **DEPTH)
    text = """
        config:
          cooldown: 3m
          slack: {webhookUrl: "https://hooks.example/secret", enabled: true}
        rules:
          depth: {metric: depth, statistic: max, warning: 200, for: 1m}
          slo: {kind: burn_rate, objective: 0.999}
    """
    assert plan(settings, text) == [
        "~ config.cooldown: 2m -> 3m",
        "- config.minSamples: 7",
        '+ config.slack: {"webhookUrl":"***","enabled":true}',
        "+ rules.depth.for: 1m",
        "~ rules.depth.warning: 100.0 -> 200.0",
        '- rules.old: {"metric":"depth","statistic":"max","warning":100.0}',
        '+ rules.slo: {"kind":"burn_rate","objective":0.999}',
    ]
    assert ConfigVersion.select().count() == 1 and RuleVersion.select().count() == 2
    assert set(stored_rules.specs()) == {"depth", "old"}


def test_it_puts_it_in_force_with_its_author(store: Path, settings: Settings) -> None:
    put("old", **DEPTH)
    text = "config: {cooldown: 3m}\nrules:\n  depth: {metric: depth, statistic: max, warning: 200}\n"
    put_in_force(settings, text)
    assert runtime_config.current(settings).config.cooldown == "3m"
    assert set(stored_rules.specs()) == {"depth"}
    assert ConfigVersion.newest().author == "file"  # type: ignore[union-attr]
    assert [row.author for row in RuleVersion.select().order_by(RuleVersion.id)] == ["ada", "file", "file"]
    assert plan(settings, text) == []


def test_a_section_that_is_left_out_stays(store: Path, settings: Settings) -> None:
    change(settings, {"cooldown": "2m"})
    put("depth", **DEPTH)
    put_in_force(settings, "rules: {}\n")
    assert config_file.export(settings) == {"config": {"cooldown": "2m"}, "rules": {}}


def test_a_masked_secret_stays_and_another_one_is_seen_but_not_shown(store: Path, settings: Settings) -> None:
    change(settings, {"slack": {"webhookUrl": "https://hooks.example/one"}})
    assert plan(settings, 'config: {slack: {webhookUrl: "***"}}') == []
    other = 'config: {slack: {webhookUrl: "https://hooks.example/two"}}'
    assert plan(settings, other) == ["~ config.slack.webhookUrl: *** -> ***"]
    put_in_force(settings, other)
    assert runtime_config.current(settings).document["slack"]["webhookUrl"] == "https://hooks.example/two"


def test_a_named_channel_comes_and_goes_as_a_whole_and_shows_no_secret(
    store: Path, settings: Settings
) -> None:
    text = (
        'config: {channels: {night: {kind: slack, channel: "#night", webhookUrl: "https://hooks.example/n"}}}'
    )
    assert plan(settings, text) == [
        '+ config.channels: {"night":{"kind":"slack","channel":"#night","webhookUrl":"***"}}'
    ]
    put_in_force(settings, text)
    assert runtime_config.current(settings).config.channels["night"].enabled
    masked = text.replace("https://hooks.example/n", "***")
    assert plan(settings, masked) == []
    put_in_force(settings, "config: {}")
    assert "night" not in runtime_config.current(settings).config.channels


def test_what_the_settings_say_anyway_is_no_change(store: Path, settings: Settings) -> None:
    assert plan(settings, "config: {cooldown: 5m, email: {smtpPort: 587}}") == []


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", ["1:1: must be a mapping with the sections config, rules"]),
        ("config: {}\nrule: {}\n", ["2:1: rule: is not a known section"]),
        ("config: 5\n", ["1:1: config: must be a mapping"]),
        ("config:\n  cooldwn: 5m\n", ["2:3: config.cooldwn: is not a known member"]),
        (
            "config:\n  thresholds:\n    errorRate: {warning: 0.9, critical: 0.1}\n",
            ["3:5: config.thresholds.errorRate: warning must not be above critical"],
        ),
        (
            "config:\n  minSamples: 0\nrules:\n  depth: {metric: depth, statistic: max}\n  B: {}\n",
            [
                "2:3: config.minSamples: Input should be greater than or equal to 1",
                "4:3: rules.depth.critical: is needed, or warning is",
                "5:3: rules.B: must be lower-case letters and digits, joined by - _ or ., at most 80",
            ],
        ),
        ("rules:\n  error_rate: {}\n", [
            "2:3: rules.error_rate: is a built-in rule; its thresholds are part of the configuration",
        ]),
        ("rules:\n  depth:\n    matchers:\n      - queue\n    metric: depth\n    statistic: max\n    warning: 1\n",
         ["4:9: rules.depth.matchers.0: must look like name=value, name!=value, name=~pattern or name!~pattern"]),
        ("rules: []\n", ["1:1: rules: must be a mapping of names to rules"]),
    ],
)  # fmt: skip
def test_a_wrong_file_changes_nothing(
    store: Path, settings: Settings, text: str, problems: list[str]
) -> None:
    put("kept", **DEPTH)
    with pytest.raises(Wrong) as wrong:
        plan(settings, text)
    assert wrong.value.problems == problems
    assert set(stored_rules.specs()) == {"kept"} and ConfigVersion.select().count() == 0


def test_it_does_not_apply_another_plan_than_the_one_shown(store: Path, settings: Settings) -> None:
    document = read("rules:\n  depth: {metric: depth, statistic: max, warning: 200}\n")
    shown = config_file.plan(settings, document, "file", NOW)
    put("late", **DEPTH)
    with pytest.raises(Moved):
        config_file.apply(settings, document, shown, "file", NOW)
    assert set(stored_rules.specs()) == {"late"}
