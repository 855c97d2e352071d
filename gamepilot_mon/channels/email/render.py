"""An alert as an e-mail. Pure: everything that a header or the HTML is made of is cleaned here."""

import hashlib
import re
from email.charset import QP, Charset
from email.mime.base import MIMEBase
from email.mime.text import MIMEText
from email.utils import parseaddr
from pathlib import Path
from typing import Any, cast

import flask_mail
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from gamepilot_mon.channels import Message, wording
from gamepilot_mon.channels.clean import clean, one_line, shorten
from gamepilot_mon.channels.email.config import EmailConfig

TYPE_MAX = 120
TEXT_MAX = 20_000
FALLBACK_DOMAIN = "gamepilot-mon.invalid"

_INK = {"warning": "#212529"}
"""text on the colour of the state; white where nothing else is said"""
_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class AlertMail(flask_mail.Message):
    """Flask-Mail wraps the two texts in a needless multipart/mixed and sends 8-bit lines of any length."""

    def _mimetext(self, text: str | None, subtype: str = "plain") -> MIMEText:
        utf8 = Charset("utf-8")
        utf8.body_encoding = QP
        return MIMEText(text or "", subtype, utf8)  # type: ignore[arg-type]  # a Charset is fine, the stub says str

    def _message(self) -> MIMEBase:
        wrapped = super()._message()
        alternative = cast(list[MIMEBase], wrapped.get_payload())[0]
        for name, value in wrapped.items():
            if name.lower() not in {"content-type", "mime-version"}:
                alternative[name] = value
        alternative.policy = wrapped.policy
        return alternative


def render(config: EmailConfig, message: Message, now: int) -> AlertMail:
    domain = _domain(config.sender)
    root = thread_id(message, domain)
    mail = AlertMail(
        subject=subject(message),
        sender=config.sender,
        recipients=list(config.recipients),
        body=_fill("alert.txt", message),
        html=_fill("alert.html", message),
        date=now / 1000,
        extra_headers=_headers(message, root),
    )
    mail.msgId = f"<{_token(message.notification_id)}@{domain}>"
    return mail


def subject(message: Message) -> str:
    return f"[{wording.state(message).upper()}] GamePilot Alert: {one_line(message.type, TYPE_MAX)}"


def thread_id(message: Message, domain: str) -> str:
    """The id that all mails about one alert refer to. No mail bears it: any may be the first to arrive."""
    alert = f"{message.fingerprint}:{message.started_at}".encode("utf-8", "surrogatepass")
    return f"<alert-{hashlib.sha256(alert).hexdigest()[:32]}@{domain}>"


def _headers(message: Message, root: str) -> dict[str, str]:
    headers = {
        "In-Reply-To": root,
        "References": root,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-GamePilot-Notification": _token(message.notification_id),
    }
    if message.resend:
        headers["X-GamePilot-Resend"] = "yes"
    if wording.state(message) == "critical":
        headers["Importance"] = "high"
    return headers


def _fill(template: str, message: Message) -> str:
    state = wording.state(message)
    return _templates.get_template(template).render(
        title=wording.title(message),
        colour=wording.COLOURS[state],
        ink=_INK.get(state, "#ffffff"),
        type=one_line(message.type, TYPE_MAX),
        text=shorten(clean(message.text).strip(), TEXT_MAX) or "(no text)",
        notes=wording.notes(message),
        facts=_facts(message),
        extras=wording.extras(message),
        url=wording.safe_url(message.url),
        acknowledge_url=wording.safe_url(message.acknowledge_url),
        notification_id=_token(message.notification_id),
    )


def _facts(message: Message) -> list[tuple[str, str]]:
    facts = [
        ("Type", one_line(message.type, TYPE_MAX)),
        ("Severity", one_line(message.severity, TYPE_MAX)),
        ("Value", wording.measure(message.type, message.value)),
        ("Threshold", wording.measure(message.type, message.threshold)),
        ("Time", wording.moment(message.timestamp)),
        ("Started", wording.moment(message.started_at)),
    ]
    if message.ended_at is not None:
        facts.append(("Ended", wording.moment(message.ended_at)))
        facts.append(("Lasted", wording.span(message.ended_at - message.started_at)))
    return facts


def _token(text: Any) -> str:
    return re.sub(r"[^0-9A-Za-z._-]", "", str(text)) or "none"


def _domain(sender: str) -> str:
    domain = parseaddr(sender)[1].rpartition("@")[2]
    return domain if re.fullmatch(r"[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?", domain) else FALLBACK_DOMAIN
