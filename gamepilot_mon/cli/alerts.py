"""`alerts`: test the channels, raise an alert, list them."""

import getpass
import sys
from typing import Any

import click
from pydantic import ValidationError

from gamepilot_mon import (
    alerts,
    channel_test,
    channels,
    custom_alert,
    db,
    destinations,
    runtime_config,
    triage,
    why,
)
from gamepilot_mon.cli import alert_history
from gamepilot_mon.cli.given import duration
from gamepilot_mon.cli.opening import EXIT_FAILED, fail, open_store
from gamepilot_mon.cli.printing import echo_json, echo_rows
from gamepilot_mon.clock import DAY_MS, MINUTE_MS, utcnow
from gamepilot_mon.custom_alert import BelongsToRule, CustomAlert
from gamepilot_mon.models import Alert

SPAN = duration(MINUTE_MS, 30 * DAY_MS, "an acknowledgement lasts from a minute to 30 days")
NO_CHANNEL = (
    "no channel is enabled; set for example SLACK_ENABLED=true and SLACK_WEBHOOK_URL, or EMAIL_ENABLED=true, EMAIL_TO "
    "and SMTP_HOST, or switch one on at the page /channels"
)


@click.group("alerts")
def alerts_group() -> None:
    """Alerts: try the channels, raise one, list them."""


for command in (alert_history.export, alert_history.analytics):
    alerts_group.add_command(command)


@alerts_group.command("test")
@click.option("--channel", help="Only this channel, by its name.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
def test(channel: str | None, as_json: bool) -> None:
    """Send a test message through every enabled channel now and print each provider's answer.

    Exit 1 when any failed, or when there was none to send through.
    """
    settings = open_store()
    targets = destinations.with_standbys(settings, runtime_config.current(settings).config)
    if channel:
        targets = [target for target in targets if target.name == channel]
    if not targets:
        fail(f"the channel {channel} is not enabled" if channel else NO_CHANNEL)
    message = channel_test.message("the console", utcnow(), settings.public_url)
    results = channel_test.try_all(targets, channels.installed(), message)
    with db.write():
        channel_test.remember(results, utcnow())
    if as_json:
        echo_json(results)
    else:
        for name, result in results.items():
            click.echo(f"{name}: {'ok' if result.ok else 'FAILED'} in {result.ms} ms: {result.detail}")
    if not all(result.ok for result in results.values()):
        sys.exit(EXIT_FAILED)


@alerts_group.command("custom")
@click.option("--severity", required=True, type=click.Choice(["info", "warning", "critical"]))
@click.option("--message", required=True)
@click.option("--type", "type_", default="custom", show_default=True)
@click.option("--label", "labels", multiple=True, metavar="NAME=VALUE", help="Gives the alert an identity.")
@click.option("--json", "as_json", is_flag=True, help="Print its id as JSON.")
def custom(severity: str, message: str, type_: str, labels: tuple[str, ...], as_json: bool) -> None:
    """Raise an alert of your own; the daemon notifies. Prints its id."""
    settings = open_store()
    pairs = {name: value for name, _, value in (label.partition("=") for label in labels)}
    try:
        wanted = CustomAlert.model_validate(
            {"type": type_, "severity": severity, "message": message, "labels": pairs}
        )
        with db.write():
            alert = custom_alert.raise_alert(settings, wanted, utcnow())
    except ValidationError as error:
        fail("; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()))
    except BelongsToRule as error:
        fail(str(error))
    if as_json:
        echo_json({"id": alert.id})
    else:
        click.echo(alert.id)


@alerts_group.command("ack")
@click.argument("alert_id", type=int, metavar="ID")
@click.option("--reason", help="Why, for those who look.")
@click.option("--for", "for_", type=SPAN, help="How long, e.g. 2h; else until it ends.")
def ack(alert_id: int, reason: str | None, for_: int | None) -> None:
    """Acknowledge an alert: no reminders until it ends, gets worse, or the time is over."""
    open_store()
    now = utcnow()
    ends_at = None if for_ is None else now + for_
    with db.write():
        row = _standing(alert_id)
        if row:
            alerts.acknowledge(row, getpass.getuser(), reason, ends_at, now)
    if row is None:
        fail(f"there is no firing alert {alert_id}")
    click.echo(f"alert {alert_id} is acknowledged")


@alerts_group.command("unack")
@click.argument("alert_id", type=int, metavar="ID")
def unack(alert_id: int) -> None:
    """Take an acknowledgement back: reminders go on."""
    open_store()
    with db.write():
        row = _standing(alert_id)
        if row:
            triage.give_back([alert_id], utcnow())
    if row is None:
        fail(f"there is no firing alert {alert_id}")
    click.echo(f"alert {alert_id} is not acknowledged")


@alerts_group.command("note")
@click.argument("alert_id", type=int, metavar="ID")
@click.argument("text")
def note(alert_id: int, text: str) -> None:
    """Keep a note with an alert, for those who look."""
    open_store()
    if not text.strip():
        fail("the note is empty")
    with db.write():
        known = Alert.get_or_none(Alert.id == alert_id)
        if known:
            triage.note(known, getpass.getuser(), text.strip()[:10_000], utcnow())
    if known is None:
        fail(f"there is no alert {alert_id}")
    click.echo(f"noted on alert {alert_id}")


@alerts_group.command("why")
@click.argument("alert_id", type=int, metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def why_told(alert_id: int, as_json: bool) -> None:
    """Say what each channel was told of an alert, and what is held back now and by what."""
    settings = open_store()
    row = Alert.get_or_none(Alert.id == alert_id)
    if row is None:
        fail(f"there is no alert {alert_id}")
    found = why.explain(settings, row, utcnow())
    if as_json:
        echo_json(found)
    else:
        click.echo("\n".join(why.sentences(found)))


def _standing(alert_id: int) -> Alert | None:
    """The alert as it is under the write lock, if it fires."""
    row: Alert | None = Alert.get_or_none(Alert.id == alert_id)
    return row if row and row.status in ("firing", "acknowledged") else None


@alerts_group.command("list")
@click.option("--all", "everything", is_flag=True, help="Resolved ones too.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_alerts(everything: bool, limit: int, as_json: bool) -> None:
    """List open alerts, or all, newest first."""
    open_store()
    rows = Alert.latest(limit) if everything else list(reversed(Alert.open()))[:limit]
    nothing = "No alerts." if everything else "No open alerts."
    echo_rows(map(alerts.payload, rows), _line, nothing, as_json=as_json)


def _line(alert: dict[str, Any]) -> str:
    return "{id:>6}  {status:<12} {severity:<8} {startedAt}  {message}".format_map(alert)
