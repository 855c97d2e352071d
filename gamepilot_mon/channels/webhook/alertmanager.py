"""The body as Alertmanager's webhook receiver sends it (version "4"), one alert a message. Pure.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

import re
from typing import Any

from gamepilot_mon.channels import Message, wording
from gamepilot_mon.channels.clean import clean
from gamepilot_mon.clock import iso

NEVER = "0001-01-01T00:00:00Z"


def body(message: Message) -> dict[str, Any]:
    status = "resolved" if wording.state(message) == "resolved" else "firing"
    labels = _labels(message)
    annotations = _annotations(message)
    return {
        "version": "4",
        "groupKey": f'{{}}:{{fingerprint="{message.fingerprint}"}}',
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "gamepilot-mon",
        "groupLabels": {"alertname": message.type},
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": wording.safe_url(message.url) or "",
        "alerts": [
            {
                "status": status,
                "labels": labels,
                "annotations": annotations,
                "startsAt": iso(message.started_at),
                "endsAt": iso(message.ended_at) if message.ended_at is not None else NEVER,
                "generatorURL": wording.safe_url(message.url) or "",
                "fingerprint": message.fingerprint,
            }
        ],
    }


def _labels(message: Message) -> dict[str, str]:
    """Ours win: who routes by severity must not be misled by a label of an event."""
    given = {_name(name): str(value) for name, value in message.labels.items()}
    return {**given, "alertname": message.type, "severity": message.severity}


def _annotations(message: Message) -> dict[str, str]:
    shown = {
        "summary": wording.title(message),
        "description": clean(message.text),
        "value": wording.number(message.value),
        "threshold": wording.number(message.threshold),
        "notification_id": message.notification_id,
        "change": message.change,
    }
    notes = " ".join(wording.notes(message))
    return {**shown, "notes": notes} if notes else shown


def _name(text: str) -> str:
    """A label name as Prometheus allows it."""
    name = re.sub(r"[^a-zA-Z0-9_]", "_", text)
    return name if re.match(r"[a-zA-Z_]", name) else f"_{name}"
