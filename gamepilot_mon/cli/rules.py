"""`rules`: what is judged, and how often another threshold would have paged."""

import re
import sys
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
import msgspec

from gamepilot_mon import backtest, measures, noise_report, runtime_config, scenario, why_not
from gamepilot_mon.backtest import Result
from gamepilot_mon.cli.opening import EXIT_FAILED, fail, open_store
from gamepilot_mon.clock import format_duration, iso, parse_duration, parse_iso, utcnow
from gamepilot_mon.rules import Rule, quantity


@click.group("rules")
def rules_group() -> None:
    """The rules: what is judged, and how often another threshold would have paged."""


@rules_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the rules as JSON.")
def list_rules(as_json: bool) -> None:
    """The rules with the thresholds in force."""
    rules = measures.rules(runtime_config.current(open_store()).config).values()
    if as_json:
        click.echo(msgspec.json.encode([asdict(rule) for rule in rules]).decode())
        return
    for rule in rules:
        side = "below" if rule.below else "above"
        warning = "-" if rule.warning is None else quantity(rule.unit, rule.warning)
        click.echo(
            f"{rule.type:<16} {side}  warning {warning:<8} critical {quantity(rule.unit, rule.critical):<8} "
            f"at least {max(rule.min_samples, 1)} samples"
        )


@rules_group.command("backtest")
@click.argument("type_", metavar="TYPE", type=click.Choice(sorted(backtest.VALUES)))
@click.option("--warning", type=float, help="Another warning threshold.")
@click.option("--critical", type=float, help="Another critical threshold.")
@click.option(
    "--for", "for_", default="0s", show_default=True, help="How long it must be breached before it fires."
)
@click.option("--since", default="2d", show_default=True, help="How far back.")
@click.option("--zone", default="UTC", show_default=True, help="Time zone that says what is night (22 to 7).")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def backtest_rule(
    type_: str, warning: float | None, critical: float | None, for_: str, since: str, zone: str, as_json: bool
) -> None:
    """Replay what was recorded through the rule TYPE: how often would it have paged?

    The thresholds are those in force unless you give others. Means are used where a percentile is configured.
    """
    settings, now = open_store(), utcnow()
    config = runtime_config.current(settings).config
    rule = _changed(measures.rules(config)[type_], warning, critical)
    minutes = backtest.recorded(now - _span(since), now)
    result = backtest.replay(
        rule, minutes, (settings.window_fast_ms, settings.window_slow_ms), cooldown_ms=config.cooldown_ms,
        repeat_ms=config.repeat_interval_ms, for_ms=_span(for_),
    )  # fmt: skip
    if as_json:
        click.echo(msgspec.json.encode(backtest.document(result, _zone(zone))).decode())
    else:
        _print(rule, result, _zone(zone))


@rules_group.command("noise")
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 30), help="How far back.")
@click.option("--zone", default="UTC", show_default=True, help="Time zone that says what is night (22 to 7).")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def noise(days: int, zone: str, as_json: bool) -> None:
    """How often each rule paged, how much of that nobody needed, and what would have spared the noisiest."""
    found = noise_report.report(open_store(), days, _zone(zone), utcnow())
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for rule in found["rules"]:
        click.echo(
            f"{rule['type']:<16} {rule['pages']:>4} pages, {rule['pagesAtNight']} at night; {rule['alerts']} alerts, "
            f"{rule['endedAloneWithin5m']} over alone within 5m, {rule['neverAcknowledged']} never acknowledged, "
            f"flapped {rule['flaps']} times"
        )
    click.echo(found["suggestion"]["text"] if found["suggestion"] else "Nothing paged.")


@rules_group.command("why")
@click.argument("type_", metavar="TYPE")
@click.option("--at", "moment", required=True, metavar="TIME", help="ISO 8601, or 14:05 for the last one.")
@click.option("--label", help="One target: an operation or check, e.g. operation=payment.")
@click.option("--zone", default="UTC", show_default=True, help="Time zone of a bare 14:05.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def why_not_then(type_: str, moment: str, label: str | None, zone: str, as_json: bool) -> None:
    """Why did the rule TYPE not alert at TIME? What it saw, and what would have held its messages back."""
    settings, now = open_store(), utcnow()
    at = _moment(moment, _zone(zone), now)
    try:
        found = why_not.explain(settings, type_, at, now, label)
    except KeyError:
        fail(f"there is no rule {type_}")
    except LookupError as error:
        fail(f"nothing is kept of that moment: {error}")
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    click.echo(f"{type_} at {found['at']}, with configuration version {found['configVersion']}:")
    for target in found["targets"]:
        named = " ".join(f"{name}={value}" for name, value in target["labels"].items())
        click.echo(f"{named or 'all operations'}: {target['outcome']}")
        for line in target["because"]:
            click.echo(f"  {line}")
    if found["note"]:
        click.echo(found["note"])


@rules_group.command("test")
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False)
)
def test_rules(files: tuple[Path, ...]) -> None:
    """Play the scenarios of each FILE (YAML) and compare who would have been told what. Exit 1 when one fails."""
    failed = 0
    for file in files:
        try:
            results = [(played.name, scenario.run(played)) for played in scenario.load(file)]
        except scenario.ScenarioError as error:
            fail(str(error))
        for name, failures in results:
            failed += bool(failures)
            click.echo(f"{'FAILED' if failures else 'ok    '}  {name}")
            for failure in failures:
                _explain(failure)
    sys.exit(EXIT_FAILED if failed else 0)


def _explain(failure: scenario.Failure) -> None:
    for line in failure.missing:
        click.echo(f"        at {failure.at}, {failure.channel} was not told: {line}")
    for line in failure.unexpected:
        click.echo(f"        at {failure.at}, {failure.channel} was told: {line}")


def _changed(rule: Rule, warning: float | None, critical: float | None) -> Rule:
    try:
        return backtest.with_thresholds(rule, warning, critical)
    except ValueError as error:
        fail(str(error))


def _span(text: str) -> int:
    try:
        return parse_duration(text)
    except ValueError as error:
        fail(str(error))


def _moment(text: str, zone: ZoneInfo, now: int) -> int:
    """An ISO moment, or the last 14:05 of the zone; not in the future."""
    try:
        clock = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text)
        at = _last(int(clock[1]), int(clock[2]), zone, now) if clock else parse_iso(text)
    except ValueError as error:
        fail(str(error))
    if at > now:
        fail("that moment has not come")
    return at


def _last(hour: int, minute: int, zone: ZoneInfo, now: int) -> int:
    today = datetime.fromtimestamp(now / 1000, zone).replace(
        hour=hour, minute=minute, second=0, microsecond=0
    )
    passed = today if today.timestamp() * 1000 <= now else today - timedelta(days=1)
    return int(passed.timestamp()) * 1000


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        fail(f"there is no time zone {name}")


def _print(rule: Rule, result: Result, zone: ZoneInfo) -> None:
    if not result.span_ms:
        click.echo("Nothing was recorded in that time.")
        return
    for page in result.pages:
        click.echo(f"{iso(page.at)}  {page.change:<11} {page.severity:<8} {page.text}")
    night = sum(page.at_night(zone) for page in result.pages)
    share = result.firing_ms / result.span_ms
    times = f"{len(result.pages)} times in {format_duration(result.span_ms)}, {night} at night"
    longest = format_duration(result.longest_ms)
    click.echo(
        f"{rule.type} would have paged {times}; {result.alerts} alerts, firing {share:.1%} of the time, "
        f"the longest for {longest}."
    )
