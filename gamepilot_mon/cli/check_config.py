"""`check-config`: are the settings right, and what would be in force."""

import click

from gamepilot_mon.cli.opening import open_settings
from gamepilot_mon.cli.printing import echo_json
from gamepilot_mon.settings.addresses import sqlite_path
from gamepilot_mon.sources import gamepilot_postgresql


@click.command("check-config")
@click.option("--json", "as_json", is_flag=True, help="Print the settings as JSON.")
def check_config(as_json: bool) -> None:
    """Read the settings, name every problem, and list what would be in force.

    Exit 0 when they are right, 2 when not. Secrets are shown as ***.
    """
    settings = open_settings()
    described = settings.describe()
    url = settings.gamepilot_database_url
    if url and sqlite_path(url) is None and not gamepilot_postgresql.is_installed():
        click.echo(f"GAMEPILOT_DATABASE_URL: {gamepilot_postgresql.NOT_INSTALLED}", err=True)
    if as_json:
        rows = [{"name": d.name, "value": d.text, "source": d.source} for d in described]
        echo_json(rows)
        return
    width = max(len(d.name) for d in described)
    for d in described:
        click.echo(f"{d.name:<{width}}  {d.text or '(not set)'}  [{d.source}]")
    click.echo("The settings are right.", err=True)
