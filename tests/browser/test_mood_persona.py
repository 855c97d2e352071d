"""The page of moods in a real Chromium: the reader's own clock, and what players do as it happens."""

from pathlib import Path

import requests
from playwright.sync_api import Browser, expect

from tests.browser.site import Site, watched
from tests.browser.test_errors import ingest_token


def test_it_tells_times_by_the_clock_of_the_reader_and_stays_live(
    site: Site, browser: Browser, tmp_path: Path
) -> None:
    token = ingest_token(tmp_path)
    page, faults = watched(browser.new_context(timezone_id="Europe/Berlin"), site)
    page.goto(site.link())
    page.goto(f"{site.url}/mood-persona")
    expect(page.get_by_text("Nothing about players was reported yet.")).to_be_visible()
    event = {"kind": "mood_selection", "user_id": "u1", "primary_mood": "creative", "intensity": 0.7}
    answer = requests.post(
        f"{site.url}/api/v1/events",
        json={"events": [event]},
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    assert answer.status_code == 202
    expect(page.get_by_role("rowheader", name="creative").first).to_be_visible(timeout=45_000)
    page.reload()
    expect(page.get_by_text("times of Europe/Berlin")).to_be_visible()
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    assert "zone=Europe%2FBerlin" in page.url
    assert faults == []
