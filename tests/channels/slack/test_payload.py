import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamepilot_mon.channels.slack import SlackConfig
from gamepilot_mon.channels.slack.payload import escape, payload
from tests.channels.messages import NOW, message

CONFIG = SlackConfig("https://hooks.slack.example/services/T/B/secret-part", "#alerts")


def attachment(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = payload(CONFIG, message(**changes))["attachments"][0]
    return found


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def test_it_is_the_documented_attachment() -> None:
    sent = payload(CONFIG, message())
    assert (sent["channel"], sent["username"], sent["icon_emoji"]) == (
        "#alerts",
        "GamePilot Alerts",
        ":robot_face:",
    )
    [shown] = sent["attachments"]
    assert shown["color"] == "#dc3545"
    assert shown["title"] == "🚨 CRITICAL Alert"
    assert shown["text"] == "High error rate: 150 errors in last 24h"
    assert shown["fields"] == [
        {"title": "Type", "value": "error_rate", "short": True},
        {"title": "Value", "value": "150", "short": True},
        {"title": "Threshold", "value": "100", "short": True},
        {"title": "Time", "value": "2026-11-24T12:00:00.000Z", "short": True},
    ]
    assert shown["ts"] == NOW // 1000
    assert shown["footer"]
    assert shown["fallback"] == "🚨 CRITICAL Alert: High error rate: 150 errors in last 24h"
    assert sent["text"] == shown["fallback"]


def test_it_carries_the_notification_id_as_slack_metadata() -> None:
    assert payload(CONFIG, message(resend=True))["metadata"] == {
        "event_type": "gamepilot_alert",
        "event_payload": {"notification_id": "0f3a5c7e9b1d4f608a2c4e6f80a1b2c3", "resend": True},
    }


def test_it_includes_the_alerts_metadata_and_labels_in_fields_and_blocks() -> None:
    shown = attachment(labels={"source": "api"}, metadata={"region": "eu", "codes": [500, 503]})
    extra = [(field["title"], field["value"]) for field in shown["fields"][4:]]
    assert extra == [("source", "api"), ("region", "eu"), ("codes", "[500, 503]")]
    assert "*region*\neu" in list(strings(shown["blocks"]))


def test_it_marks_a_resend_and_lateness_where_people_look() -> None:
    sent = payload(CONFIG, message(resend=True, late_ms=3_720_000))
    blocks = json.dumps(sent["attachments"][0]["blocks"])
    for place in (sent["text"], json.dumps(sent["attachments"][0]["fields"]), blocks):
        assert "Sent again" in place
        assert "1 h 2 min late" in place


def test_it_tells_how_long_a_resolved_alert_lasted() -> None:
    shown = attachment(change="resolved", status="resolved", ended_at=NOW)
    assert (shown["title"], shown["color"]) == ("✅ RESOLVED", "#28a745")
    assert {"title": "Lasted", "value": "1 min 30 s", "short": True} in shown["fields"]


def test_it_makes_mentions_and_links_in_foreign_text_inert() -> None:
    hostile = "<!channel> <@U123> <https://evil.example|click> & \u202eevil\0 \ud800"
    sent = payload(
        CONFIG,
        message(text=hostile, type=hostile, labels={hostile: hostile}, metadata={hostile: hostile}, url=None),
    )
    for text in strings(sent):
        assert "<" not in text
        assert ">" not in text
        assert not set(text) & set("\u202e\0\ud800")
    assert "&lt;!channel&gt;" in sent["attachments"][0]["text"]
    json.dumps(sent, ensure_ascii=False).encode()


def test_it_links_to_the_alert() -> None:
    shown = attachment(url="https://mon.example/alerts/17?a=1&b=<2>")
    assert shown["title_link"] == "https://mon.example/alerts/17?a=1&b=%3C2%3E"
    assert "<https://mon.example/alerts/17?a=1&amp;b=%3C2%3E|Open the alert>" in list(
        strings(shown["blocks"])
    )


@pytest.mark.parametrize(
    "text", ["x" * 100_000, "&" * 100_000, "<>" * 50_000, "🚨" * 50_000, "\n" * 9_000, ""]
)
def test_it_stays_within_slacks_limits(text: str) -> None:
    extras = {f"{index}{text[:200]}": text for index in range(300)}
    sent = payload(CONFIG, message(text=text, type=text or "t", labels=extras, metadata=extras, resend=True))
    blocks = sent["attachments"][0]["blocks"]
    assert len(blocks) <= 50
    for block in blocks:
        assert len(block.get("fields", [])) <= 10
        assert all(0 < len(field["text"]) <= 2_000 for field in block.get("fields", []))
        assert len(block.get("elements", [])) <= 10
        if block["type"] == "section" and "text" in block:
            assert 0 < len(block["text"]["text"]) <= 3_000
        if block["type"] == "header":
            assert 0 < len(block["text"]["text"]) <= 150
    assert len(json.dumps(sent, ensure_ascii=False).encode()) < 100_000


@given(st.text(st.sampled_from("ab&<>🚨"), max_size=60), st.integers(6, 40))
def test_it_never_cuts_an_entity_in_two(text: str, limit: int) -> None:
    escaped = escape(text, limit)
    assert len(escaped) <= limit
    for entity in ("&amp;", "&lt;", "&gt;"):
        escaped = escaped.replace(entity, "")
    assert "&" not in escaped


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_it_is_valid_json_whatever_the_value(value: float | None) -> None:
    json.dumps(payload(CONFIG, message(value=value, threshold=value)), allow_nan=False)


def test_it_hides_the_webhook_from_the_configs_repr() -> None:
    assert "secret-part" not in repr(CONFIG)
