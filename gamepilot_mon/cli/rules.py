"""`rules`: what is judged, and how often another threshold would have paged."""

import getpass
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import msgspec

from gamepilot_mon import (
    backtest,
    db,
    noise_report,
    rule_listing,
    runtime_config,
    scenario,
    stored_rules,
    why_not,
)
from gamepilot_mon.backtest import Result
from gamepilot_mon.cli.given import DURATION, PAST, ZONE
from gamepilot_mon.cli.opening import EXIT_FAILED, fail, open_store
from gamepilot_mon.cli.printing import echo_json, echo_rows
from gamepilot_mon.clock import format_duration, iso, utcnow
from gamepilot_mon.config_file.document import Wrong, read
from gamepilot_mon.config_file.rules import parsed
from gamepilot_mon.counted import counted, times
from gamepilot_mon.queries import Watch
from gamepilot_mon.rule_spec import Refused, Spec
from gamepilot_mon.rules import SIDES, Rule, quantity
from gamepilot_mon.runtime_config import Problem


@click.group("rules")
def rules_group() -> None:
    """The rules: what is judged, and how often another threshold would have paged."""


@rules_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the rules as JSON.")
def list_rules(as_json: bool) -> None:
    """The built-in rules with the thresholds in force, and the rules of your own."""
    rules = rule_listing.listing(runtime_config.current(open_store()).config)
    if as_json:
        echo_json(rules)
        return
    for rule in rules:
        click.echo(_line(rule))


@rules_group.command("versions")
@click.argument("name", metavar="NAME")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def versions(name: str, as_json: bool) -> None:
    """Who changed the rule NAME and how, the newest first."""
    open_store()
    found = list(rule_listing.changes(name))
    if not found:
        fail(f"there never was a rule {name} of your own")
    echo_rows(found, _version, "", as_json=as_json)


@rules_group.command("restore")
@click.argument("name", metavar="NAME")
@click.argument("version", type=int, metavar="VERSION")
def restore(name: str, version: int) -> None:
    """Put the rule NAME back as it was after VERSION, also when it was removed since."""
    open_store()
    try:
        with db.write():
            stored_rules.restore(name, version, getpass.getuser(), utcnow())
    except KeyError:
        fail(f"{version} is no version of a rule {name}")
    except stored_rules.Gone:
        fail(f"version {version} removed the rule; restore the one before it")
    except Refused as refused:
        fail(f"version {version} is no rule any more: {refused}")
    click.echo(f"{name} is as it was after version {version}")


@rules_group.command("backtest")
@click.argument("name", metavar="NAME")
@click.option("--warning", type=float, help="Another warning threshold; of a rhythm rule in deviations.")
@click.option("--critical", type=float, help="Another critical threshold.")
@click.option(
    "--for",
    "for_",
    type=DURATION,
    help="How long it must be breached before it fires; the rule's own when left out.",
)
@click.option("--since", type=DURATION, default="2d", show_default=True, help="How far back.")
@click.option(
    "--zone", type=ZONE, default="UTC", show_default=True, help="Time zone that says what is night (22 to 7)."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def backtest_rule(
    name: str,
    warning: float | None,
    critical: float | None,
    for_: int | None,
    since: int,
    zone: ZoneInfo,
    as_json: bool,
) -> None:
    """Replay what was recorded through the rule NAME: how often would it have paged?

    The thresholds are those in force unless you give others. A stored rule need not be enabled.
    """
    settings, now = open_store(), utcnow()
    config = runtime_config.current(settings).config
    watch = backtest.watch_of(name, config, (settings.window_fast_ms, settings.window_slow_ms))
    if watch is None:
        fail(f"there is no rule {name} that is a figure over time")
    watch = _changed(watch, warning, critical)
    if for_ is not None:
        watch = replace(watch, rule=replace(watch.rule, for_ms=for_))
    result = backtest.over(watch, now - since, now, config)
    if as_json:
        echo_json(backtest.document(result, zone))
    else:
        _print(watch.rule, result, zone)


@rules_group.command("noise")
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 30), help="How far back.")
@click.option(
    "--zone", type=ZONE, default="UTC", show_default=True, help="Time zone that says what is night (22 to 7)."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def noise(days: int, zone: ZoneInfo, as_json: bool) -> None:
    """How often each rule paged, how much of that nobody needed, and what would have spared the noisiest."""
    found = noise_report.report(open_store(), days, zone, utcnow())
    if as_json:
        echo_json(found)
        return
    for rule in found["rules"]:
        click.echo(
            f"{rule['type']:<16} {_pages(rule['pages'])}, {rule['pagesAtNight']} at night; "
            f"{counted(rule['alerts'], 'alert')}, {rule['endedAloneWithin5m']} over alone within 5m, "
            f"{rule['neverAcknowledged']} never acknowledged, "
            f"flapped {times(rule['flaps'])}"
        )
    click.echo(found["suggestion"]["text"] if found["suggestion"] else "Nothing paged.")


@rules_group.command("why")
@click.argument("name", metavar="NAME")
@click.option("--at", type=PAST, required=True, metavar="TIME", help="ISO 8601, or 14:05 for the last one.")
@click.option("--label", help="One target, e.g. operation=payment.")
@click.option(
    "--zone", type=ZONE, is_eager=True, default="UTC", show_default=True, help="Time zone of a bare 14:05."
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def why_not_then(name: str, at: int, label: str | None, zone: ZoneInfo, as_json: bool) -> None:
    """Why did the rule NAME not alert at TIME? What it saw, and what would have held its messages back."""
    settings, now = open_store(), utcnow()
    try:
        found = why_not.explain(settings, name, at, now, label)
    except KeyError:
        fail(f"there is no rule {name}")
    except LookupError as error:
        fail(f"nothing is kept of that moment: {error}")
    if as_json:
        echo_json(found)
        return
    click.echo(f"{name} at {found['at']}, with configuration version {found['configVersion']}:")
    for target in found["targets"]:
        named = " ".join(f"{label}={value}" for label, value in target["labels"].items())
        click.echo(f"{named or 'all operations'}: {target['outcome']}")
        for line in target["because"]:
            click.echo(f"  {line}")
    if found["note"]:
        click.echo(found["note"])


@rules_group.command("test")
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False)
)
@click.option(
    "--rules",
    "rules_file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Take stored rules from this configuration file rather than from the store.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
def test_rules(files: tuple[Path, ...], rules_file: Path | None, as_json: bool) -> None:
    """Play the scenarios of each FILE (YAML) and compare who would have been told what. Exit 1 when one fails."""
    try:
        scenarios = [played for file in files for played in scenario.load(file)]
        stored = _stored(rules_file) if any(played.stored for played in scenarios) else {}
        results = [(played.name, scenario.run(played, stored)) for played in scenarios]
    except scenario.ScenarioError as error:
        fail(str(error))
    if as_json:
        echo_json(
            [{"scenario": name, "ok": not failures, "failures": failures} for name, failures in results]
        )
    else:
        _tell(results)
    sys.exit(EXIT_FAILED if any(failures for _, failures in results) else 0)


def _stored(file: Path | None) -> dict[str, Spec]:
    if file is None:
        open_store()
        return stored_rules.specs()
    try:
        document = read(file.read_text())
        section = document.value.get("rules") if isinstance(document.value, dict) else None
        return parsed(section)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{file}: is not UTF-8 text")
    except Wrong as wrong:
        fail(f"{file}:{wrong}")
    except Problem as problem:
        fail("\n".join(f"{file}:{document.problem(f'/rules{at}', detail)}" for at, detail in problem.errors))


def _pages(count: int) -> str:
    return f"{count:>4} {'page' if count == 1 else 'pages'}"


def _version(version: dict[str, Any]) -> str:
    rule = msgspec.json.encode(version["new"]).decode() if version["new"] else "removed"
    return f"{version['version']:>6}  {version['at']}  {version['author']}: {rule}"


def _line(rule: dict[str, Any]) -> str:
    rungs = [
        f"{name} {quantity(rule['unit'], rule[name])}"
        for name in ("warning", "critical")
        if rule[name] is not None
    ]
    ladder = f"{SIDES[rule['operator']]} {', '.join(rungs)}" if rungs else "burns its error budget"
    samples = f", at least {counted(max(rule['min_samples'], 1), 'sample')}"
    state = "" if rule["enabled"] else " [disabled]"
    return f"{rule['type']:<24} {ladder}{samples}{'' if rule['builtIn'] else ' [stored]'}{state}"


def _tell(results: list[tuple[str, list[scenario.Failure]]]) -> None:
    for name, failures in results:
        click.echo(f"{'FAILED' if failures else 'ok    '}  {name}")
        for failure in failures:
            _explain(failure)


def _explain(failure: scenario.Failure) -> None:
    for line in failure.missing:
        click.echo(f"        at {failure.at}, {failure.channel} was not told: {line}")
    for line in failure.unexpected:
        click.echo(f"        at {failure.at}, {failure.channel} was told: {line}")


def _changed(watch: Watch, warning: float | None, critical: float | None) -> Watch:
    try:
        return backtest.with_thresholds(watch, warning, critical)
    except ValueError as error:
        fail(str(error))


def _print(rule: Rule, result: Result, zone: ZoneInfo) -> None:
    if not result.span_ms:
        click.echo("Nothing was recorded in that time.")
        return
    for page in result.pages:
        click.echo(f"{iso(page.at)}  {page.change:<11} {page.severity:<8} {page.text}")
    night = sum(page.at_night(zone) for page in result.pages)
    share = result.firing_ms / result.span_ms
    often = f"{times(len(result.pages))} in {format_duration(result.span_ms)}, {night} at night"
    longest = format_duration(result.longest_ms)
    click.echo(
        f"{rule.type} would have paged {often}; {counted(result.alerts, 'alert')}, firing {share:.1%} of the time, "
        f"the longest for {longest}."
    )
