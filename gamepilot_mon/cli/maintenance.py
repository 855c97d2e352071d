"""`maintenance`: planned times in which nobody is told of some alerts, once or again and again."""

import getpass
from typing import Any
from zoneinfo import ZoneInfo

import click

from gamepilot_mon import db, maintenance
from gamepilot_mon.cli.given import CRON, MATCHER, MOMENT, ZONE, duration
from gamepilot_mon.cli.opening import fail, open_store
from gamepilot_mon.cli.printing import echo_rows
from gamepilot_mon.clock import MINUTE_MS, WEEK_MS, format_duration, iso, utcnow
from gamepilot_mon.models import Maintenance
from gamepilot_mon.mutes import Matcher

SPAN = duration(MINUTE_MS, WEEK_MS, "a window lasts from a minute to a week")


@click.group("maintenance")
def maintenance_group() -> None:
    """Maintenance windows: planned silences, once or again and again."""


@maintenance_group.command("add")
@click.argument("matchers", type=MATCHER, nargs=-1, metavar="[MATCHER]...")
@click.option(
    "--for", "for_", type=SPAN, required=True, help="How long each lasts, e.g. 30m or 2h; at most a week."
)
@click.option("--reason", required=True)
@click.option("--starts", type=MOMENT, help="When, as ISO 8601; now when left out.")
@click.option("--ends", type=MOMENT, help="With --cron: no occurrence after it.")
@click.option("--cron", type=CRON, help='Again and again: five fields, e.g. "0 2 * * sun".')
@click.option(
    "--zone", type=ZONE, help="With --cron: the time zone of its wall clock, e.g. Europe/Berlin; else UTC."
)
def add(
    matchers: tuple[Matcher, ...], for_: int, reason: str, starts: int | None, ends: int | None,
    cron: str | None, zone: ZoneInfo | None,
) -> None:  # fmt: skip
    """Plan a window about alerts that every MATCHER matches; without any, about all. Prints its id.

    A MATCHER is name=value, name!=value, name=~pattern or name!~pattern, over type, severity and labels.
    """
    if cron is None and (zone or ends is not None):
        raise click.UsageError("--zone and --ends go with --cron; without it the window runs once")
    open_store()
    now = utcnow()
    try:
        with db.write():
            row = maintenance.add(
                matchers,
                now if starts is None else starts,
                ends,
                for_,
                getpass.getuser(),
                reason,
                now,
                cron=cron,
                zone=zone.key if zone else None,
            )
    except ValueError as error:
        fail(str(error))
    click.echo(row.id)


@maintenance_group.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that are over too.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_windows(everything: bool, as_json: bool) -> None:
    """List the windows, newest first."""
    open_store()
    now = utcnow()
    rows = Maintenance.select().order_by(Maintenance.id.desc())
    if not everything:
        rows = rows.where(Maintenance.ends_at.is_null() | (Maintenance.ends_at > now))
    documents = [_document(row, now) for row in rows]
    echo_rows(documents, _line, "No maintenance windows.", as_json=as_json)


@maintenance_group.command("expire")
@click.argument("window_id", type=int, metavar="ID")
def expire(window_id: int) -> None:
    """End a window for good; what still fires is told at once."""
    open_store()
    with db.write():
        ended = maintenance.expire(window_id, utcnow())
    if not ended:
        fail(f"there is no maintenance window {window_id} that has not ended")
    click.echo(f"maintenance window {window_id} has ended")


def _document(row: Maintenance, now: int) -> dict[str, Any]:
    following = maintenance.next_start(row, now)
    return {
        "id": row.id,
        "state": maintenance.state(row, now),
        "matchers": ["".join(parts) for parts in row.matchers],
        "startsAt": iso(row.starts_at),
        "endsAt": iso(row.ends_at) if row.ends_at is not None else None,
        "forMs": row.duration_ms,
        "cron": row.cron,
        "zone": row.zone,
        "nextAt": iso(following) if following is not None else None,
        "author": row.author,
        "reason": row.reason,
    }


def _line(found: dict[str, Any]) -> str:
    when = f"{found['cron']} {found['zone']}" if found["cron"] else found["startsAt"]
    what = " ".join(found["matchers"]) or "every alert"
    return (
        f"{found['id']:>5}  {found['state']:<8} {when} for {format_duration(found['forMs'])}  {what}  "
        f"{found['reason']} ({found['author']})"
    )
