"""Destinations: the channels that are switched on, each with the configuration that its plugin takes.

A channel that is not switched on but named as another one's failover is a standby: it is owed nothing by itself.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from gamepilot_mon.channels.email import EmailConfig
from gamepilot_mon.channels.pagerduty import PagerDutyConfig
from gamepilot_mon.channels.slack import SlackConfig
from gamepilot_mon.channels.webhook import WebhookConfig
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
    switches = {
        "slack": config.slack.enabled,
        "email": config.email.enabled,
        "webhook": config.webhook.enabled,
        "pagerduty": config.pagerduty.enabled,
    }
    return [name for name, on in switches.items() if on]


def standbys(config: RuntimeConfig) -> list[str]:
    """Those that only stand in for an enabled one."""
    on = enabled(config)
    named = [config.failovers[name] for name in on if name in config.failovers]
    return [name for name in dict.fromkeys(named) if name not in on]


def destinations(settings: Settings, config: RuntimeConfig) -> list[Destination]:
    return [_MADE[name](settings, config) for name in enabled(config)]


def with_standbys(settings: Settings, config: RuntimeConfig) -> list[Destination]:
    return [_MADE[name](settings, config) for name in (*enabled(config), *standbys(config))]


def _slack(settings: Settings, config: RuntimeConfig) -> Destination:
    url = config.slack.webhook_url or ""
    slack = SlackConfig(
        webhook_url=url, channel=config.slack.channel, trusted=_trusted(settings.slack_webhook_url, url),
        allowed=settings.ssrf_allow,
    )  # fmt: skip
    return Destination("slack", "slack", slack)


def _webhook(settings: Settings, config: RuntimeConfig) -> Destination:
    url = config.webhook.url or ""
    webhook = WebhookConfig(
        url=url, secret=config.webhook.secret, format=config.webhook.format,
        trusted=_trusted(settings.webhook_url, url), allowed=settings.ssrf_allow,
    )  # fmt: skip
    return Destination("webhook", "webhook", webhook)


def _pagerduty(settings: Settings, config: RuntimeConfig) -> Destination:
    wanted = config.pagerduty
    pagerduty = PagerDutyConfig(
        routing_key=wanted.routing_key or "", url=wanted.url, trusted=_same_host(settings.pagerduty_url, wanted.url),
        allowed=settings.ssrf_allow,
    )  # fmt: skip
    return Destination("pagerduty", "pagerduty", pagerduty)


def _trusted(own: SecretStr | None, url: str) -> bool:
    """A host named in the environment may be a private one; one set at run time must pass the address guard."""
    return own is not None and _same_host(own.get_secret_value(), url)


def _same_host(own: str, url: str) -> bool:
    return urlsplit(own).netloc == urlsplit(url).netloc


def _email(settings: Settings, config: RuntimeConfig) -> Destination:
    wanted = config.email
    email = EmailConfig(
        host=wanted.smtp_host, port=wanted.smtp_port, secure=wanted.smtp_secure, user=wanted.smtp_user,
        password=wanted.smtp_pass, sender=wanted.sender, recipients=tuple(wanted.to),
        allow_plain=settings.smtp_allow_plain, allowed=settings.ssrf_allow,
        trusted=wanted.smtp_host == settings.smtp_host,
    )  # fmt: skip
    return Destination("email", "email", email)


_MADE = {"slack": _slack, "email": _email, "webhook": _webhook, "pagerduty": _pagerduty}
