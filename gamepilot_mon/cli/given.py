"""What is given to a command, as types: a mistake is told with the name of the option, and the exit code is 2."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import click

from gamepilot_mon import mutes, recurrence
from gamepilot_mon.clock import (
    LONGEST_DURATION_MS,
    parse_duration,
    parse_iso,
    parse_moment,
    time_zone,
    utcnow,
)


class Given(click.ParamType):  # type: ignore[type-arg]
    """What `parse` makes of the text, which raises ValueError for what it does not take."""

    def __init__(self, name: str, parse: Callable[[str], Any]) -> None:
        self.name, self._parse = name, parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Past(click.ParamType):  # type: ignore[type-arg]
    """Epoch ms of an ISO moment, or of the last 14:05 in the zone of the eager option `zone`; not in the future."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        zone: ZoneInfo = ctx.params["zone"] if ctx else ZoneInfo("UTC")
        now = utcnow()
        try:
            at = parse_moment(value, zone, now)
        except ValueError as error:
            self.fail(f"{error}, or 14:05 for the last one", param, ctx)
        if at > now:
            self.fail("that moment has not come", param, ctx)
        return at


def duration(least_ms: int = 0, most_ms: int = LONGEST_DURATION_MS, otherwise: str = "") -> Given:
    """Milliseconds; `otherwise` is said of what is shorter or longer."""

    def parse(text: str) -> int:
        ms = parse_duration(text)
        if not least_ms <= ms <= most_ms:
            raise ValueError(otherwise)
        return ms

    return Given("duration", parse)


def _since(text: str) -> int:
    """Epoch ms of `6h` ago, or of an ISO moment."""
    return parse_iso(text) if "-" in text else utcnow() - parse_duration(text)


def _cron(text: str) -> str:
    recurrence.checked(text, "UTC", utcnow())
    return text


DURATION = duration()
MOMENT = Given("time", parse_iso)
PAST = Past()
SINCE = Given("time", _since)
ZONE = Given("zone", time_zone)
CRON = Given("cron", _cron)
MATCHER = Given("matcher", mutes.parse)
