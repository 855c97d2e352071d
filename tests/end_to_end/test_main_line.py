"""From a fact about GamePilot to a person who knows, real parts only: the simulated GamePilot's database and the
HTTP ingest go in; a Slack catcher, a mail host with STARTTLS, a Chromium page and a WebSocket client hear of it."""

import json
import re
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests
import trustme
import websocket
from playwright.sync_api import Browser, Page, expect

from gamepilot_mon import db
from gamepilot_mon.auth import tokens
from gamepilot_mon.catchers.slack import SlackCatcher, SlackPost
from gamepilot_mon.catchers.smtp import SmtpCatcher
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.settings import Settings
from gamepilot_mon.simulator.database import GamePilotDatabase
from gamepilot_mon.simulator.players import players
from tests.processes import Running, answers, eventually, free_port, whole


class House:
    """The product and everything around it."""

    def __init__(self, folder: Path, slack: SlackCatcher, mail: SmtpCatcher, cafile: Path) -> None:
        self.slack, self.mail = slack, mail
        self.url = f"http://127.0.0.1:{free_port()}"
        self.game = folder / "gamepilot.db"
        self.environ = {
            "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{folder}/mon.db",
            "GAMEPILOT_MON_BIND": self.url.removeprefix("http://"),
            "GAMEPILOT_DATABASE_URL": f"sqlite:///{self.game}",
            "SLACK_ENABLED": "true", "SLACK_WEBHOOK_URL": slack.url,
            "EMAIL_ENABLED": "true", "EMAIL_TO": "admin@gamepilot.example,dev@gamepilot.example",
            "SMTP_HOST": mail.host, "SMTP_PORT": str(mail.port), "SMTP_SECURE": "true",
            "SMTP_USER": "alerts", "SMTP_PASS": "a long enough password",
            "SSL_CERT_FILE": str(cafile),
        }  # fmt: skip
        self.tokens: dict[str, str] = {}

    def make_tokens(self) -> None:
        settings = {name: value for name, value in self.environ.items() if name != "SSL_CERT_FILE"}
        db.open_database(Settings.from_env(settings, dotenv=None).database_url)
        with db.write():
            self.tokens = {
                role: tokens.create(role, role, utcnow()) for role in ("ingest", "viewer", "admin")
            }

    def push(self, count: int, *, failed: int = 0) -> None:
        """Operations by the HTTP ingest."""
        events = [
            {
                "kind": "operation",
                "operation": "recommendation",
                "duration_ms": 120,
                "success": number >= failed,
            }
            for number in range(count)
        ]
        for start in range(0, count, 5000):
            answer = requests.post(
                f"{self.url}/api/v1/events", json={"events": events[start : start + 5000]},
                headers={"Authorization": f"Bearer {self.tokens['ingest']}"}, timeout=10,
            )  # fmt: skip
            assert answer.status_code == 202, answer.text

    def record(self, count: int, *, failed: int = 0) -> None:
        """Operations in GamePilot's own database, as the app writes them."""
        now = utcnow()
        database = GamePilotDatabase.open(self.game)
        database.append(
            [
                {
                    "kind": "operation", "operation": "mood_selection", "duration_ms": 90, "timestamp": iso(now),
                    "success": number >= failed, "id": f"e2e-{now}-{number}", "user_id": "user-001",
                }
                for number in range(count)
            ]
        )  # fmt: skip
        database.close()

    def told(self, type_: str) -> list[str]:
        """The titles that Slack was sent about one type of alert."""
        return [title(post) for post in self.slack.messages if kind(post) == type_]

    def mailed(self, type_: str) -> list[str]:
        subjects = [str(caught.message["Subject"]) for caught in self.mail.messages]
        return [subject for subject in subjects if subject.endswith(type_)]


def title(post: SlackPost) -> str:
    return str(post.payload["attachments"][0]["title"])


def kind(post: SlackPost) -> str:
    fields = {field["title"]: field["value"] for field in post.payload["attachments"][0]["fields"]}
    return str(fields["Type"])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    authority = trustme.CA()
    cafile = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(cafile))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    users = {"alerts": "a long enough password"}
    database = GamePilotDatabase.open(tmp_path / "gamepilot.db")
    database.add_players(players(1), utcnow())
    database.close()
    with SlackCatcher() as slack, SmtpCatcher(tls=context, users=users) as mail:
        built = House(tmp_path, slack, mail, cafile)
        built.make_tokens()
        with whole(built.environ, tmp_path) as running:
            eventually(lambda: answers(f"{built.url}/readyz"), within_s=30, what="ready")
            yield built
        assert_clean(running)


def assert_clean(running: Running) -> None:
    assert "Traceback" not in running.output(), running.output()
    assert "a long enough password" not in running.output()


@pytest.fixture
def page(house: House, browser: Browser, tmp_path: Path) -> Iterator[Page]:
    log = tmp_path / "run.log"
    link = eventually(
        lambda: re.search(r"http://\S+/sign-in/link/\S+", log.read_text()), what="a sign-in link"
    )
    page = browser.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(link.group())
    expect(page).to_have_url(f"{house.url}/")
    yield page
    assert faults == []


class Listener:
    """A WebSocket client that is subscribed to alerts."""

    def __init__(self, house: House) -> None:
        self.socket = websocket.create_connection(
            house.url.replace("http", "ws") + "/ws",
            header=[f"Authorization: Bearer {house.tokens['viewer']}"], timeout=30,
        )  # fmt: skip
        self.hello = json.loads(self.socket.recv())
        self.socket.send(json.dumps({"type": "subscribe", "topics": ["alerts"], "since": self.hello["id"]}))

    def close(self) -> None:
        self.socket.close()

    def next(self, event: str, type_: str, **wanted: str) -> dict[str, object]:
        while True:
            item = json.loads(self.socket.recv())
            data = item.get("data", {})
            if item.get("event") == event and data.items() >= {"type": type_, **wanted}.items():
                return dict(data)


@pytest.fixture
def listener(house: House) -> Iterator[Listener]:
    with closing(Listener(house)) as connected:
        yield connected


def test_a_spike_reaches_everybody_once_and_so_does_its_end(
    house: House, page: Page, listener: Listener
) -> None:
    expect(page.locator("#alerts-none")).to_be_visible()
    row = page.locator("#alerts-open .alert", has_text="High error rate")

    # calm, in both inputs, then a spike of failures in GamePilot's database and by HTTP
    house.record(100)
    house.push(100)
    house.record(60, failed=20)
    house.push(60, failed=20)
    listener.next("alert:new", "error_rate")
    house.slack.wait_for(lambda _: "🚨 CRITICAL Alert" in house.told("error_rate"), timeout=30)
    house.mail.wait_for(
        lambda _: "[CRITICAL] GamePilot Alert: error_rate" in house.mailed("error_rate"), timeout=30
    )
    expect(row).to_have_attribute("data-severity", "critical", timeout=30_000)
    expect(row).to_have_attribute("data-status", "firing")
    assert house.told("error_rate").count("🚨 CRITICAL Alert") == 1
    assert house.mailed("error_rate").count("[CRITICAL] GamePilot Alert: error_rate") == 1
    assert house.mail.messages[0].tls and house.mail.messages[0].user == "alerts"

    # the ladder down: enough that works brings 40 failures under 5 %, not under 2 %
    house.push(1000)
    listener.next("alert:update", "error_rate", severity="warning", status="firing")
    expect(row).to_have_attribute("data-severity", "warning", timeout=30_000)

    # and the end
    house.push(3000)
    listener.next("alert:update", "error_rate", status="resolved")
    house.slack.wait_for(lambda _: any("RESOLVED" in t for t in house.told("error_rate")), timeout=30)
    house.mail.wait_for(
        lambda _: "[RESOLVED] GamePilot Alert: error_rate" in house.mailed("error_rate"), timeout=30
    )
    expect(page.locator("#alerts-resolved .alert", has_text="error rate")).to_be_visible()

    # inside the cooldown the same severity again is held back
    before = len(house.told("error_rate"))
    house.push(300, failed=120)
    listener.next("alert:new", "error_rate")
    house.push(20_000)
    listener.next("alert:update", "error_rate", status="resolved")
    assert len(house.told("error_rate")) == before
