"""`backup` and `restore`: a copy of the store, and back."""

from pathlib import Path

import click

from gamepilot_mon import backup, db
from gamepilot_mon.cli.opening import fail, open_settings, open_store
from gamepilot_mon.cli.run import is_answering
from gamepilot_mon.clock import utcnow
from gamepilot_mon.locks import AlreadyRunning, only_one


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace FILE when it is there.")
def take_backup(file: Path, force: bool) -> None:
    """Write a copy of the store to FILE while everything goes on running."""
    open_store()
    if file.exists() and not force:
        fail(f"{file} exists; give --force to replace it")
    try:
        size = backup.take(file)
    except backup.BackupError as error:
        fail(str(error))
    click.echo(f"{file}: {size / 1e6:.1f} MB")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def restore(file: Path) -> None:
    """Make the copy FILE the store, also in place of a damaged one. Stop the web process and the daemon first.

    The store that was there is kept beside it as *.before-restore-TIME, each under a name of its own.
    """
    settings = open_settings()
    if is_answering(settings):
        fail(f"the web process answers on {settings.bind}; stop it first")
    store = db.path_of(settings.database_url)
    if not store.parent.is_dir():
        fail(f"there is no folder {store.parent}; make it first")
    try:
        with only_one(store):
            kept = backup.put_back(file, settings.database_url, utcnow())
    except (backup.BackupError, db.StoreError, AlreadyRunning) as error:
        fail(str(error))
    click.echo(
        f"restored; the store that was there is {kept}" if kept else "restored; there was no store before"
    )
