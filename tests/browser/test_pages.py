"""The pages in a real Chromium: with and without JavaScript, nothing from outside, no error on the console."""

import re
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.chromium import chromium
from tests.processes import Running, answers, eventually, free_port, whole


class Site:
    """A product of its own, without any configuration, and the sign-in link of its console."""

    def __init__(self, url: str, running: Running) -> None:
        self.url = url
        self._running = running

    def link(self) -> str:
        found = eventually(
            lambda: re.search(r"http://\S+/sign-in/link/\S+", self._running.output()), what="a sign-in link"
        )
        return found.group()

    def stop(self) -> None:
        self._running.stop()

    def kill_web(self) -> None:
        """kill -9 of gunicorn's master and its worker; `run` brings the web process back."""
        children = psutil.Process(self._running.process.pid).children()
        [master] = [child for child in children if "gunicorn" in " ".join(child.cmdline())]
        for process in [*master.children(), master]:
            process.kill()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    url = f"http://127.0.0.1:{free_port()}"
    environ = {
        "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/mon.db",
        "GAMEPILOT_MON_BIND": url.removeprefix("http://"),
    }
    with whole(environ, tmp_path) as running:
        eventually(lambda: answers(f"{url}/readyz"), within_s=30, what="ready")
        yield Site(url, running)
        assert "Traceback" not in running.output(), running.output()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def watched(context: BrowserContext, site: Site) -> tuple[Page, list[str]]:
    """A page, and what goes wrong on it: console errors, exceptions, requests to other hosts."""
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith((site.url, "data:")) else faults.append(r.url))
    return page, faults


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1360])
def test_a_newcomer_gets_in_and_sees_how_to_begin(
    site: Site, browser: Browser, scheme: str, width: int
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    page, faults = watched(context, site)
    page.goto(site.link())
    expect(page).to_have_url(f"{site.url}/")
    expect(page.get_by_text("Send your first event")).to_be_visible()
    expect(page.get_by_text("token create --role ingest").first).to_be_visible()
    expect(page.locator("#live, [data-connection], .connection").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert faults == []


def test_it_shows_no_data_as_no_data(site: Site, browser: Browser) -> None:
    page, _ = watched(browser.new_context(), site)
    page.goto(site.link())
    assert page.locator(".figures [data-none]").count() > 0
    expect(page.locator(".figures")).not_to_contain_text("0%")


def test_it_reads_without_javascript(site: Site, browser: Browser) -> None:
    page, faults = watched(browser.new_context(java_script_enabled=False), site)
    page.goto(site.link())
    expect(page.locator("header")).to_contain_text("Not live")
    expect(page.locator("#checks")).to_contain_text("Host")
    assert faults == []


def test_a_link_signs_in_once_and_a_password_ever_after(site: Site, browser: Browser) -> None:
    link = site.link()
    page, _ = watched(browser.new_context(), site)
    page.goto(link)
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
