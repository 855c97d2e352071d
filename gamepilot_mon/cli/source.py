"""`source`: how reading GamePilot's own database goes."""

import click
import msgspec

from gamepilot_mon.cli.opening import open_store
from gamepilot_mon.clock import format_duration, utcnow
from gamepilot_mon.sources import gamepilot_progress
from gamepilot_mon.sources.gamepilot_progress import Progress


@click.group("source")
def source_group() -> None:
    """GamePilot's own database, as a source."""


@source_group.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def status(as_json: bool) -> None:
    """How far each table has been read, how much waits, and what is wrong."""
    settings, now = open_store(), utcnow()
    progress = gamepilot_progress.progress(now)
    if as_json:
        click.echo(msgspec.json.encode(progress.described()).decode())
        return
    if not settings.gamepilot_database_url:
        click.echo("GAMEPILOT_DATABASE_URL is not set.", err=True)
    for cursor in progress.cursors:
        behind = f"about {cursor.behind} wait" if cursor.behind else "nothing waits"
        skipped = f", {cursor.skipped} left out" if cursor.skipped else ""
        click.echo(f"{cursor.name:<24} {cursor.rows:>10} rows read{skipped}, {behind}")
    click.echo(_pace(progress, now))
    for problem in progress.problems:
        click.echo(f"PROBLEM  {problem.text}")


def _pace(progress: Progress, now: int) -> str:
    if not progress.behind:
        return "Nothing waits."
    if progress.rows_per_second is None or progress.ends_at is None:
        return f"About {progress.behind} rows wait."
    left = format_duration((progress.ends_at - now) // 1000 * 1000)
    return f"About {progress.behind} rows wait; {progress.rows_per_second:.0f} rows/s, done in about {left}."
