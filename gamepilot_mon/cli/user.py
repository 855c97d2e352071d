"""`user`: people who sign in with a browser."""

import json
import sys
from typing import Any

import click

from gamepilot_mon import db
from gamepilot_mon.auth import passwords, second_factors, users
from gamepilot_mon.cli import asking
from gamepilot_mon.cli.opening import fail, open_store
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.models import User

_from_stdin = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


@click.group("user")
def user_group() -> None:
    """Users: people who sign in with a browser."""


@user_group.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(users.BROWSER_ROLES), default="viewer", show_default=True)
@_from_stdin
def add(name: str, role: str, password_stdin: bool) -> None:
    """Add a user; asks for the password."""
    open_store()
    if not users.is_name(name):
        fail(users.NAME_RULE)
    if users.find(name):
        fail(f"there is a user {name} already")
    hashed = _hashed_password(password_stdin)
    try:
        with db.write():
            users.add(name, role, utcnow(), password_hash=hashed)
    except users.NameTaken:
        fail(f"there is a user {name} already")
    click.echo(f"user {name} is added as {role}")


@user_group.command("passwd")
@click.argument("name")
@_from_stdin
def passwd(name: str, password_stdin: bool) -> None:
    """Set another password; signs the user out everywhere."""
    open_store()
    user = _existing(name)
    hashed = _hashed_password(password_stdin)
    with db.write():
        users.set_password(user, hashed, utcnow())
    click.echo(f"the password of {name} is changed")


@user_group.command("disable")
@click.argument("name")
def disable(name: str) -> None:
    """Lock a user out at once; open pages lose their live feed too."""
    open_store()
    user = _existing(name)
    try:
        with db.write():
            users.change(user, utcnow(), disabled=True)
    except users.LastAdmin:
        fail(f"{name} is the last admin; add another one first")
    click.echo(f"user {name} is disabled")


@user_group.command("enable")
@click.argument("name")
def enable(name: str) -> None:
    """Let a user who was disabled sign in again."""
    open_store()
    user = _existing(name)
    with db.write():
        users.change(user, utcnow(), disabled=False)
    click.echo(f"user {name} is enabled")


@user_group.command("reset-totp")
@click.argument("name")
def reset_totp(name: str) -> None:
    """Switch two-factor sign-in off for somebody who lost the app and the recovery codes."""
    open_store()
    user = _existing(name)
    with db.write():
        was_on = second_factors.disable(user, utcnow())
    if not was_on:
        fail(f"{name} has no two-factor sign-in")
    click.echo(f"two-factor sign-in of {name} is off; the password alone signs in")


@user_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """Show the users there are."""
    open_store()
    rows = [_described(user) for user in users.ordered()]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        notes = "".join(
            (
                "" if row["hasPassword"] else "  no password",
                "  two-factor" if row["twoFactor"] else "",
                "  disabled" if row["disabledAt"] else "",
            )
        )
        click.echo(f"{row['name']:<24} {row['role']:<9} since {row['createdAt']}{notes}")
    if not rows:
        click.echo("No users.", err=True)


def _existing(name: str) -> User:
    return users.find(name) or fail(f"there is no user {name}")


def _hashed_password(from_stdin: bool) -> str:
    password = sys.stdin.readline().rstrip("\r\n") if from_stdin else asking.password()
    problem = passwords.problem(password)
    if problem:
        fail(problem)
    return passwords.hash_of(password)


def _described(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "role": user.role,
        "createdAt": iso(user.created_at),
        "disabledAt": iso(user.disabled_at) if user.disabled_at else None,
        "hasPassword": user.password_hash is not None,
        "twoFactor": second_factors.is_on(user.id),
    }
