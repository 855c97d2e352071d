from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask_mail import Mail
from hypothesis import given, settings
from hypothesis import strategies as st

from gamepilot_mon.channels.email import EmailConfig
from gamepilot_mon.channels.email.render import render
from tests.channels.messages import NOW, message

CONFIG = EmailConfig(
    "mail.example",
    587,
    True,
    "alerts@gamepilot.dev",
    "app-password",
    "alerts@gamepilot.dev",
    ("admin@gamepilot.dev", "devops@gamepilot.dev"),
)
HOSTILE = "x\r\nBcc: victim@example.com\r\n\r\n<script>alert(1)</script>\0\u202e\ud800\u2028end"


def mail(config: EmailConfig = CONFIG, **changes: Any) -> EmailMessage:
    app = Flask(__name__)
    Mail(app)
    with app.app_context():
        raw = render(config, message(**changes), NOW).as_bytes()
    assert max(map(len, raw.splitlines())) <= 998
    raw.decode("ascii")
    return message_from_bytes(raw, policy=policy.default)


def part(found: EmailMessage, kind: str) -> str:
    body = found.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_it_has_a_text_and_an_html_alternative() -> None:
    found = mail()
    assert found.get_content_type() == "multipart/alternative"
    assert [inner.get_content_type() for inner in found.iter_parts()] == ["text/plain", "text/html"]
    for kind in ("plain", "html"):
        assert "High error rate: 150 errors in last 24h" in part(found, kind)
        assert "CRITICAL Alert" in part(found, kind)


@pytest.mark.parametrize(
    ("changes", "subject", "colour"),
    [
        ({}, "[CRITICAL] GamePilot Alert: error_rate", "#dc3545"),
        ({"severity": "warning"}, "[WARNING] GamePilot Alert: error_rate", "#ffc107"),
        ({"severity": "info", "type": "test"}, "[INFO] GamePilot Alert: test", "#17a2b8"),
        ({"change": "resolved", "ended_at": NOW}, "[RESOLVED] GamePilot Alert: error_rate", "#28a745"),
    ],
)
def test_it_tells_the_state_in_subject_and_colour(changes: dict[str, Any], subject: str, colour: str) -> None:
    found = mail(**changes)
    assert found["Subject"] == subject
    assert colour in part(found, "html")


def test_it_addresses_everyone_and_says_that_a_machine_wrote_it() -> None:
    found = mail()
    assert found["From"] == "alerts@gamepilot.dev"
    assert {address.addr_spec for address in found["To"].addresses} == set(CONFIG.recipients)
    assert found["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(found["Date"]).timestamp() * 1000 == NOW


def test_it_keeps_the_mails_of_one_alert_in_one_thread() -> None:
    first, second = mail(), mail(notification_id="b" * 32, change="resolved", status="resolved", ended_at=NOW)
    other = mail(started_at=NOW - 5)
    assert first["References"] == first["In-Reply-To"] == second["References"] == second["In-Reply-To"]
    assert other["References"] != first["References"]
    assert first["Message-ID"] != second["Message-ID"]
    assert first["Message-ID"] == f"<{message().notification_id}@gamepilot.dev>"


def test_it_shows_its_id_and_marks_a_resend() -> None:
    first, again = mail(), mail(resend=True)
    assert first["X-GamePilot-Notification"] == message().notification_id
    assert first["X-GamePilot-Resend"] is None
    assert again["X-GamePilot-Resend"] == "yes"
    assert again["Message-ID"] == first["Message-ID"]
    for kind in ("plain", "html"):
        assert "Sent again" in part(again, kind)
        assert "Sent again" not in part(first, kind)


def test_it_includes_metadata_labels_and_the_link() -> None:
    found = mail(labels={"source": "api"}, metadata={"region": "eu"}, url="https://mon.example/a?b=1&c=2")
    for kind in ("plain", "html"):
        for word in ("source", "api", "region", "eu"):
            assert word in part(found, kind)
    assert "https://mon.example/a?b=1&c=2" in part(found, "plain")
    assert 'href="https://mon.example/a?b=1&amp;c=2"' in part(found, "html")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)


def test_it_lets_no_text_break_a_header_or_the_html() -> None:
    hostile: dict[str, Any] = {
        "notification_id": HOSTILE,
        "type": HOSTILE,
        "severity": HOSTILE,
        "text": HOSTILE,
        "fingerprint": HOSTILE,
        "labels": {HOSTILE: HOSTILE},
        "metadata": {HOSTILE: [HOSTILE]},
        "url": f'https://x/"onmouseover="alert(1)"{HOSTILE}',
    }
    found = mail(**hostile)
    assert found["Bcc"] is None
    assert set(found.keys()) == {*mail().keys()} - {"Importance"}
    tags = Tags()
    tags.feed(part(found, "html"))
    assert "script" not in tags.seen
    assert "&lt;script&gt;" in part(found, "html")
    for kind in ("plain", "html"):
        assert not set(part(found, kind)) & set("\0\u202e\u2028")


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(), max_size=80))
def test_it_renders_any_text(text: str) -> None:
    found = mail(type=text, text=text, severity=text, metadata={text: text}, notification_id=text, url=text)
    assert found["Subject"].startswith("[")
    assert found["To"] == mail()["To"] or len(found["To"].addresses) == 2


def test_it_takes_long_lines_and_long_types() -> None:
    found = mail(text="word " * 50_000, type="t" * 5_000)
    assert len(found["Subject"]) < 200
    assert len(part(found, "plain")) < 30_000


def test_it_copes_with_a_sender_without_a_plain_domain() -> None:
    odd = EmailConfig("h", 25, False, None, None, "GamePilot <alerts@bücher.example>", ("a@b.example",))
    assert mail(odd)["Message-ID"].endswith("@gamepilot-mon.invalid>")


def test_it_hides_the_password_from_the_configs_repr() -> None:
    assert "app-password" not in repr(CONFIG)


def test_it_loads_nothing_from_elsewhere() -> None:
    html = part(mail(), "html")
    assert "http" not in html
    assert "prefers-color-scheme: dark" in html
