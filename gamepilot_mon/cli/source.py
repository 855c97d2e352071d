"""`source`: how reading GamePilot's own database goes."""

import click

from gamepilot_mon.cli.opening import fail, open_store
from gamepilot_mon.cli.printing import echo_json
from gamepilot_mon.clock import format_duration, utcnow
from gamepilot_mon.sources import gamepilot_db, gamepilot_progress
from gamepilot_mon.sources.gamepilot_progress import Progress
from gamepilot_mon.sources.gamepilot_schema import Unreadable


@click.group("source")
def source_group() -> None:
    """GamePilot's own database, as a source."""


@source_group.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def status(as_json: bool) -> None:
    """How far each table has been read, how much waits, and what is wrong."""
    settings, now = open_store(), utcnow()
    progress = gamepilot_progress.progress(now)
    unreadable = _unreadable(settings.gamepilot_database_url)
    if as_json:
        echo_json(progress.described())
    else:
        _print(
            progress, now, known=bool(progress.cursors or settings.gamepilot_database_url) and not unreadable
        )
    if not settings.gamepilot_database_url:
        click.echo("GAMEPILOT_DATABASE_URL is not set.", err=True)
    if unreadable:
        fail(f"GAMEPILOT_DATABASE_URL: {unreadable}")


def _unreadable(url: str | None) -> str | None:
    """Why nothing can be read of it now; what the daemon found is known only while it runs."""
    if not url:
        return None
    database = gamepilot_db.database_of(url)
    try:
        with database.reading() as connection:
            connection.tables()
    except Unreadable as error:
        return str(error)
    finally:
        database.close()
    return None


def _print(progress: Progress, now: int, *, known: bool) -> None:
    """`known`: there is a database, so that nothing behind means that nothing waits."""
    for cursor in progress.cursors:
        behind = f"about {cursor.behind} wait" if cursor.behind else "nothing waits"
        skipped = f", {cursor.skipped} left out" if cursor.skipped else ""
        click.echo(f"{cursor.name:<24} {cursor.rows:>10} rows read{skipped}, {behind}")
    if known:
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
