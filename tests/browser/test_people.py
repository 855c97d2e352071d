"""Users, tokens, the account, configuration versions and the audit log in a real Chromium."""

import pytest
from playwright.sync_api import Browser, expect

from gamepilot_mon import db
from gamepilot_mon.auth import tokens, users
from gamepilot_mon.clock import utcnow
from tests.serving import Server
from tests.web.signing_in import PASSWORD, add_user

pytestmark = pytest.mark.browser

PAGES = (
    "/people", "/people/tokens", "/people/sessions", "/account", "/account/two-factor", "/config-versions",
    "/config-versions/rules", "/audit",
)  # fmt: skip
HOSTILE = "<img src=x onerror=alert(1)>\u202e" + "w" * 150


def test_it_holds_on_a_phone_with_hostile_names_and_without_a_fault(served: Server, browser: Browser) -> None:
    if not users.find("b.boss"):
        add_user("b.boss", "admin")
    with db.write():
        tokens.made("viewer", HOSTILE, utcnow())
    served.request("PUT", "/api/realtime/config", "admin", json={"cooldown": 660_000})
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    faults: list[str] = []
    page.on(
        "console",
        lambda message: (
            faults.append(f"{message.text} {message.location}") if message.type == "error" else None
        ),
    )
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{served.url}/sign-in")
    page.get_by_label("Name").fill("b.boss")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{served.url}/")
    for path in PAGES:
        page.goto(served.url + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert page.locator("h1").count() == 1, path
    page.goto(f"{served.url}/people/tokens")
    page.get_by_text("Revoke…").first.click()
    page.get_by_role("button", name="Revoke", exact=True).first.click()
    expect(page.get_by_text("Revoked").first).to_be_visible()
    assert faults == []
