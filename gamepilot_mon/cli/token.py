"""`token`: credentials for programs."""

import json

import click

from gamepilot_mon import db
from gamepilot_mon.auth import tokens
from gamepilot_mon.auth.principals import ROLES
from gamepilot_mon.cli.given import duration
from gamepilot_mon.cli.opening import fail, open_store
from gamepilot_mon.clock import utcnow

LIFETIME = duration(least_ms=1, otherwise="must be longer than nothing")


@click.group("token")
def token_group() -> None:
    """Tokens: credentials for programs."""


@token_group.command("create")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the token may do.")
@click.option("--name", default="", help="What it is for.")
@click.option("--expires", type=LIFETIME, help="How long it is valid, such as 30d; without: until revoked.")
def create(role: str, name: str, expires: int | None) -> None:
    """Print a new token, alone on one line. It is shown this once."""
    open_store()
    with db.write():
        text = tokens.create(role, name or role, utcnow(), lifetime_ms=expires)
    click.echo(text)


@token_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """Show the tokens there are, never their text."""
    open_store()
    now = utcnow()
    rows = [tokens.document(token, now) for token in tokens.ordered()]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        until = row["expiresAt"] or "never"
        click.echo(f"{row['id']:>4}  {row['state']:<8} {row['role']:<9} expires {until:<24}  {row['name']}")
    if not rows:
        click.echo("No tokens.", err=True)


@token_group.command("revoke")
@click.argument("token_id", metavar="ID", type=int)
def revoke(token_id: int) -> None:
    """End a token at once."""
    open_store()
    with db.write():
        revoked = tokens.revoke(token_id, utcnow())
    if not revoked:
        fail(f"there is no token {token_id} that could be revoked")
    click.echo(f"token {token_id} is revoked")
