"""`user-data`: erase what is known of a player."""

import getpass
from typing import Any

import click

from gamepilot_mon import db, user_data
from gamepilot_mon.cli.asking import confirm
from gamepilot_mon.cli.opening import open_store
from gamepilot_mon.cli.printing import echo_json, echo_rows
from gamepilot_mon.clock import utcnow
from gamepilot_mon.counted import counted


@click.group("user-data")
def user_data_group() -> None:
    """What the store knows of single players."""


@user_data_group.command("erase")
@click.argument("user_id", metavar="USER_ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--vacuum/--no-vacuum", default=True, show_default=True,
    help="Build the file anew, so that nothing deleted is left in it; writers wait meanwhile.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print what was erased as JSON.")
def erase(user_id: str, yes: bool, vacuum: bool, as_json: bool) -> None:
    """Erase a player, by GamePilot's id or by their pseudonym, for good."""
    open_store()
    if not yes:
        confirm("Erase everything that is known of this player?")
    with db.write():
        counts = user_data.erase(user_id, getpass.getuser(), utcnow())
    settled = user_data.settle(vacuum=vacuum)
    if as_json:
        echo_json({"erased": counts, "journalEmptied": settled})
    else:
        click.echo(f"erased {counted(sum(counts.values()), 'row')}")
        if not settled:
            click.echo("The journal is in use; it is emptied when its readers are done.", err=True)


@user_data_group.command("log")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def log(as_json: bool) -> None:
    """List when somebody was erased, and by whom; not whom."""
    open_store()
    echo_rows(user_data.erasures(), _line, "Nobody was erased.", as_json=as_json)


def _line(row: dict[str, Any]) -> str:
    return f"{row['at']}  {row['who']}  {counted(sum(row['counts'].values()), 'row')}"
