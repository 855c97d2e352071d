"""The service worker in a real Chromium: what it shows when the site is away, and when something is pushed."""

import json
from functools import partial

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from tests.browser.site import Site, until, watched
from tests.channels.push.service import Browser as Subscribed
from tests.processes import eventually
from tests.serving import Server

ACTIVATED = """async () => {
  const worker = (await navigator.serviceWorker.ready).active;
  return worker.state === "activated" && navigator.serviceWorker.controller !== null;
}"""

SHOWN = """async (title) => {
  const registration = await navigator.serviceWorker.ready;
  let there = [];
  for (let tries = 0; tries < 40 && !there.some((each) => each.title === title); tries += 1) {
    await new Promise((done) => setTimeout(done, 50));
    there = await registration.getNotifications();
  }
  return there.map((each) => [each.title, each.body]);
}"""


@pytest.fixture
def context(browser: Browser, site_of_module: Site) -> BrowserContext:
    opened = site_of_module.signed_in(browser)
    opened.grant_permissions(["notifications"], origin=site_of_module.url)
    return opened


def at_home(context: BrowserContext, site: Site) -> tuple[Page, list[str]]:
    """The overview, once its worker is at work."""
    page, faults = watched(context, site)
    page.goto(f"{site.url}/")
    until(page, ACTIVATED)
    return page, faults


def set_channel(page: Page, site: Site, channel: dict[str, str] | None) -> None:
    """The button says what is possible once there is a push channel; here an admin's browser makes or deletes it."""
    change = {"channels": {"browsers": channel}}
    answer = page.request.put(
        f"{site.url}/api/realtime/config",
        data=change,
        headers={"X-CSRFToken": page.locator("#push-toggle").get_attribute("data-csrf") or ""},
    )
    assert answer.ok, answer.text()
    page.reload()


def test_it_shows_a_page_of_its_own_when_the_site_is_away(browser: Browser, site: Site) -> None:
    page, faults = at_home(site.signed_in(browser, color_scheme="dark"), site)
    assert faults == []
    site.stop()
    page.goto(f"{site.url}/")
    expect(page.get_by_role("heading", name="The monitor cannot be reached")).to_be_visible()
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(16, 21, 27)"  # its style sheet is there, in the dark of the system
    kept = page.evaluate(
        """async () => {
          const names = await caches.keys();
          const all = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
          return all.flat().map((request) => new URL(request.url).pathname);
        }"""
    )
    assert len(kept) == 4 and not [path for path in kept if path.startswith("/api/") or path == "/"]


def test_that_page_is_in_the_language_of_the_reader(browser: Browser, site: Site) -> None:
    page, faults = at_home(site.signed_in(browser, locale="en-GB"), site)
    page.locator("form[action='/language'] [lang=de]").evaluate("(button) => button.click()")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    until(page, "async () => (await caches.match('/offline'))?.headers.get('Content-Language') === 'de'")
    assert faults == []
    site.stop()
    page.goto(f"{site.url}/")
    expect(page.get_by_role("heading", name="Der Monitor ist nicht erreichbar")).to_be_visible()


def is_shown(page: Page, session: CDPSession, message: dict[str, str]) -> bool:
    """Whether a push is the one notification, two seconds after it at most. A busy browser may drop one, as a real
    one may: push services send what they know to be lost again."""
    session.send("ServiceWorker.deliverPushMessage", message)
    title = json.loads(message["data"])["title"]
    return bool(page.evaluate(SHOWN, title) == [[title, "payment is down"]])


def test_it_shows_what_is_pushed_and_an_update_in_its_place(
    context: BrowserContext, site_of_module: Site
) -> None:
    page, _ = at_home(context, site_of_module)
    session = context.new_cdp_session(page)
    registrations: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(each["registrationId"] for each in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    eventually(lambda: page.evaluate("true") and registrations, what="a registration of the worker")
    shown = {"severity": "critical", "text": "payment is down", "tag": "one", "url": None, "id": "a"}
    for title in ("CRITICAL", "RESOLVED"):
        data = json.dumps({**shown, "title": title})
        message = {"origin": site_of_module.url, "registrationId": registrations[-1], "data": data}
        eventually(partial(is_shown, page, session, message), within_s=30, what=title)


def test_it_says_why_this_browser_cannot_be_notified(context: BrowserContext, site_of_module: Site) -> None:
    page, _ = at_home(context, site_of_module)
    set_channel(page, site_of_module, {"kind": "push"})
    session = context.new_cdp_session(page)
    of_it = session.send("Target.getTargetInfo")["targetInfo"]["browserContextId"]
    blocked = {"permission": {"name": "notifications"}, "setting": "denied", "origin": site_of_module.url}
    session.send("Browser.setPermission", {**blocked, "browserContextId": of_it})
    page.reload()
    expect(page.locator("#push-toggle")).to_have_attribute("data-push", "denied", timeout=15_000)
    expect(page.locator("#push-toggle")).to_be_disabled()
    page.add_init_script("delete window.PushManager")
    page.reload()
    expect(page.locator("#push-toggle")).to_have_attribute("data-push", "unsupported", timeout=30_000)
    expect(page.locator("#push-toggle")).to_be_disabled()


# The browser's push service is on the internet, so the subscription that it would give is put in its place.
SUBSCRIBES = """
let there = null;
const made = { endpoint: given.endpoint, toJSON: () => given, unsubscribe: async () => { there = null; return true; } };
PushManager.prototype.getSubscription = async () => there;
PushManager.prototype.subscribe = async (options) => {
  if (options.applicationServerKey.length !== 65) throw new Error("no key");
  return (there = made);
};
"""


def test_it_is_switched_on_and_off(context: BrowserContext, site_of_module: Site) -> None:
    given = json.dumps(Subscribed("https://93.184.216.34/send/abc").subscription())
    context.add_init_script(f"const given = {given};{SUBSCRIBES}")
    page, faults = at_home(context, site_of_module)
    set_channel(page, site_of_module, None)
    toggle = page.locator("#push-toggle")
    expect(toggle).to_have_attribute("data-push", "unavailable", timeout=30_000)
    expect(toggle).to_be_disabled()
    set_channel(page, site_of_module, {"kind": "push"})
    page.locator("#tools summary").click()
    for state, count in (("on", 1), ("off", 0)):
        toggle.click()
        expect(toggle).to_have_attribute("data-push", state, timeout=30_000)
        stored = page.request.get(f"{site_of_module.url}/api/v1/push").json()["data"]["subscriptions"]
        assert len(stored) == count
    assert faults == []


def test_the_page_can_be_installed(server: Server) -> None:
    manifest = server.get("/static/manifest.webmanifest")
    assert manifest.headers["Content-Type"].startswith("application/manifest+json")
    described = manifest.json()
    assert described["scope"] == described["start_url"] == "/" and described["display"] == "standalone"
    assert all(server.get(f"/static/{icon['src']}").ok for icon in described["icons"])
