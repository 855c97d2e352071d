"""A whole product for tests that look at it with a browser, and what goes wrong on a page."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, BrowserContext, Page

from tests.processes import Running, answers, eventually, free_port, whole


class Site:
    """A product of its own, without any configuration, and the sign-in link of its console."""

    def __init__(self, url: str, running: Running) -> None:
        self.url = url
        self._running = running
        self._cookies: Any = None

    def signed_in(self, browser: Browser, **options: Any) -> BrowserContext:
        """A browser of its own for the first user; the link is used once."""
        if self._cookies is None:
            first = browser.new_context()
            assert first.request.get(self.link()).ok
            self._cookies = first.storage_state()
            first.close()
        return browser.new_context(storage_state=self._cookies, **options)

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


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    """Web process and daemon on a store of their own; a traceback in what they say fails the test."""
    url = f"http://127.0.0.1:{free_port()}"
    environ = {
        "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{folder}/mon.db",
        "GAMEPILOT_MON_BIND": url.removeprefix("http://"),
    }
    with whole(environ, folder) as running:
        eventually(lambda: answers(f"{url}/readyz"), within_s=30, what="ready")
        yield Site(url, running)
        assert "Traceback" not in running.output(), running.output()


def watched(context: BrowserContext, site: Site) -> tuple[Page, list[str]]:
    """A page, and what goes wrong on it: console errors, exceptions, requests to other hosts."""
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith((site.url, "data:")) else faults.append(r.url))
    return page, faults


def until(page: Page, question: str, arg: object = None) -> None:
    """Waits for an async question; `wait_for_function` would take its promise for a yes."""
    eventually(lambda: page.evaluate(question, arg), within_s=30, what=question)
