"""A test message through channels, now, and what each provider said."""

from collections.abc import Sequence

from gamepilot_mon import channel_test, channels, destinations, runtime_config
from gamepilot_mon.channel_test import Result
from gamepilot_mon.clock import utcnow
from gamepilot_mon.destinations import Destination
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import store


def send(settings: Settings, author: str) -> dict[str, Result]:
    """Through every enabled one."""
    stored = store.read(runtime_config.current, settings)
    return send_through(destinations.destinations(settings, stored.config), settings, author)


def send_through(targets: Sequence[Destination], settings: Settings, author: str) -> dict[str, Result]:
    """By the names of the channels; one that took it is proven."""
    test = channel_test.message(author, utcnow(), settings.public_url)
    results = channel_test.try_all(targets, channels.installed(), test)
    store.write(channel_test.remember, results, utcnow())
    return results
