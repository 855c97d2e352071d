"""`config`: the runtime configuration."""

import click
import msgspec

from gamepilot_mon import runtime_config
from gamepilot_mon.cli.opening import open_store


@click.group("config")
def config_group() -> None:
    """The configuration that can change while running."""


@config_group.command("show")
@click.option("--json", "as_json", is_flag=True, help="Print the document as JSON.")
def show(as_json: bool) -> None:
    """What is in force, and where each value comes from. Secrets are shown as ***."""
    document = runtime_config.current(open_store()).public()
    if as_json:
        click.echo(msgspec.json.encode(document).decode())
        return
    for pointer, source in document["sources"].items():
        value = document
        for name in pointer.strip("/").split("/"):
            value = value[name]
        click.echo(f"{pointer.strip('/').replace('/', '.'):<36} {value!s:<28} [{source}]")
