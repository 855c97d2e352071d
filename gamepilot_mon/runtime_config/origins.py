"""Where each value comes from while nobody has overridden it."""

from typing import Any

from pydantic.alias_generators import to_camel

from gamepilot_mon.clock import format_duration
from gamepilot_mon.runtime_config.documents import Path, put
from gamepilot_mon.settings import Settings

# The channels that the environment can set up. Their names are those of their kinds.
WELL_KNOWN = ("slack", "email", "webhook", "pagerduty")

# What has no setting.
MADE_WHILE_RUNNING: dict[str, Any] = {"channels": {}, "routes": []}

# By the place in the document: the setting.
ORIGINS: dict[Path, str] = {
    **{
        ("thresholds", to_camel(rule), rung): f"alert_{rule}_{rung}"
        for rule in ("error_rate", "response_time", "success_rate", "slow_queries")
        for rung in ("warning", "critical")
    },
    ("slack", "enabled"): "slack_enabled",
    ("slack", "webhookUrl"): "slack_webhook_url",
    ("slack", "channel"): "slack_channel",
    ("email", "enabled"): "email_enabled",
    ("email", "smtpHost"): "smtp_host",
    ("email", "smtpPort"): "smtp_port",
    ("email", "smtpSecure"): "smtp_secure",
    ("email", "smtpUser"): "smtp_user",
    ("email", "smtpPass"): "smtp_pass",
    ("email", "from"): "email_from",
    ("email", "to"): "email_to",
    ("slack", "failover"): "slack_failover",
    ("email", "failover"): "email_failover",
    **{("webhook", name): f"webhook_{name}" for name in ("enabled", "url", "secret", "format", "failover")},
    **{
        ("pagerduty", to_camel(name)): f"pagerduty_{name}"
        for name in ("enabled", "routing_key", "url", "failover")
    },
    ("cooldown",): "cooldown_ms",
    ("repeatInterval",): "repeat_interval_ms",
    ("minSamples",): "min_samples",
    ("responseTimeStatistic",): "response_time_statistic",
}


def defaults(settings: Settings) -> dict[str, Any]:
    """The document as the settings alone give it."""
    document: dict[str, Any] = dict(MADE_WHILE_RUNNING)
    for path, attribute in ORIGINS.items():
        put(document, path, _plain(attribute, getattr(settings, attribute)))
    return document


def _plain(attribute: str, value: Any) -> Any:
    if attribute.endswith("_ms"):
        return format_duration(value)
    if hasattr(value, "get_secret_value"):
        return value.get_secret_value()
    return list(value) if isinstance(value, tuple) else value
