"""Take the pictures of the README and the docs from the demo: `python docs/screenshots.py`.

Starts `gamepilot-mon demo` on a free port, waits until its incident is told, and writes docs/images/*.png.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, StorageState, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = Path(__file__).parent / "images"
LINK = re.compile(r"http://\S+/sign-in/link/\S+")
INCIDENT_S = 45  # the demo's incident begins after ten seconds and is worth a look while it lasts
START_S = 60


@dataclass(frozen=True)
class Picture:
    name: str
    path: str
    width: int = 1360
    height: int = 900
    scheme: str = "light"


PICTURES = (
    Picture("overview", "/", height=1000),
    Picture("overview-dark", "/", height=1000, scheme="dark"),
    Picture("overview-phone", "/", width=390, height=844),
    Picture("alerts", "/alerts"),
    Picture("alert", "/alerts/1", height=1100),
    Picture("incident", "/incidents/1", height=1000),
    Picture("checks", "/checks"),
    Picture("errors", "/errors"),
    Picture("performance", "/performance?span=15m", height=1100),
    Picture("mood-persona", "/mood-persona", height=1100),
    Picture("rule", "/rules/error_rate", height=1000),
    Picture("channels", "/channels"),
)


@contextmanager
def demo() -> Iterator[str]:
    """A running demo and the sign-in link that it prints."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {**os.environ, "GAMEPILOT_MON_BIND": f"127.0.0.1:{port}", "PYTHONUNBUFFERED": "1"}
    command = [str(Path(sys.executable).parent / "gamepilot-mon"), "demo"]
    child = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True)
    said: list[str] = []
    threading.Thread(target=lambda: said.extend(child.stdout or ()), daemon=True).start()
    try:
        yield link(said)
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(timeout=30)


def link(said: list[str]) -> str:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if found := LINK.search("".join(said)):
            return found.group()
        time.sleep(0.2)
    raise SystemExit("the demo printed no sign-in link:\n" + "".join(said))


def sign_in(browser: Browser, address: str) -> tuple[str, StorageState]:
    """Where the site is, and the cookies of one who is signed in."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    home, state = page.url.rstrip("/"), context.storage_state()
    context.close()
    return home, state


def take(browser: Browser, home: str, state: StorageState, picture: Picture) -> None:
    context = browser.new_context(
        storage_state=state, color_scheme=picture.scheme,  # type: ignore[arg-type]
        viewport={"width": picture.width, "height": picture.height},
    )  # fmt: skip
    page: Page = context.new_page()
    answer = page.goto(home + picture.path)
    if answer is None or not answer.ok:
        raise SystemExit(f"{picture.path} answered {answer and answer.status}")
    page.locator("#connection", has_text="Live").wait_for()
    page.screenshot(path=IMAGES / f"{picture.name}.png")
    context.close()


def main() -> None:
    with demo() as address, sync_playwright() as playwright:
        time.sleep(INCIDENT_S)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        home, state = sign_in(browser, address)
        for picture in PICTURES:
            take(browser, home, state, picture)
        browser.close()


if __name__ == "__main__":
    main()
