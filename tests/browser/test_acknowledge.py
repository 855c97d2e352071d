"""The link of a message on a phone: no script, nobody signed in, one button."""

import pytest
from playwright.sync_api import Browser, expect

from gamepilot_mon.acknowledge_links import Link
from gamepilot_mon.models import Alert
from tests.serving import Server
from tests.web.test_acknowledge_link import environ_of_module, mailed, path

__all__ = ["environ_of_module", "mailed"]


@pytest.mark.browser
def test_it_acknowledges_with_one_tap_and_without_a_script(
    mailed: tuple[Server, Link], browser: Browser
) -> None:
    server, link = mailed
    context = browser.new_context(
        viewport={"width": 375, "height": 667}, has_touch=True, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(server.url + path(server, link))
    expect(page.get_by_role("heading", name="Drill")).to_be_visible()
    button = page.get_by_role("button", name="Acknowledge this alert")
    box = button.bounding_box()
    assert box and box["y"] + box["height"] <= 667 and box["x"] >= 0 and box["x"] + box["width"] <= 375
    assert box["height"] >= 40  # a thumb's size
    button.tap()
    expect(page.get_by_text("You can close this page")).to_be_visible()
    expect(page.get_by_role("button", name="Acknowledge this alert")).to_have_count(0)
    assert Alert.get_by_id(link.alert_id).acknowledged_by == "link to email"
