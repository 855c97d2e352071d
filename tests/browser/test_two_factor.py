"""Two-factor sign-in in a real Chromium: switched on from the account page, asked for at the next sign-in."""

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.serving import Server
from tests.web.signing_in import PASSWORD, add_user

pytestmark = pytest.mark.browser


def sign_in(page: Page, server: Server, name: str) -> None:
    page.goto(f"{server.url}/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_it_is_switched_on_and_asked_for(served: Server, browser: Browser, scripts: bool) -> None:
    name = f"b.ada-{scripts}".lower()
    add_user(name)
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 390, "height": 844})
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    sign_in(page, served, name)
    expect(page).to_have_url(f"{served.url}/")

    page.goto(f"{served.url}/account")
    page.get_by_role("link", name="Switch it on").click()
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    secret = page.locator("#secret").inner_text().replace(" ", "")
    page.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    recovery = page.locator("#codes code").first.inner_text()

    page.goto("about:blank")  # the page that is left asks nothing any more, without its cookie
    context.clear_cookies()
    sign_in(page, served, name)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{served.url}/")
    assert faults == []
