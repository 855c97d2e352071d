"""Opening the settings and the store for a command: one line a problem, and the right exit code."""

import sys
from collections.abc import Mapping
from typing import NoReturn

import click

from gamepilot_mon import audit, db, nudge
from gamepilot_mon.settings import Settings, SettingsError

EXIT_SETTINGS = 2
EXIT_FAILED = 1


def open_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Of `environ`, else of this process."""
    try:
        return Settings.from_env(environ)
    except SettingsError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(EXIT_SETTINGS)


def open_store(settings: Settings | None = None) -> Settings:
    """The settings, with the store open and the other processes told of what this one writes."""
    settings = settings or open_settings()
    audit.act_as(audit.CONSOLE)
    try:
        db.open_database(settings.database_url)
    except db.StoreError as error:
        fail(str(error))
    db.after_commit(nudge.Sender(nudge.folder_of(settings.state_dir)))
    return settings


def fail(text: str) -> NoReturn:
    click.echo(f"gamepilot-mon: {text}", err=True)
    sys.exit(EXIT_FAILED)
