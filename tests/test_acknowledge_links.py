from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gamepilot_mon import acknowledge_links, runtime_config
from gamepilot_mon.acknowledge_links import LIFETIME_MS, Link
from gamepilot_mon.channels.email.render import render
from gamepilot_mon.channels.slack.payload import payload
from gamepilot_mon.destinations import Destination, destinations
from gamepilot_mon.settings import Settings
from tests.channels.messages import NOW, message

LINK = Link(17, "email", "0123456789ab", NOW)


def settings(tmp_path: Path, **extra: str) -> Settings:
    environ: Mapping[str, str] = {
        "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/mon.db",
        "GAMEPILOT_MON_PUBLIC_URL": "https://mon.example",
        "SLACK_ENABLED": "true", "SLACK_WEBHOOK_URL": "http://127.0.0.1:9/hook",
        "EMAIL_ENABLED": "true", "EMAIL_TO": "a@b.example", **extra,
    }  # fmt: skip
    return Settings.from_env(environ, dotenv=None)


def told(known: Settings) -> dict[str, Destination]:
    return {to.name: to for to in destinations(known, runtime_config.current(known).config)}


def test_it_reads_back_what_it_signed(tmp_path: Path, store: Path) -> None:
    known = settings(tmp_path)
    assert acknowledge_links.read(known, acknowledge_links.sign(known, LINK)) == LINK


@pytest.mark.parametrize("change", ["x", ".", "", "a.b", "A" * 4000])
def test_it_reads_nothing_that_was_not_signed(tmp_path: Path, store: Path, change: str) -> None:
    known = settings(tmp_path)
    text = acknowledge_links.sign(known, LINK)
    assert acknowledge_links.read(known, text + change if change == "x" else change) is None
    other = settings(tmp_path, GAMEPILOT_MON_SECRET_KEY="another key of enough bytes")
    assert acknowledge_links.read(other, text) is None


def test_it_links_from_slack_and_mail_for_a_day(tmp_path: Path, store: Path) -> None:
    known = settings(tmp_path)
    for name, to in told(known).items():
        url = acknowledge_links.url_for(known, to, message(), NOW)
        assert url and url.startswith("https://mon.example/acknowledge/")
        link = acknowledge_links.read(known, url.rpartition("/")[2])
        assert link and (link.alert_id, link.channel, link.expires_at) == (17, name, NOW + LIFETIME_MS)


@pytest.mark.parametrize(
    "change",
    [
        {"alert_id": None},
        {"change": "test"},
        {"status": "resolved", "change": "resolved"},
        {"status": "acknowledged", "change": "escalated"},
    ],
)
def test_it_gives_no_link_where_there_is_nothing_to_acknowledge(
    tmp_path: Path, store: Path, change: dict[str, Any]
) -> None:
    known = settings(tmp_path)
    assert acknowledge_links.url_for(known, told(known)["email"], message(**change), NOW) is None


def test_it_gives_no_link_without_a_public_address_nor_to_machines(tmp_path: Path, store: Path) -> None:
    known = settings(tmp_path)
    email = told(known)["email"]
    assert acknowledge_links.url_for(known, replace(email, kind="pager"), message(), NOW) is None
    private = known.model_copy(update={"public_url": None})
    assert acknowledge_links.url_for(private, email, message(), NOW) is None


def test_its_audience_changes_with_the_receivers_only(tmp_path: Path, store: Path) -> None:
    first = acknowledge_links.audience(told(settings(tmp_path))["email"])
    assert acknowledge_links.audience(told(settings(tmp_path, SMTP_PORT="2525"))["email"]) == first
    assert acknowledge_links.audience(told(settings(tmp_path, EMAIL_TO="c@d.example"))["email"]) != first


def test_both_channels_show_the_link_and_no_repr_does(tmp_path: Path, store: Path) -> None:
    url = "https://mon.example/acknowledge/abc.def"
    said, channels = message(acknowledge_url=url), told(settings(tmp_path))
    mail = render(channels["email"].config, said, NOW)
    assert f"without signing in): {url}" in (mail.body or "") and f'href="{url}"' in (mail.html or "")
    shown = payload(channels["slack"].config, said)["attachments"][0]
    assert {"title": "Acknowledge", "value": f"<{url}|Acknowledge this alert>", "short": True} in shown[
        "fields"
    ]
    assert f"<{url}|Acknowledge>" in [element["text"] for element in shown["blocks"][-1]["elements"]]
    assert url not in repr(said)
