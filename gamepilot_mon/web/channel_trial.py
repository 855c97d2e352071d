"""A test message through every enabled channel, now, and what each provider said."""

from gamepilot_mon import channel_test, channels, destinations, runtime_config
from gamepilot_mon.channel_test import Result
from gamepilot_mon.clock import utcnow
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import store


def send(settings: Settings, author: str) -> dict[str, Result]:
    """By the names of the channels; one that took it is proven."""
    stored = store.read(runtime_config.current, settings)
    targets = destinations.destinations(settings, stored.config)
    test = channel_test.message(author, utcnow(), settings.public_url)
    results = channel_test.try_all(targets, channels.installed(), test)
    store.write(channel_test.remember, results, utcnow())
    return results
