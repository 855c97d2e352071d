"""The pages in a real Chromium: with and without JavaScript, nothing from outside, no error on the console."""

import itertools
import re

import requests
from playwright.sync_api import Browser, expect

from tests.browser.site import Site, watched


def test_a_newcomer_sees_how_to_begin_and_no_figure_that_nobody_measured(
    site: Site, browser: Browser
) -> None:
    page, faults = watched(site.signed_in(browser), site)
    page.goto(f"{site.url}/")
    for scheme, width in itertools.product(("light", "dark"), (390, 1360)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        expect(page.get_by_text("Send your first event")).to_be_visible()
        expect(page.get_by_text("token create --role ingest").first).to_be_visible()
        expect(page.locator("#live, [data-connection], .connection").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (scheme, width)
    assert faults == []
    assert page.locator(".figures [data-none]").count() > 0
    expect(page.locator(".figures")).not_to_contain_text("0%")

    without, faults = watched(site.signed_in(browser, java_script_enabled=False), site)
    without.goto(f"{site.url}/")
    expect(without.locator("header")).to_contain_text("Not live")
    expect(without.locator("#checks")).to_contain_text("Host")
    assert faults == []


def test_a_link_signs_in_once_and_a_password_ever_after(site: Site, browser: Browser) -> None:
    link = site.link()
    page, _ = watched(browser.new_context(), site)
    page.goto(link)
    page.goto(f"{site.url}/account")
    expect(page.get_by_text("Off, and you have no password yet")).to_be_visible()
    heights = {each.bounding_box()["height"] for each in page.locator(".nav-group a").all()}
    page.goto(f"{site.url}/maintenance")
    assert {each.bounding_box()["height"] for each in page.locator(".nav-group a").all()} == heights
    page.goto(f"{site.url}/account/password")
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", "four unrelated plain words")
    page.fill("[name=password_again]", "four unrelated plain words")
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url(f"{site.url}/")
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{site.url}/")
    expect(page).to_have_url(re.compile("/sign-in"))
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", "four unrelated plain words")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{site.url}/")
    assert requests.get(link, timeout=10, allow_redirects=False).status_code in (303, 400, 403, 404, 410)
    other, _ = watched(browser.new_context(), site)
    other.goto(link)
    other.goto(f"{site.url}/")
    expect(other).to_have_url(re.compile("/sign-in"))


def test_it_comes_back_live_after_the_web_process_was_lost(site: Site, browser: Browser) -> None:
    page, _ = watched(browser.new_context(), site)
    page.goto(site.link())
    live = page.locator("header").get_by_text("Live", exact=True)
    expect(live).to_be_visible()
    site.kill_web()
    expect(live).not_to_be_visible(timeout=10_000)
    expect(live).to_be_visible(timeout=30_000)
