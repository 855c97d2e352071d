import json
import re
from typing import Any

import pytest

from gamepilot_mon.channels.push.payload import BYTES_MAX, headers, payload, tag
from tests.channels.messages import message


def test_it_replaces_what_was_shown_of_the_alert_before() -> None:
    first, later = message(), message(change="resolved", status="resolved", notification_id="f" * 32)
    assert tag(first) == tag(later) == headers(later)["Topic"]
    assert tag(first) != tag(message(fingerprint="error_rate:web"))
    assert tag(first) != tag(message(change="test"))
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", tag(first)) and "error" not in tag(first)


@pytest.mark.parametrize("letter", ["x", "ü", "漢", "🚨", '"', "\\"])
def test_it_stays_small_whatever_it_has_to_say(letter: str) -> None:
    content = payload(
        message(text=letter * 5_000, type=letter * 300, url="https://mon.example/" + "y" * 9_000)
    )
    assert len(content) <= BYTES_MAX
    assert json.loads(content)["text"]


@pytest.mark.parametrize(
    ("changes", "urgency", "ttl"),
    [
        ({}, "high", "86400"),
        ({"severity": "warning"}, "normal", "43200"),
        ({"severity": "info"}, "low", "14400"),
        ({"change": "resolved", "status": "resolved"}, "normal", "43200"),
        ({"change": "resolved", "status": "resolved", "severity": "warning"}, "low", "14400"),
        ({"change": "test", "severity": "info"}, "low", "600"),
    ],
)
def test_it_tells_the_push_service_how_urgent_it_is(changes: dict[str, Any], urgency: str, ttl: str) -> None:
    told = headers(message(**changes))
    assert (told["Urgency"], told["TTL"]) == (urgency, ttl)
