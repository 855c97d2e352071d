"""`config`: what people change, shown, written down as a file, and put in force from one."""

import getpass
import sys
from pathlib import Path

import click
import msgspec

from gamepilot_mon import config_file, runtime_config
from gamepilot_mon.cli.asking import confirm
from gamepilot_mon.cli.opening import fail, open_store
from gamepilot_mon.cli.printing import echo_json
from gamepilot_mon.clock import utcnow
from gamepilot_mon.config_file import Moved, Step
from gamepilot_mon.config_file.document import Document, Wrong, read, text_of, write

EXIT_DIFFERS = 2


@click.group("config")
def config_group() -> None:
    """The configuration that can change while running."""


@config_group.command("show")
@click.option("--json", "as_json", is_flag=True, help="Print the document as JSON.")
def show(as_json: bool) -> None:
    """What is in force, and where each value comes from. Secrets are shown as ***."""
    document = runtime_config.current(open_store()).public()
    if as_json:
        echo_json(document)
        return
    for pointer, source in document["sources"].items():
        value = document
        for name in pointer.strip("/").split("/"):
            value = value[name]
        click.echo(f"{pointer.strip('/').replace('/', '.'):<36} {text_of(value):<28} [{source}]")


@config_group.command("export")
@click.argument(
    "file", metavar="[FILE]", required=False, type=click.Path(path_type=Path, dir_okay=False, writable=True)
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def export(file: Path | None, as_json: bool) -> None:
    """Write all that people changed (overrides, rules) as YAML to FILE or the console. Secrets are ***."""
    document = config_file.export(open_store())
    text = msgspec.json.encode(document).decode() + "\n" if as_json else write(document)
    if file is None:
        click.echo(text, nl=False)
        return
    try:
        file.write_text(text)
    except OSError as error:
        fail(f"{file}: {error.strerror}")


@config_group.command("apply")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--plan", "only_plan", is_flag=True, help="Only show what would change; exit 2 when anything would."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
def apply(file: Path, only_plan: bool, yes: bool, as_json: bool) -> None:
    """Make what is in force what FILE says, in one transaction, after showing the plan.

    A section that FILE does not have stays as it is; *** leaves a secret as it is.
    """
    settings, author = open_store(), getpass.getuser()
    try:
        document = _read(file)
        steps = config_file.plan(settings, document, author, utcnow())
        _show(steps, as_json)
        if only_plan or not steps:
            sys.exit(EXIT_DIFFERS if steps else 0)
        if not yes:
            confirm("Apply?")
        config_file.apply(settings, document, steps, author, utcnow())
    except Wrong as wrong:
        for problem in wrong.problems:
            click.echo(f"{file}:{problem}", err=True)
        fail("nothing was changed")
    except Moved as moved:
        fail(str(moved))
    if not as_json:
        click.echo(f"{len(steps)} changes are in force")


def _read(file: Path) -> Document:
    try:
        return read(file.read_text())
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{file}: is not UTF-8 text")


def _show(steps: list[Step], as_json: bool) -> None:
    if as_json:
        names = {"+": "add", "~": "change", "-": "remove"}
        rows = [{"do": names[s.sign], "path": s.path, "old": s.old, "new": s.new} for s in steps]
        echo_json(rows)
        return
    for step in steps:
        click.echo(str(step))
    if not steps:
        click.echo("nothing to change")
