"""Texts that are made to break something, through every door and out by every channel: they harm nobody."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from gamepilot_mon import db, runtime_config
from gamepilot_mon.auth import tokens
from gamepilot_mon.catchers.slack import SlackCatcher
from gamepilot_mon.catchers.smtp import SmtpCatcher
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Alert, Notification
from gamepilot_mon.settings import Settings
from tests.processes import Running, answers, eventually, free_port, whole

POISONS = {
    "markup": "{{7*7}} ${7*7} <!channel> <script>alert(1)</script> <b>&amp; %s {0} `*_~",
    "header": "x\r\nBcc: victim@example.com\r\n\r\n\x00\x1b[31mred\x07",
    "surrogate": "half a \ud83d character, \udcff and one more",
    "bidi": "user\u202egpj.exe\u2066 \u200f\u061c\ufeff",
    "zalgo": "z" + "\u0300\u0336\u035d\u0489" * 2_000,
    "long": "n" * 10_000,
    "megabyte": "m" * 1_000_000,
}
REFUSED_WHOLE = ("surrogate", "megabyte")
RULE = {
    "kind": "threshold",
    "metric": "poison_count",
    "statistic": "sum",
    "operator": ">",
    "critical": 0,
    "window": "5m",
}
FORBIDDEN_CONTROLS = "\x00\x1b\x07\u202e\u2066"
NOT_TAKEN = (400, 409, 413, 422)
CHANNELS = ("slack", "email", "webhook", "pagerduty", "manager", "service")


@dataclass
class House:
    url: str
    token: str
    caught: dict[str, SlackCatcher]
    mail: SmtpCatcher
    running: Running

    def post(self, path: str, body: Any, *, method: str = "POST", token: str | None = None) -> int:
        """The status; a refusal says why, and nothing is an error of ours."""
        answer = requests.request(
            method, self.url + path, data=json.dumps(body), timeout=30,
            headers={"Authorization": f"Bearer {token or self.token}", "Content-Type": "application/json"},
        )  # fmt: skip
        assert answer.status_code < 300 or answer.status_code in NOT_TAKEN, (
            path,
            answer.status_code,
            answer.text,
        )
        if answer.status_code in NOT_TAKEN:
            assert answer.json()["detail"], answer.text
        return answer.status_code


@contextmanager
def house(folder: Path) -> Iterator[House]:
    with ExitStack() as stack:
        caught = {name: stack.enter_context(SlackCatcher()) for name in CHANNELS if name != "email"}
        mail = stack.enter_context(SmtpCatcher())
        url = f"http://127.0.0.1:{free_port()}"
        environ = {
            "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{folder}/mon.db",
            "GAMEPILOT_MON_BIND": url.removeprefix("http://"),
            "GAMEPILOT_MON_SSRF_ALLOW": "127.0.0.0/8", "GAMEPILOT_MON_CHECK_INTERVAL": "1s",
            "SLACK_ENABLED": "true", "SLACK_WEBHOOK_URL": caught["slack"].url,
            "GAMEPILOT_MON_WEBHOOK_ENABLED": "true", "GAMEPILOT_MON_WEBHOOK_URL": caught["webhook"].url,
            "GAMEPILOT_MON_PAGERDUTY_ENABLED": "true", "GAMEPILOT_MON_PAGERDUTY_ROUTING_KEY": "k" * 32,
            "GAMEPILOT_MON_PAGERDUTY_URL": caught["pagerduty"].url,
            "EMAIL_ENABLED": "true", "EMAIL_TO": "a@b.example",
            "SMTP_HOST": mail.host, "SMTP_PORT": str(mail.port), "SMTP_SECURE": "false",
        }  # fmt: skip
        settings = Settings.from_env(environ, dotenv=None)
        db.open_database(settings.database_url, busy_timeout_s=30)
        named = {
            "manager": {"kind": "webhook", "url": caught["manager"].url, "format": "alertmanager"},
            "service": {"kind": "apprise", "url": caught["service"].url.replace("http://", "json://")},
        }
        with db.write():
            runtime_config.change(settings, {"channels": named}, "ada", utcnow())
            token = tokens.create("admin", "admin", utcnow())
        running = stack.enter_context(whole(environ, folder))
        eventually(lambda: answers(f"{url}/readyz"), within_s=40, what="ready")
        yield House(url, token, caught, mail, running)
    assert "Traceback" not in running.output(), running.output()
    db.database.close()


def test_it_tells_poisoned_texts_harmlessly_and_others_on_time(tmp_path: Path) -> None:
    with house(tmp_path) as our:
        for name, text in POISONS.items():
            doors(our, name, text)
        assert our.post("/api/realtime/alerts/custom", custom("control", "all is as it should be")) < 300
        eventually(everything_settled, within_s=90, what="everything told")
        lost = Notification.select().where(Notification.state != "sent")
        assert [(row.channel, row.detail) for row in lost] == []
        control = Alert.get(Alert.type == "control")
        told = Notification.select().where(Notification.alert_id == control.id)
        assert {row.channel for row in told} == set(CHANNELS)
        judge_http(our)
        judge_mail(our.mail)


def doors(our: House, name: str, text: str) -> None:
    """The same text by every way in; what does not fit a field is refused, and comes cut as a person would cut it."""
    short = text[:100]
    whole_text = our.post("/api/realtime/alerts/custom", custom(text, text))
    cut = our.post(
        "/api/realtime/alerts/custom",
        {
            **custom(short, text),
            "labels": {short: text[:500]},
            "metadata": {short: text, "deep": {"x": [text]}},
        },
    )
    error = {"kind": "error", "operation": text, "error": text, "severity": "critical", "user_id": text}
    deploy = {"kind": "deploy", "version": text}
    for event in (error, {**error, "operation": f"{name} {short}"}, deploy, {**deploy, "version": short}):
        our.post("/api/v1/events", {"events": [event]})
    for wanted in (text, text[:60]):
        our.post("/api/v1/alerts/1/notes", {"text": wanted})
        our.post("/api/v1/alerts/1/acknowledge", {"reason": wanted})
        our.post("/api/v1/incidents/1/notes", {"text": wanted})
        our.post(
            "/api/v1/checks",
            {"name": wanted, "kind": "http", "url": "http://127.0.0.1:9", "intervalMs": 1000},
        )
        our.post("/api/v1/rules", {"name": wanted, "description": wanted, **RULE})
        named = {wanted: {"kind": "webhook", "url": our.caught["webhook"].url}}
        our.post("/api/realtime/config", {"channels": named}, method="PUT")
    our.post("/api/v1/events", {"events": [{"kind": "metric", "name": "poison_count", "value": 5}]})
    speaks(our, name, text)
    assert name in REFUSED_WHOLE or cut < 300, (name, cut)
    assert whole_text in (200, 201, *NOT_TAKEN)


def speaks(our: House, name: str, text: str) -> None:
    """Somebody whose name is the text; the command line knows no half characters."""
    if name == "surrogate":
        return
    with db.write():
        token = tokens.create("operator", text[:200], utcnow())
    assert our.post("/api/v1/alerts/1/notes", {"text": "seen"}, token=token) < 300
    assert our.post("/api/v1/alerts/1/acknowledge", {"reason": "mine"}, token=token) < 300


def custom(type_: str, message: str) -> dict[str, Any]:
    return {"type": type_, "severity": "critical", "message": message}


def everything_settled() -> bool:
    rows = Notification.select()
    return rows.exists() and not rows.where(Notification.settled_at.is_null()).exists()


def judge_http(our: House) -> None:
    for name, catcher in our.caught.items():
        assert catcher.messages, name
        for post in catcher.messages:
            body = json.dumps(post.payload, ensure_ascii=False)
            body.encode()  # no half characters
            assert len(body) < 200_000, name
            if name != "slack":
                continue
            assert "<!channel>" not in body and "<script>" not in body
            assert not any(control in body for control in FORBIDDEN_CONTROLS)


def judge_mail(mail: SmtpCatcher) -> None:
    assert mail.messages
    for caught in mail.messages:
        head = caught.raw.split(b"\r\n\r\n", 1)[0].lower()
        assert b"\nbcc:" not in head and all(len(line) < 998 for line in caught.raw.split(b"\r\n"))
        assert len(caught.message["Subject"]) < 200
        page = caught.message.get_body(("html",))
        assert page is not None and "<script>" not in page.get_content() and "\x00" not in page.get_content()
