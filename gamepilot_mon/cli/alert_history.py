"""`alerts export` and `alerts analytics`: the history of the alerts as a file, and in figures."""

from typing import Any, TextIO
from zoneinfo import ZoneInfo

import click

from gamepilot_mon import alert_analytics, alert_export, alert_history
from gamepilot_mon.alert_history import Span
from gamepilot_mon.cli.given import DURATION, ZONE
from gamepilot_mon.cli.opening import open_store
from gamepilot_mon.cli.printing import echo_json
from gamepilot_mon.clock import format_duration, utcnow
from gamepilot_mon.counted import counted, times


@click.command("export")
@click.option("--format", "format_", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@click.option("--since", type=DURATION, default="30d", show_default=True, help="How far back.")
@click.argument("file", metavar="[FILE]", default="-", type=click.File("w", encoding="utf-8", lazy=True))
def export(format_: str, since: int, file: TextIO) -> None:
    """Write the alerts that are kept to FILE, or to the console; safe to open in a spreadsheet."""
    span = _span(since)
    open_store()
    for piece in alert_export.pieces(format_, span, alert_history.page):
        file.write(piece.replace("\r\n", "\n"))


@click.command("analytics")
@click.option("--since", type=DURATION, default="30d", show_default=True, help="How far back.")
@click.option(
    "--zone", type=ZONE, default="UTC", show_default=True, help="Time zone of the hours and weekdays."
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def analytics(since: int, zone: ZoneInfo, as_json: bool) -> None:
    """How many alerts of what and when, how soon they were acknowledged and over, and what was noise."""
    span = _span(since)
    open_store()
    found = alert_analytics.analyse(span, zone)
    if as_json:
        echo_json(found)
        return
    for line in sentences(found):
        click.echo(line)


def sentences(found: dict[str, Any]) -> list[str]:
    busiest = max(range(24), key=lambda hour: found["byHour"][hour])
    alone, flapping, told = found["selfResolved"], found["flapping"], found["notifications"]
    lines = [
        f"{counted(found['total'], 'alert')}, {found['open']} of them open",
        f"by type: {_listed(found['byType'])}",
        f"by severity: {_listed(found['bySeverity'])}",
        f"acknowledged {_took(found['timeToAcknowledgeMs'])}",
        f"over {_took(found['timeToResolveMs'])}",
        f"ended without anybody: {alone['count']} of {alone['of']} ({_percent(alone['share'])})",
        f"flapping: {times(flapping['spells'])}, {counted(flapping['fingerprints'], 'fingerprint')}",
        f"messages: {told['sent']}, {told['perAlert'] or 0:g} an alert",
    ]
    if found["total"]:
        lines.append(f"busiest: {busiest:02}:00, {max(found['byWeekday'], key=found['byWeekday'].get)}")
    return lines


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.items()) or "none"


def _took(spread: dict[str, Any]) -> str:
    if not spread["count"]:
        return "never"
    mean, p50, p95 = (_rough(spread[name]) for name in ("mean", "p50", "p95"))
    return f"{times(spread['count'])}, after {mean} on average, half within {p50}, 95 % within {p95}"


def _rough(ms: int) -> str:
    return format_duration(ms if ms < 1000 else ms // 1000 * 1000)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _span(since_ms: int) -> Span:
    until = utcnow() + 1
    return Span(until - since_ms, until)
