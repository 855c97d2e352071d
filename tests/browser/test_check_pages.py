"""The checks in a real Chromium: added by form, live when their state changes, walked by keyboard."""

import re

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser.site import Site, watched


@pytest.fixture(scope="module")
def site(site_of_module: Site) -> Site:
    return site_of_module


def add_heartbeat(page: Page, site: Site, name: str) -> str:
    """By form; returns the address to call."""
    page.goto(f"{site.url}/checks/new")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add the check").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    return page.locator("#ping-url").inner_text()


COLOURS = """key => {
  const [bar, before] = [getComputedStyle(document.querySelector(".beat-unknown")), getComputedStyle(key, "::before")];
  return bar.fill === before.backgroundColor && bar.opacity === before.opacity;
}"""


def test_a_heartbeat_that_fails_is_down_on_an_open_page(site: Site, browser: Browser) -> None:
    page, faults = watched(site.signed_in(browser), site)
    address = add_heartbeat(page, site, "nightly backup")
    page.goto(f"{site.url}/checks")
    row = page.locator(".check-row", has_text="nightly backup")
    expect(row).to_have_attribute("data-state", re.compile("pending|unknown"))
    expect(page.locator("#connection")).to_contain_text("Live")
    for _ in range(2):
        requests.post(f"{address}/fail", data="disk full", timeout=10)
    expect(row).to_have_attribute("data-state", "down", timeout=30_000)
    expect(row).to_contain_text("reported a failure")
    expect(page.locator(".chip[data-state=down]")).to_contain_text("1")
    assert page.locator(".check-row").first.get_attribute("data-state") == "down"
    row.get_by_role("link").first.click()
    assert page.locator(".legend [data-state=unknown]").evaluate(COLOURS)
    assert faults == []


def test_it_is_walked_by_keyboard(site: Site, browser: Browser) -> None:
    page, faults = watched(site.signed_in(browser), site)
    add_heartbeat(page, site, "a first one")
    page.goto(f"{site.url}/checks?group=none")
    names = page.locator(".check-name")
    expect(names.nth(1)).to_be_visible()
    last = names.count() - 1
    for key, number in (
        ("j", 0),
        ("k", 0),
        *(("j", at) for at in range(1, last + 1)),
        ("j", last),
        ("k", last - 1),
    ):
        page.keyboard.press(key)
        expect(names.nth(number)).to_be_focused()
    page.get_by_role("searchbox").fill("j")
    expect(page.get_by_role("searchbox")).to_have_value("j")
    page.locator("select[name=group]").select_option("kind")
    expect(page).to_have_url(re.compile("group=kind"))
    assert faults == []


def test_the_list_and_a_check_fit_a_phone(site: Site, browser: Browser) -> None:
    page, faults = watched(site.signed_in(browser, viewport={"width": 390, "height": 844}), site)
    add_heartbeat(page, site, "W" * 100)
    for path in (
        "/checks",
        page.url.removeprefix(site.url),
        "/checks/new",
        "/system",
        "/clients",
        "/load-tests",
    ):
        page.goto(f"{site.url}{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
    assert faults == []


def test_it_adds_and_deletes_without_javascript(site: Site, browser: Browser) -> None:
    page, _ = watched(site.signed_in(browser, java_script_enabled=False), site)
    add_heartbeat(page, site, "by hand")
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete the check").click()
    expect(page).to_have_url(f"{site.url}/checks")
    expect(page.get_by_text("by hand")).to_have_count(0)
