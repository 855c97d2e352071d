"""An alert as the JSON that a Slack incoming webhook takes. Pure.

Slack shows an attachment's blocks and, where it cannot, the older title/text/fields; other receivers of the
same format know only the older ones. So both are given. Limits are Slack's documented ones.
"""

from typing import Any

from gamepilot_mon import clock
from gamepilot_mon.channels import Message, wording
from gamepilot_mon.channels.clean import clean, one_line
from gamepilot_mon.channels.slack.config import SlackConfig

SECTION_MAX = 3_000
FIELD_MAX = 2_000
FIELDS_PER_SECTION = 10
HEADER_MAX = 150
SUMMARY_MAX = 500
TYPE_MAX = 120
EVENT_TYPE = "gamepilot_alert"
FOOTER = "GamePilot Monitor"

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

Json = dict[str, Any]


def payload(config: SlackConfig, message: Message) -> Json:
    summary = _summary(message)
    return {
        "channel": one_line(config.channel),
        "username": one_line(config.username),
        "icon_emoji": one_line(config.icon_emoji),
        "text": summary,
        "unfurl_links": False,
        "unfurl_media": False,
        "attachments": [_attachment(message, summary)],
        "metadata": {
            "event_type": EVENT_TYPE,
            "event_payload": {"notification_id": message.notification_id, "resend": message.resend},
        },
    }


def escape(text: str, limit: int) -> str:
    """Cleaned and escaped, at most `limit` UTF-16 units long; an entity is never cut in two."""
    pieces: list[str] = []
    used = 0
    for character in clean(text[: limit * 4]):
        piece = _ENTITIES.get(character, character)
        if used + _units(piece) > limit:
            return _make_room(pieces, used, limit) + "…"
        pieces.append(piece)
        used += _units(piece)
    return "".join(pieces)


def _make_room(pieces: list[str], used: int, limit: int) -> str:
    while pieces and used + 1 > limit:
        used -= _units(pieces.pop())
    return "".join(pieces)


def _units(piece: str) -> int:
    """Slack does not say what it counts; UTF-16 units are the most that a character can count for."""
    return len(piece) + (piece > "\uffff")


def _summary(message: Message) -> str:
    """The line of the phone's notification and of clients that draw no attachment."""
    parts = [f"{wording.title(message)}: {one_line(message.text)}", *wording.notes(message)]
    return escape(" · ".join(parts), SUMMARY_MAX)


def _attachment(message: Message, summary: str) -> Json:
    attachment: Json = {
        "color": wording.COLOURS[wording.state(message)],
        "title": wording.title(message),
        "fallback": summary,
        "text": escape(message.text, SECTION_MAX),
        "fields": _fields(message),
        "footer": FOOTER,
        "ts": message.timestamp // 1000,
        "blocks": _blocks(message),
    }
    url = wording.safe_url(message.url)
    if url:
        attachment["title_link"] = url
    return attachment


def _fields(message: Message) -> list[Json]:
    fields = [
        _field("Type", one_line(message.type, TYPE_MAX)),
        _field("Value", wording.number(message.value)),
        _field("Threshold", wording.number(message.threshold)),
        _field("Time", clock.iso(message.timestamp)),
    ]
    if message.ended_at is not None:
        fields.append(_field("Lasted", wording.span(message.ended_at - message.started_at)))
    if link := _link(message.acknowledge_url, "Acknowledge this alert"):
        fields.append({"title": "Acknowledge", "value": link, "short": True})
    fields += [_field(name, text) for name, text in wording.extras(message)]
    fields += [_field("Note", note) for note in wording.notes(message)]
    return fields


def _field(name: str, value: str) -> Json:
    return {"title": escape(name, 100), "value": escape(value, FIELD_MAX), "short": len(value) <= 40}


def _blocks(message: Message) -> list[Json]:
    return [
        _header(message),
        _section(escape(message.text, SECTION_MAX) or "(no text)"),
        *_facts(message),
        _context(message),
    ]


def _header(message: Message) -> Json:
    text = escape(f"{wording.title(message)}: {one_line(message.type, TYPE_MAX)}", HEADER_MAX)
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": True}}


def _facts(message: Message) -> list[Json]:
    pairs = [
        ("Type", one_line(message.type, TYPE_MAX)),
        ("Value", wording.measure(message.type, message.value)),
        ("Threshold", wording.measure(message.type, message.threshold)),
        ("Time", wording.moment(message.timestamp)),
    ]
    if message.ended_at is not None:
        pairs.append(("Lasted", wording.span(message.ended_at - message.started_at)))
    pairs += wording.extras(message)
    texts = [_mrkdwn(f"*{escape(name, 100)}*\n{escape(value, 1_800)}") for name, value in pairs]
    return [
        {"type": "section", "fields": texts[start : start + FIELDS_PER_SECTION]}
        for start in range(0, len(texts), FIELDS_PER_SECTION)
    ]


def _context(message: Message) -> Json:
    lines = [escape(note, 300) for note in wording.notes(message)]
    links = ((message.acknowledge_url, "Acknowledge"), (message.url, "Open the alert"))
    lines += [link for url, words in links if (link := _link(url, words))]
    lines.append(f"{FOOTER} · notification {escape(one_line(message.notification_id, 64), 100)}")
    return {"type": "context", "elements": [_mrkdwn(line) for line in lines]}


def _link(url: str | None, words: str) -> str | None:
    safe = wording.safe_url(url)
    return f"<{safe.replace('&', '&amp;')}|{words}>" if safe else None


def _section(text: str) -> Json:
    return {"type": "section", "text": _mrkdwn(text)}


def _mrkdwn(text: str) -> Json:
    """`verbatim` keeps Slack from turning names and bare addresses in foreign text into links."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}
