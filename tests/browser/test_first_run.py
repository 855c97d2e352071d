"""The guide in a real Chromium: a step that is done is ticked without a reload."""

from pathlib import Path

import requests
from playwright.sync_api import Browser, expect

from tests.browser.site import Site, watched
from tests.browser.test_errors import ingest_token


def test_it_ticks_the_first_event_as_it_arrives(site: Site, browser: Browser, tmp_path: Path) -> None:
    token = ingest_token(tmp_path)
    page, faults = watched(browser.new_context(), site)
    page.goto(site.link())
    step = page.locator('[data-step="event"]')
    expect(step).to_have_attribute("data-done", "false")
    answer = requests.post(
        f"{site.url}/api/v1/events",
        json={"events": [{"kind": "error", "operation": "login", "error": "no such player"}]},
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    assert answer.status_code == 202
    expect(step).to_have_attribute("data-done", "true", timeout=30_000)
    page.locator('[data-step="channel"] summary').click()
    expect(page.get_by_text("SLACK_WEBHOOK_URL")).to_be_visible()
    assert faults == []
