"""A message as an event of PagerDuty's Events API v2. Pure. Limits are the documented ones.

https://developer.pagerduty.com/docs/send-alert-event
"""

import socket
from typing import Any

from gamepilot_mon.channels import Message, wording
from gamepilot_mon.channels.clean import clean, one_line, shorten
from gamepilot_mon.channels.pagerduty.config import PagerDutyConfig
from gamepilot_mon.clock import iso

SUMMARY_MAX = 1_024
KEY_MAX = 255
TEXT_MAX = 10_000
CANARY = "canary"
SEVERITIES = {"critical": "critical", "warning": "warning", "info": "info"}


def event(config: PagerDutyConfig, message: Message) -> dict[str, Any]:
    """A trigger with a known key updates the incident, severity included; a test opens one and is alone."""
    action = _action(message)
    shown: dict[str, Any] = {
        "routing_key": config.routing_key,
        "event_action": action,
        "dedup_key": _key(message),
    }
    if action == "trigger":
        shown |= {"client": "GamePilot Monitor", "payload": _payload(message), "links": _links(message)}
    return shown


def _action(message: Message) -> str:
    if message.change == "resolved" or message.status == "resolved":
        return "resolve"
    if message.type == CANARY:
        # The end of what never began proves address and key, and pages nobody.
        return "resolve"
    return "acknowledge" if message.change == "acknowledged" else "trigger"


def _key(message: Message) -> str:
    # A test must not open, update or close the incident of an alert.
    key = f"test:{message.notification_id}" if message.change == "test" else message.fingerprint
    return shorten(one_line(key), KEY_MAX)


def _payload(message: Message) -> dict[str, Any]:
    return {
        "summary": shorten(f"{wording.title(message)}: {one_line(message.text)}", SUMMARY_MAX),
        "source": message.labels.get("target") or message.labels.get("check") or socket.gethostname(),
        "severity": SEVERITIES.get(message.severity, "info"),
        "timestamp": iso(message.timestamp),
        "component": one_line(message.type, 200),
        "class": one_line(message.type, 200),
        "custom_details": {
            "message": shorten(clean(message.text), TEXT_MAX),
            "value": wording.measure(message.type, message.value),
            "threshold": wording.measure(message.type, message.threshold),
            "started": iso(message.started_at),
            "notification_id": message.notification_id,
            "resend": message.resend,
            "notes": wording.notes(message),
            **{f"{name}": text for name, text in wording.extras(message)},
        },
    }


def _links(message: Message) -> list[dict[str, str]]:
    url = wording.safe_url(message.url)
    return [{"href": url, "text": "Open the alert"}] if url else []
