"""`rollups`: the buckets that figures come from."""

from typing import Any

import click
import msgspec

from gamepilot_mon import db, storage
from gamepilot_mon.cli.given import SINCE
from gamepilot_mon.cli.opening import fail, open_store
from gamepilot_mon.cli.printing import echo_json
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.rollups import rebuilding


@click.group("rollups")
def rollups_group() -> None:
    """The buckets that figures come from."""


@rollups_group.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def status(as_json: bool) -> None:
    """Rows, bytes and growth of each table and tier, and when the disk will be full. Reads the whole store."""
    settings, now = open_store(), utcnow()
    found = storage.report(db.path_of(settings.database_url), now, storage.measure(now))
    if as_json:
        echo_json(found)
        return
    for table in found["tables"]:
        click.echo(_line(table))
    growth = found["growthBytesPerDay"]
    grows = "growth not known yet" if growth is None else f"{_size(growth)} a day"
    click.echo(
        f"{_size(found['bytes'])} and {_size(found['walBytes'])} of journal; {grows}; {_size(found['freeBytes'])} free"
    )
    if found["fullAt"]:
        click.echo(f"The disk is full on {found['fullAt'][:10]} at this rate.")


@rollups_group.command("rebuild")
@click.option(
    "--since", type=SINCE, help="How far back: 6h, or ISO 8601; else as far as raw events are kept."
)
@click.option("--json", "as_json", is_flag=True, help="Print each step as JSON.")
def rebuild(since: int | None, as_json: bool) -> None:
    """Make the buckets anew from the raw events. The daemon may run meanwhile; one that was cut off goes on."""
    settings, now = open_store(), utcnow()
    if rebuilding.is_under_way():
        click.echo("Going on with the rebuild that was cut off.", err=True)
    try:
        for step in rebuilding.rebuild(settings.slow_ms, since, now):
            click.echo(_json(step) if as_json else _words(step))
    except rebuilding.TooOld as error:
        fail(f"raw events reach back to {iso(error.oldest)} only")
    except LookupError as error:
        fail(str(error))


def _json(step: rebuilding.Progress) -> str:
    return msgspec.json.encode(step).decode()


def _words(step: rebuilding.Progress) -> str:
    if step.done:
        return "done"
    if step.swapped:
        return f"series up to {step.swapped} are in their place"
    return f"event {step.position} of {step.last}"


def _line(table: dict[str, Any]) -> str:
    growth = table["growth"]
    grows = f"{growth['rowsPerDay']:>+14,} rows {_size(growth['bytesPerDay']):>10} a day" if growth else ""
    return f"{table['name']:<22} {table['rows']:>14,} rows {_size(table['bytes']):>10}{grows}"


def _size(count: float) -> str:
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(count) >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{count:.0f} B"
