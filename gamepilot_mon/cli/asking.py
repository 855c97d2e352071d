"""Questions on the console, and what to do where nobody is there to answer."""

import getpass
import warnings

import click

from gamepilot_mon.cli.opening import fail


def confirm(question: str) -> None:
    """Ends the command unless somebody says yes."""
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort:
        click.echo(err=True)
        fail("nobody answered; look at it, then give --yes to go on without being asked")
    if not agreed:
        raise click.Abort


def password() -> str:
    """Asked for twice, never shown."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        except (click.Abort, getpass.GetPassWarning):
            click.echo(err=True)
            fail("no password was typed; where there is no terminal, give --password-stdin and pipe it in")
    return typed
