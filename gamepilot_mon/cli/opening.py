"""Opening the settings and the store for a command: one line a problem, and the right exit code."""

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import NoReturn

import click
import peewee

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
    sys.excepthook = _tell
    try:
        db.open_database(settings.database_url)
    except db.StoreError as error:
        fail(str(error))
    db.after_commit(nudge.Sender(nudge.folder_of(settings.state_dir)))
    return settings


def _tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A locked or full store is no fault of the program, so its line is enough."""
    if issubclass(kind, peewee.OperationalError):
        click.echo(f"gamepilot-mon: the store cannot be used now: {error}; nothing was changed", err=True)
    else:
        sys.__excepthook__(kind, error, trace)


def fail(text: str) -> NoReturn:
    click.echo(f"gamepilot-mon: {text}", err=True)
    sys.exit(EXIT_FAILED)
