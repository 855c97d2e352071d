"""Settings that are each well-formed and yet cannot hold together."""

from collections.abc import Iterator
from dataclasses import dataclass

from gamepilot_mon.settings.addresses import is_loopback
from gamepilot_mon.settings.fields import Fields, variable_name

TLS_PORT = 465


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`attributes` are all that take part; the first is the one to change."""

    attributes: tuple[str, ...]
    advice: str

    def __str__(self) -> str:
        return f"{variable_name(self.attributes[0])}: {self.advice}"


def contradictions(settings: Fields) -> Iterator[Contradiction]:
    """Every contradiction among the settings; also for a copy with runtime overrides in it."""
    yield from _slack(settings)
    yield from _email(settings)
    yield from _webhook(settings)
    yield from _pagerduty(settings)
    yield from _failover(settings)
    yield from _smtp_encryption(settings)
    yield from _smtp_login(settings)
    yield from _thresholds(settings)
    yield from _windows(settings)
    yield from _databases(settings)


def _slack(settings: Fields) -> Iterator[Contradiction]:
    if settings.slack_enabled and settings.slack_webhook_url is None:
        yield Contradiction(
            ("slack_webhook_url", "slack_enabled"),
            "is missing while SLACK_ENABLED is true; set the incoming webhook's URL",
        )


def _email(settings: Fields) -> Iterator[Contradiction]:
    if settings.email_enabled and not settings.email_to:
        yield Contradiction(
            ("email_to", "email_enabled"),
            "is missing while EMAIL_ENABLED is true; set one or more addresses, separated by commas",
        )


def _webhook(settings: Fields) -> Iterator[Contradiction]:
    if settings.webhook_enabled and settings.webhook_url is None:
        yield Contradiction(
            ("webhook_url", "webhook_enabled"),
            "is missing while GAMEPILOT_MON_WEBHOOK_ENABLED is true; set the URL to post to",
        )


def _pagerduty(settings: Fields) -> Iterator[Contradiction]:
    if settings.pagerduty_enabled and settings.pagerduty_routing_key is None:
        yield Contradiction(
            ("pagerduty_routing_key", "pagerduty_enabled"),
            "is missing while GAMEPILOT_MON_PAGERDUTY_ENABLED is true; set the service's integration key",
        )


# What a channel cannot work without.
_NEEDED = {
    "slack": "slack_webhook_url",
    "email": "email_to",
    "webhook": "webhook_url",
    "pagerduty": "pagerduty_routing_key",
}


def _failover(settings: Fields) -> Iterator[Contradiction]:
    for channel in _NEEDED:
        attribute = f"{channel}_failover"
        other = getattr(settings, attribute)
        if other == channel:
            yield Contradiction((attribute,), "must name another channel than itself")
        elif other is not None and not getattr(settings, _NEEDED[other]):
            yield Contradiction(
                (attribute, _NEEDED[other]), f"names a channel that lacks {variable_name(_NEEDED[other])}"
            )


def _smtp_encryption(settings: Fields) -> Iterator[Contradiction]:
    if settings.smtp_secure:
        return
    if settings.smtp_port == TLS_PORT:
        yield Contradiction(
            ("smtp_secure", "smtp_port"),
            "is false while SMTP_PORT is 465, where servers expect TLS; set SMTP_SECURE=true or another port",
        )
    if settings.email_enabled and not settings.smtp_allow_plain and not is_loopback(settings.smtp_host):
        yield Contradiction(
            ("smtp_secure", "smtp_host", "email_enabled", "smtp_allow_plain"),
            "is false while SMTP_HOST is another machine, so mail would travel unencrypted; "
            "set SMTP_SECURE=true, or GAMEPILOT_MON_SMTP_ALLOW_PLAIN=true if that is meant",
        )


def _smtp_login(settings: Fields) -> Iterator[Contradiction]:
    if not settings.email_enabled:
        return
    if settings.smtp_user is not None and settings.smtp_pass is None:
        yield Contradiction(
            ("smtp_pass", "smtp_user", "email_enabled"), "is missing while SMTP_USER is set; set both"
        )
    if settings.smtp_pass is not None and settings.smtp_user is None:
        yield Contradiction(
            ("smtp_user", "smtp_pass", "email_enabled"), "is missing while SMTP_PASS is set; set both"
        )


def _thresholds(settings: Fields) -> Iterator[Contradiction]:
    for metric in ("error_rate", "response_time", "slow_queries"):
        warning, critical = f"alert_{metric}_warning", f"alert_{metric}_critical"
        if getattr(settings, warning) > getattr(settings, critical):
            yield Contradiction((warning, critical), f"must not be above {variable_name(critical)}")
    if settings.alert_success_rate_warning < settings.alert_success_rate_critical:
        warning, critical = "alert_success_rate_warning", "alert_success_rate_critical"
        yield Contradiction(
            (warning, critical),
            f"must not be below {variable_name(critical)}, since a lower success rate is worse",
        )


def _windows(settings: Fields) -> Iterator[Contradiction]:
    if settings.window_fast_ms >= settings.window_slow_ms:
        yield Contradiction(
            ("window_fast_ms", "window_slow_ms"), f"must be shorter than {variable_name('window_slow_ms')}"
        )


def _databases(settings: Fields) -> Iterator[Contradiction]:
    if settings.gamepilot_database_url == settings.database_url:
        yield Contradiction(
            ("gamepilot_database_url", "database_url"),
            "is the monitor's own database; set the URL of the database that GamePilot writes",
        )
