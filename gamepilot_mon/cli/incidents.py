"""`incidents`: related alerts handled as one."""

import getpass
from typing import Any

import click

from gamepilot_mon import db, incident_report, response
from gamepilot_mon.cli.given import DURATION
from gamepilot_mon.cli.opening import fail, open_store
from gamepilot_mon.cli.printing import echo_json, echo_rows
from gamepilot_mon.clock import utcnow
from gamepilot_mon.counted import counted


@click.group("incidents")
def incidents_group() -> None:
    """Incidents: related alerts handled as one."""


@incidents_group.command("list")
@click.option("--all", "everything", is_flag=True, help="Closed ones too.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_incidents(everything: bool, limit: int, as_json: bool) -> None:
    """List open incidents, or all, newest first."""
    gap_ms = open_store().incident_gap_ms
    rows = incident_report.page(
        before=None, limit=limit, only_open=not everything, gap_ms=gap_ms, now=utcnow()
    )
    nothing = "No incidents." if everything else "No open incidents."
    echo_rows(rows, _line, nothing, as_json=as_json)


@incidents_group.command("show")
@click.argument("incident_id", type=int, metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def show(incident_id: int, as_json: bool) -> None:
    """Show an incident with its timeline."""
    gap_ms = open_store().incident_gap_ms
    found = incident_report.detail(incident_id, gap_ms, utcnow())
    if found is None:
        fail(f"there is no incident {incident_id}")
    if as_json:
        echo_json(found)
        return
    click.echo(_line(found))
    for entry in found["timeline"]:
        click.echo(f"{entry['at']}  {_entry(entry)}")


@incidents_group.command("ack")
@click.argument("incident_id", type=int, metavar="ID")
@click.option("--reason", help="Why, for those who look.")
@click.option("--for", "for_", type=DURATION, help="How long, e.g. 2h; else until they end.")
def ack(incident_id: int, reason: str | None, for_: int | None) -> None:
    """Acknowledge all open alerts of an incident at once."""
    open_store()
    now = utcnow()
    ends_at = None if for_ is None else now + for_
    count, more = 0, True
    while more:
        with db.write():
            found = response.acknowledge(incident_id, getpass.getuser(), reason, ends_at, now)
        if found is None:
            fail(f"there is no incident {incident_id}")
        count, more = count + found, bool(found)
    click.echo(
        f"{counted(count, 'alert')} of incident {incident_id} {'is' if count == 1 else 'are'} acknowledged"
    )


@incidents_group.command("note")
@click.argument("incident_id", type=int, metavar="ID")
@click.argument("text")
def note(incident_id: int, text: str) -> None:
    """Keep a note with an incident, for those who look."""
    open_store()
    if not text.strip():
        fail("the note is empty")
    with db.write():
        kept = response.note(incident_id, getpass.getuser(), text.strip()[:10_000], utcnow())
    if kept is None:
        fail(f"there is no incident {incident_id}")
    click.echo(f"noted on incident {incident_id}")


def _line(row: dict[str, Any]) -> str:
    return (
        f"{row['id']:>5}  {row['status']:<12} {row['severity']:<8} {row['startedAt']}  "
        f"{row['openAlerts']} of {counted(row['alertCount'], 'alert')} open  {row['title']}"
    )


def _entry(entry: dict[str, Any]) -> str:
    about = f" alert {entry['alertId']}" if entry["alertId"] else ""
    author = f" by {entry['author']}" if entry["author"] else ""
    return f"{entry['kind']}{about}{author}: {entry['text'] or '-'}"
