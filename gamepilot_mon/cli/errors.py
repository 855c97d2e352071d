"""`errors`: list the groups of errors, look at one, resolve it."""

import getpass
from typing import Any

import click

from gamepilot_mon import db
from gamepilot_mon.cli.opening import fail, open_store
from gamepilot_mon.cli.printing import echo_json, echo_rows
from gamepilot_mon.clock import utcnow
from gamepilot_mon.error_groups import listing, states
from gamepilot_mon.models import ErrorGroup

SORTS: dict[str, listing.Sort] = {"last-seen": "last_seen", "count": "count", "new": "first_seen"}


@click.group("errors")
def errors_group() -> None:
    """Errors that are alike as one group: list them, look at one, decide about it."""


@errors_group.command("list")
@click.option(
    "--state", type=click.Choice(["open", "resolved", "ignored", "any"]), default="open", show_default=True
)
@click.option("--operation", help="Only of this operation.")
@click.option("--text", help="Only with this in the title, operation or stack.")
@click.option("--hours", type=click.IntRange(1, 9600), help="Only those seen in the last hours.")
@click.option("--sort", type=click.Choice(list(SORTS)), default="last-seen", show_default=True)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_errors(
    state: str,
    operation: str | None,
    text: str | None,
    hours: int | None,
    sort: str,
    limit: int,
    as_json: bool,
) -> None:
    """List the groups of errors that are open, or others."""
    open_store()
    wanted = listing.Wanted(
        None if state == "any" else state, operation, None, text, hours, SORTS[sort], None, limit
    )
    rows, _ = listing.page(wanted, utcnow())
    echo_rows(rows, _line, "No such errors.", as_json=as_json)


@errors_group.command("show")
@click.argument("group_id", type=int, metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def show(group_id: int, as_json: bool) -> None:
    """Show one group: where it comes from, in which versions, the newest sample, who decided what."""
    open_store()
    found = listing.detail(_known(group_id), 24, utcnow())
    if as_json:
        echo_json(found)
    else:
        click.echo("\n".join(_lines(found)))


@errors_group.command("resolve")
@click.argument("group_id", type=int, metavar="ID")
@click.option(
    "--in", "version", help="The version in which it is gone; errors of earlier ones do not reopen it."
)
def resolve(group_id: int, version: str | None) -> None:
    """Say that it is gone; it is told of when it comes back."""
    settings = open_store()
    with db.write():
        states.resolve(settings, _known(group_id), getpass.getuser(), version, utcnow())
    click.echo(f"error {group_id} is resolved" + (f" in {version}" if version else ""))


@errors_group.command("reopen")
@click.argument("group_id", type=int, metavar="ID")
def reopen(group_id: int) -> None:
    """Say that it is not gone, or not to be ignored any more."""
    settings = open_store()
    with db.write():
        states.reopen(settings, _known(group_id), getpass.getuser(), utcnow())
    click.echo(f"error {group_id} is open")


@errors_group.command("ignore")
@click.argument("group_id", type=int, metavar="ID")
def ignore(group_id: int) -> None:
    """Count it on, and tell nobody of it."""
    settings = open_store()
    with db.write():
        states.ignore(settings, _known(group_id), getpass.getuser(), utcnow())
    click.echo(f"error {group_id} is ignored")


def _known(group_id: int) -> ErrorGroup:
    group: ErrorGroup | None = ErrorGroup.get_or_none(ErrorGroup.id == group_id)
    if group is None:
        fail(f"there is no error {group_id}")
    return group


def _line(row: dict[str, Any]) -> str:
    back = " (came back)" if row["regressions"] and row["state"] == "open" else ""
    return (
        f"{row['id']:>6}  {row['state']:<9} {row['severity']:<8} {row['lastSeen']}  {row['count']:>7} x "
        f"{row['users']:>5} users  {row['operation']}: {row['title']}{back}"
    )


def _lines(found: dict[str, Any]) -> list[str]:
    sample = found["samples"][0] if found["samples"] else None
    return [
        _line(found),
        f"first seen {found['firstSeen']}, in the last 24 hours {found['last24h']}",
        *(f"  at {frame}" for frame in found["stack"]),
        *(f"version {v['version']}: {v['count']}, last {v['lastSeen']}" for v in found["versions"]),
        *(f"{a['at']} {a['who']}: {a['action']} {a['version'] or ''}".rstrip() for a in found["actions"]),
        *([f"newest: {sample['error']}", *([sample["stack"]] if sample["stack"] else [])] if sample else []),
    ]
