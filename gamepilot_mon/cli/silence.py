"""`silence`: times in which nobody is told of some alerts."""

import getpass

import click
import msgspec

from gamepilot_mon import db, silences
from gamepilot_mon.cli.given import DURATION, MATCHER
from gamepilot_mon.cli.opening import fail, open_store
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.models import Silence
from gamepilot_mon.mutes import Matcher


@click.group("silence")
def silence_group() -> None:
    """Silences: times in which nobody is told of some alerts."""


@silence_group.command("add")
@click.argument("matchers", type=MATCHER, nargs=-1, required=True, metavar="MATCHER...")
@click.option(
    "--for", "for_", type=DURATION, default="1h", show_default=True, help="How long, e.g. 30m or 2d."
)
@click.option("--reason", required=True)
def add(matchers: tuple[Matcher, ...], for_: int, reason: str) -> None:
    """Hold back messages about alerts that every MATCHER matches. Prints its id.

    A MATCHER is name=value, name!=value, name=~pattern or name!~pattern, over type, severity and labels.
    """
    open_store()
    now = utcnow()
    with db.write():
        silence = silences.add(matchers, now, now + for_, getpass.getuser(), reason, now)
    click.echo(silence.id)


@silence_group.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that are over too.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON, one a line.")
def list_silences(everything: bool, as_json: bool) -> None:
    """List the silences, newest first."""
    open_store()
    rows = Silence.select().order_by(Silence.id.desc())
    if not everything:
        rows = rows.where(Silence.ends_at > utcnow())
    if not rows and not as_json:
        click.echo("No silences.", err=True)
    for row in rows:
        matchers = ["".join(parts) for parts in row.matchers]
        if as_json:
            document = {
                "id": row.id, "matchers": matchers, "startsAt": iso(row.starts_at), "endsAt": iso(row.ends_at),
                "author": row.author, "reason": row.reason,
            }  # fmt: skip
            click.echo(msgspec.json.encode(document).decode())
        else:
            click.echo(
                f"{row.id:>5}  until {iso(row.ends_at)}  {' '.join(matchers)}  {row.reason} ({row.author})"
            )


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
