"""Printing: what a command that lists things says, to people and to programs."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import click
import msgspec

T = TypeVar("T")


def echo_json(document: object) -> None:
    click.echo(msgspec.json.encode(document).decode())


def echo_rows(rows: Iterable[T], line: Callable[[T], str], nothing: str, *, as_json: bool) -> None:
    """One JSON array, or a line each; `nothing` goes to stderr where a person would see an empty screen."""
    found = list(rows)
    if as_json:
        echo_json(found)
        return
    for row in found:
        click.echo(line(row))
    if not found:
        click.echo(nothing, err=True)
