"""Destinations: the channels that are switched on, each with the configuration that its plugin takes.

A channel that is not switched on but named as another one's failover is a standby: it is owed nothing by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gamepilot_mon import runtime_config, vapid
from gamepilot_mon.channels.options import Given
from gamepilot_mon.runtime_config import WELL_KNOWN, RuntimeConfig
from gamepilot_mon.settings import Settings


@dataclass(frozen=True, slots=True)
class Destination:
    """`name` is what notifications are owed to, `kind` the plugin that sends."""

    name: str
    kind: str
    config: Any


def enabled(config: RuntimeConfig) -> list[str]:
    """The names of the destinations that are switched on."""
    return [name for name, channel in config.channels.items() if channel.enabled]


def standbys(config: RuntimeConfig) -> list[str]:
    """Those that only stand in for an enabled one."""
    on = enabled(config)
    named = [config.failovers[name] for name in on if name in config.failovers]
    return [name for name in dict.fromkeys(named) if name not in on]


def destinations(settings: Settings, config: RuntimeConfig) -> list[Destination]:
    return _made(settings, config, enabled(config))


def with_standbys(settings: Settings, config: RuntimeConfig) -> list[Destination]:
    return _made(settings, config, (*enabled(config), *standbys(config)))


def every(settings: Settings, config: RuntimeConfig) -> list[Destination]:
    """All that have what they need, switched on or not: what can be tried."""
    return _made(settings, config, [name for name in config.channels if config.can_send(name)])


def _made(settings: Settings, config: RuntimeConfig, names: Iterable[str]) -> list[Destination]:
    own = runtime_config.defaults(settings)
    found = []
    for name in names:
        options = config.channels[name]
        main = (
            runtime_config.well_known(options.kind, own[options.kind]) if options.kind in WELL_KNOWN else None
        )
        given = Given(settings.ssrf_allow, settings.smtp_allow_plain, main, vapid.subject(settings))
        found.append(Destination(name, options.kind, options.config(given)))
    return found
