"""Destinations: the channels that are switched on, each with the configuration that its plugin takes."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gamepilot_mon.channels.email import EmailConfig
from gamepilot_mon.channels.slack import SlackConfig
from gamepilot_mon.runtime_config import RuntimeConfig
from gamepilot_mon.settings import Settings


@dataclass(frozen=True, slots=True)
class Destination:
    """`name` is what notifications are owed to, `kind` the plugin that sends."""

    name: str
    kind: str
    config: Any


def enabled(config: RuntimeConfig) -> list[str]:
    """The names of the destinations that are switched on."""
    return [name for name, on in (("slack", config.slack.enabled), ("email", config.email.enabled)) if on]


def destinations(settings: Settings, config: RuntimeConfig) -> list[Destination]:
    made = {"slack": _slack, "email": _email}
    return [made[name](settings, config) for name in enabled(config)]


def _slack(settings: Settings, config: RuntimeConfig) -> Destination:
    url = config.slack.webhook_url or ""
    own = settings.slack_webhook_url
    # A host named in the environment may be a private one; one set at run time must pass the address guard.
    trusted = own is not None and urlsplit(own.get_secret_value()).netloc == urlsplit(url).netloc
    slack = SlackConfig(
        webhook_url=url, channel=config.slack.channel, trusted=trusted, allowed=settings.ssrf_allow
    )
    return Destination("slack", "slack", slack)


def _email(settings: Settings, config: RuntimeConfig) -> Destination:
    wanted = config.email
    email = EmailConfig(
        host=wanted.smtp_host, port=wanted.smtp_port, secure=wanted.smtp_secure, user=wanted.smtp_user,
        password=wanted.smtp_pass, sender=wanted.sender, recipients=tuple(wanted.to),
        allow_plain=settings.smtp_allow_plain, allowed=settings.ssrf_allow,
        trusted=wanted.smtp_host == settings.smtp_host,
    )  # fmt: skip
    return Destination("email", "email", email)
