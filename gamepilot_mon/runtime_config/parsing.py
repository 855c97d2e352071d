"""Parsing: from the document to the model, or to all that is wrong with it, each at its place."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from gamepilot_mon import channels
from gamepilot_mon.channels import options_of
from gamepilot_mon.channels.options import Options
from gamepilot_mon.part import refused
from gamepilot_mon.runtime_config.documents import pointer
from gamepilot_mon.runtime_config.model import RuntimeConfig, Thresholds
from gamepilot_mon.runtime_config.origins import WELL_KNOWN

NEEDED = "is needed while the channel is switched on"
MOST_CHANNELS = 50
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")

Place = tuple[int | str, ...]
Wrong = list[tuple[Place, str]]


class Problem(Exception):
    """A refused document: [(JSON pointer, what is wrong)], all of them."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{at}: {detail}" for at, detail in errors))
        self.errors = errors


class Absent(Options):
    """A further channel that was stored and cannot be used any more, such as one whose plugin was uninstalled."""

    enabled: bool = False

    def lacks(self) -> str | None:
        return "its plugin, or another configuration"


def parse(document: Mapping[str, Any], *, stored: bool = False) -> RuntimeConfig:
    """Raises Problem.

    Of a `stored` document, further channels that cannot be used any more are switched off: a plugin that is gone
    must not take the other channels with it.
    """
    wrong: Wrong = []
    found = dict(_channels(document, wrong, stored))
    rest = {name: value for name, value in document.items() if name not in (*WELL_KNOWN, "channels")}
    try:
        config = RuntimeConfig.model_validate({**rest, "channels": found})
    except ValidationError as error:
        wrong += refused(error)
    else:
        wrong = wrong or ([] if stored else list(_contradictions(config)))
    if wrong:
        raise Problem([(pointer(place), text) for place, text in wrong])
    return config


def well_known(kind: str, section: Mapping[str, Any]) -> Options:
    """The channel that is named as its kind. Raises ValidationError."""
    return options_of(channels.installed()[kind]).model_validate({**section, "kind": kind})


def place_of(name: str) -> tuple[str, ...]:
    """Where the channel is in the document."""
    return (name,) if name in WELL_KNOWN else ("channels", name)


def _channels(document: Mapping[str, Any], wrong: Wrong, stored: bool) -> Iterator[tuple[str, Options]]:
    for name in WELL_KNOWN:
        yield from _parsed((name,), name, document.get(name), wrong, stored)
    named = document.get("channels")
    if not isinstance(named, dict):
        wrong.append((("channels",), "must be an object of channels by name"))
        return
    if len(named) > MOST_CHANNELS:
        wrong.append((("channels",), f"holds at most {MOST_CHANNELS} channels"))
    for name, section in named.items():
        trouble: Wrong = []
        yield from _further(name, section, document, trouble, stored)
        if stored and trouble:
            yield name, Absent(kind=str(section.get("kind")))
        else:
            wrong += trouble


def _further(
    name: str, section: Any, document: Mapping[str, Any], wrong: Wrong, stored: bool
) -> Iterator[tuple[str, Options]]:
    place = ("channels", name)
    if name in WELL_KNOWN:
        wrong.append((place, f"the name belongs to the channel that is set at /{name}"))
    elif not _NAME.fullmatch(name):
        wrong.append(
            (place, "a name has 1 to 40 small letters, digits, - or _, and begins with one of the first two")
        )
    elif not isinstance(section, dict):
        wrong.append((place, "must be an object"))
    elif section.get("kind") not in channels.installed():
        wrong.append(((*place, "kind"), f"must be one of {', '.join(sorted(channels.installed()))}"))
    else:
        yield from _completed(name, section, document, wrong, stored)


def _completed(
    name: str, section: dict[str, Any], document: Mapping[str, Any], wrong: Wrong, stored: bool
) -> Iterator[tuple[str, Options]]:
    kind = section["kind"]
    options = options_of(channels.installed()[kind])
    main = document.get(kind, {}) if kind in WELL_KNOWN else {}
    # A main one that is no object is refused at its own place.
    whole = options.completed(section, main) if isinstance(main, dict) else section
    yield from _parsed(("channels", name), kind, whole, wrong, stored)


def _parsed(
    place: Place, kind: str, section: Any, wrong: Wrong, stored: bool
) -> Iterator[tuple[str, Options]]:
    """A `stored` one that lacks something sends nothing: the environment that it came with may have changed."""
    if not isinstance(section, dict):
        wrong.append((place, "must be an object"))
        return
    if len(place) == 1 and "kind" in section:
        wrong.append(((*place, "kind"), "is not a known member"))
        return
    try:
        options = well_known(kind, section)
    except ValidationError as error:
        wrong += [((*place, *where), text) for where, text in refused(error)]
        return
    missing = options.missing() if options.enabled and not stored else ()
    wrong += [((*place, member), NEEDED) for member in missing]
    if not missing:
        yield str(place[-1]), options


def refuse_new(before: RuntimeConfig, wanted: RuntimeConfig, *, allow_plain: bool) -> None:
    """Raises Problem for what the environment refuses as well (settings/contradictions.py), unless it is in force
    already: what was stored once must not stand in the way of another change. `allow_plain`: unencrypted mail is meant.
    """
    known = set(_unwise(before, allow_plain))
    if wrong := [each for each in _unwise(wanted, allow_plain) if each not in known]:
        raise Problem([(pointer(place), text) for place, text in wrong])


def _unwise(config: RuntimeConfig, allow_plain: bool) -> Iterator[tuple[Place, str]]:
    yield from _thresholds(config.thresholds)
    for name, channel in config.channels.items():
        for member, text in channel.contradictions(allow_plain=allow_plain):
            yield (*place_of(name), member), text


def _contradictions(config: RuntimeConfig) -> Iterator[tuple[Place, str]]:
    """What no part can see by itself."""
    for name, channel in config.channels.items():
        if channel.failover and (trouble := _standing_in(config, name, channel.failover)):
            yield (*place_of(name), "failover"), trouble
    for number, route in enumerate(config.routes):
        for place, name in route.named():
            if name not in config.channels:
                yield ("routes", number, *place), f"there is no channel {name}"


def _thresholds(thresholds: Thresholds) -> Iterator[tuple[Place, str]]:
    for step in ("warning", "critical"):
        if not getattr(thresholds.slow_queries, step).is_integer():
            yield ("thresholds", "slowQueries", step), "must be a whole number"
        if not getattr(thresholds.response_time, step):
            yield ("thresholds", "responseTime", step), "must be above 0"


def _standing_in(config: RuntimeConfig, name: str, other: str) -> str | None:
    if other == name:
        return "must name another channel"
    if other not in config.channels:
        return f"there is no channel {other}"
    lacking = config.channels[other].needs()
    return f"names {other}, which is not set up: it needs {lacking}" if lacking else None
