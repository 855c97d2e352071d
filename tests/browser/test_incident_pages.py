"""The incident pages in a real Chromium: live, by keyboard, and without a script."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from gamepilot_mon import alerts, db, nudge
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Alert
from tests.browser.test_alerts_pages import is_live, raised, signed_in
from tests.emptied import ALERTING, empty
from tests.serving import Server

pytestmark = pytest.mark.browser


@pytest.fixture
def site(shared: Server) -> Iterator[Server]:
    empty(*ALERTING)
    sender = nudge.Sender(nudge.folder_of(shared.state))
    forget = db.after_commit(sender)
    yield shared
    forget()
    sender.close()


def end(alert_id: int) -> None:
    with db.write():
        alerts.close(Alert.get_by_id(alert_id), utcnow())


def test_it_is_live_from_the_first_alert_to_the_end(site: Server, browser: Browser) -> None:
    with signed_in(site, browser) as page:
        page.goto(f"{site.url}/incidents")
        is_live(page)
        first = raised(site, 1)
        row = page.locator(".incident-row")
        expect(row).to_contain_text("drill 1")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"/incidents/\d+$"))
        is_live(page)
        second = raised(site, 2)
        expect(page.locator("#incident-alerts")).to_contain_text("drill 2")
        expect(page.locator("#timeline")).to_contain_text("drill 2")
        expect(page.get_by_role("button", name="Acknowledge 2 alerts")).to_be_visible()
        page.fill("#note-text", "half a sent")  # what is being written stays
        end(first)
        expect(page.locator("#incident-head")).to_contain_text("1 of 2 open")
        expect(page.locator("#note-text")).to_have_value("half a sent")
        end(second)
        expect(page.locator("#incident-head")).to_contain_text("It opens again when an alert fires before")
        page.locator("h1").click()  # out of the field
        page.keyboard.press("u")
        expect(row).to_contain_text("Ended")


def test_what_is_open_stays_open_while_the_page_is_live(site: Server, browser: Browser) -> None:
    ids = [raised(site, number) for number in range(8)]
    for number in ids[:6]:
        end(number)
    with signed_in(site, browser) as page:
        page.goto(f"{site.url}/incidents/{Alert.get_by_id(ids[0]).incident_id}")
        is_live(page)
        expect(page.locator("#incident-over").get_by_text("drill 0")).to_be_hidden()
        page.locator("#incident-over summary").click()
        expect(page.locator("#incident-over").get_by_text("drill 0")).to_be_visible()
        end(ids[6])
        expect(page.locator("#incident-over summary")).to_have_text("7 alerts that are over")
        expect(page.locator("#incident-over").get_by_text("drill 0")).to_be_visible()


def test_it_is_handled_without_a_script(site: Server, browser: Browser) -> None:
    raised(site, 1)
    raised(site, 2)
    with signed_in(site, browser, java_script_enabled=False) as page:
        page.goto(f"{site.url}/alerts")
        page.get_by_role("link", name=re.compile(r"^Incident \d+$")).click()
        page.fill("#ack-reason", "on it")
        page.get_by_role("button", name="Acknowledge 2 alerts").click()
        expect(page.locator("#incident-head")).to_contain_text("Acknowledged by")
        page.fill("#note-text", "restarted")
        page.get_by_role("button", name="Keep the note").click()
        expect(page.locator("#timeline")).to_contain_text("restarted")
        assert {row.acknowledged_reason for row in Alert.open()} == {"on it"}
