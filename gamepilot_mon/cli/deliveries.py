"""`deliveries`: the ledger of what was sent, and how the channels are doing."""

from typing import Any

import click

from gamepilot_mon import ledger, runtime_config
from gamepilot_mon.cli.opening import open_store
from gamepilot_mon.cli.printing import echo_json, echo_rows
from gamepilot_mon.clock import utcnow
from gamepilot_mon.ledger import Wanted

STATES = ("pending", "bundled", "sending", "sent", "dead", "dropped")


@click.group("deliveries")
def deliveries_group() -> None:
    """What was sent to whom, and what the providers answered."""


@deliveries_group.command("list")
@click.option("--channel", help="Only this channel.")
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--alert", type=click.IntRange(1), help="Only those about the alert with this id.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_deliveries(
    channel: str | None, state: str | None, alert: int | None, limit: int, as_json: bool
) -> None:
    """List notifications with their attempts, newest first."""
    open_store()
    rows = ledger.deliveries(Wanted(channel, state, alert, None, limit))
    echo_rows(rows, _lines, "No notifications.", as_json=as_json)


@deliveries_group.command("channels")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_channels(as_json: bool) -> None:
    """How each channel is doing."""
    settings = open_store()
    found = ledger.channels(runtime_config.current(settings).config, utcnow())
    if as_json:
        echo_json(found)
        return
    for row in found:
        failure = f"  last failure: {row['lastFailure']}" if row["failures"] else ""
        click.echo(
            f"{row['name']:<10} {row['state']:<8} {row['queue']['total']:>5} waiting  {row['proven']}{failure}"
        )
    if not found:
        click.echo("No channel is enabled.", err=True)


def _lines(row: dict[str, Any]) -> str:
    took = f"{row['deliveryMs']} ms" if row["deliveryMs"] is not None else row["state"]
    head = (
        f"{row['id']:>6}  {row['channel']:<10} {row['state']:<8} {row['severity']:<8} {row['change']:<11} "
        f"{row['createdAt']}  {took}{'  resend' if row['resend'] else ''}  {row['type']}"
    )
    tries = [
        f"        #{a['number']} {a['startedAt']}  {a['outcome'] or 'open'}: {a['detail'] or ''}"
        for a in row["attempts"]
    ]
    return "\n".join([head, *tries])
