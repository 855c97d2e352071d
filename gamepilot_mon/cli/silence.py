"""`silence`: times in which nobody is told of some alerts."""

import getpass
from typing import Any

import click

from gamepilot_mon import db, silences
from gamepilot_mon.cli.given import MATCHER, duration
from gamepilot_mon.cli.opening import fail, open_store
from gamepilot_mon.cli.printing import echo_json, echo_rows
from gamepilot_mon.clock import DAY_MS, MINUTE_MS, iso, utcnow
from gamepilot_mon.models import Silence
from gamepilot_mon.mutes import Matcher

SPAN = duration(MINUTE_MS, 90 * DAY_MS, "a silence lasts from a minute to 90 days")


@click.group("silence")
def silence_group() -> None:
    """Silences: times in which nobody is told of some alerts."""


@silence_group.command("add")
@click.argument("matchers", type=MATCHER, nargs=-1, required=True, metavar="MATCHER...")
@click.option("--for", "for_", type=SPAN, default="1h", show_default=True, help="How long, e.g. 30m or 2d.")
@click.option("--reason", required=True)
@click.option("--json", "as_json", is_flag=True, help="Print its id as JSON.")
def add(matchers: tuple[Matcher, ...], for_: int, reason: str, as_json: bool) -> None:
    """Hold back messages about alerts that every MATCHER matches. Prints its id.

    A MATCHER is name=value, name!=value, name=~pattern or name!~pattern, over type, severity and labels.
    """
    open_store()
    now = utcnow()
    with db.write():
        silence = silences.add(matchers, now, now + for_, getpass.getuser(), reason, now)
    if as_json:
        echo_json({"id": silence.id})
    else:
        click.echo(silence.id)


@silence_group.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that are over too.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_silences(everything: bool, as_json: bool) -> None:
    """List the silences, newest first."""
    open_store()
    rows = Silence.select().order_by(Silence.id.desc())
    if not everything:
        rows = rows.where(Silence.ends_at > utcnow())
    echo_rows(map(_document, rows), _line, "No silences.", as_json=as_json)


@silence_group.command("expire")
@click.argument("silence_id", type=int, metavar="ID")
def expire(silence_id: int) -> None:
    """End a silence now; what still fires is told at once."""
    open_store()
    with db.write():
        ended = silences.expire(silence_id, utcnow())
    if not ended:
        fail(f"there is no silence {silence_id} that has not ended")
    click.echo(f"silence {silence_id} has ended")


def _document(row: Silence) -> dict[str, Any]:
    return {
        "id": row.id, "matchers": ["".join(parts) for parts in row.matchers], "startsAt": iso(row.starts_at),
        "endsAt": iso(row.ends_at), "author": row.author, "reason": row.reason,
    }  # fmt: skip


def _line(silence: dict[str, Any]) -> str:
    matchers = " ".join(silence["matchers"])
    return f"{silence['id']:>5}  until {silence['endsAt']}  {matchers}  {silence['reason']} ({silence['author']})"
