"""`sign-in-link`: a one-time link for whoever owns the console."""

import click

from gamepilot_mon import db
from gamepilot_mon.auth import sign_in_links
from gamepilot_mon.cli.opening import open_store
from gamepilot_mon.clock import utcnow
from gamepilot_mon.settings import Settings


@click.command("sign-in-link")
def sign_in_link() -> None:
    """Print a link that signs one browser in as admin, once, within 15 minutes."""
    click.echo(make_link(open_store()))


def make_link(settings: Settings) -> str:
    with db.write():
        secret = sign_in_links.create(utcnow())
    return f"{base_url(settings)}/sign-in/link/{secret}"


def base_url(settings: Settings) -> str:
    """Where a browser on this machine finds the page."""
    if settings.public_url:
        return settings.public_url
    host, port = settings.bind_address
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
