"""One ordinary message; tests change what they are about."""

from dataclasses import replace
from typing import Any

from gamepilot_mon.channels import Message

NOW = 1_795_521_600_000  # 2026-11-24T12:00:00Z

ORDINARY = Message(
    notification_id="0f3a5c7e9b1d4f608a2c4e6f80a1b2c3",
    change="firing",
    alert_id=17,
    type="error_rate",
    severity="critical",
    status="firing",
    text="High error rate: 150 errors in last 24h",
    value=150.0,
    threshold=100.0,
    timestamp=NOW,
    started_at=NOW - 90_000,
    ended_at=None,
    fingerprint="error_rate:api",
    labels={},
    metadata={},
    resend=False,
    late_ms=0,
    url=None,
)


def message(**changes: Any) -> Message:
    return replace(ORDINARY, **changes)
