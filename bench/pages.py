"""The pages before a crowd: 2,000 checks observed every minute and 200 open alerts, in a real Chromium.

For each page: the server's CPU for one, first contentful paint with an empty cache, bytes over the wire (of everything,
and without the page itself, which is the data), how long a click or a key takes to the next paint, and how long from
the commit of a change to the screen. Then many live updates, and what the page holds in memory meanwhile.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

from bench.crowded import fill
from bench.updates import heap
from gamepilot_mon import alerts, checks, db, nudge
from gamepilot_mon.auth import sign_in_links
from gamepilot_mon.clock import parse_duration, utcnow
from gamepilot_mon.models import Check
from gamepilot_mon.probes import Reading
from tests.chromium import chromium
from tests.serving import Server

PATHS = ("/", "/alerts", "/checks")
WATCHED = {"/checks": "/checks?q=router"}  # what breaks is on this page of the list
TIMES = 5
TARGETS = {
    "server CPU, ms": 100,
    "first paint, ms": 1000,
    "wire, KB": 150,
    "interaction, ms": 100,
    "to screen, ms": 500,
}

WATCH_INTERACTIONS = """
  window.slowest = 0;
  new PerformanceObserver((list) => {
    const done = list.getEntries().filter((entry) => entry.interactionId);
    window.slowest = Math.max(window.slowest, ...done.map((entry) => entry.duration));
  }).observe({ type: "event", durationThreshold: 16, buffered: true });
  addEventListener("click", (event) => event.target.closest("a") && event.preventDefault());
"""
WATCH_TEXT = """(text) => {
  window.shownAt = 0;
  const look = () => { if (!window.shownAt && document.body.textContent.includes(text)) window.shownAt = Date.now(); };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def main() -> int:
    asked = _arguments()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        state = Path(folder)
        server = Server(state)
        db.open_database(f"sqlite:///{state}/mon.db")
        began = time.monotonic()
        written = fill(asked.checks, asked.alerts, parse_duration(asked.every), utcnow())
        print(
            f"{asked.checks:,} checks, {written:,} observations, {asked.alerts} alerts:"
            f" {time.monotonic() - began:.0f} s"
        )
        server.start()
        server.open_store()
        db.after_commit(nudge.Sender(nudge.folder_of(state)))
        try:
            context = _signed_in(browser, server)
            found = {
                path: _measure(browser, context, server, path) for path in PATHS if _is_there(server, path)
            }
            _print(found)
            grown = heap(context, server.url, asked.items) if asked.items else True
        finally:
            server.stop()
    return (
        0
        if grown and all(_holds(name, value) for one in found.values() for name, value in one.items())
        else 1
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checks", type=int, default=2000)
    parser.add_argument("--every", default="1m", help="how often a check is observed")
    parser.add_argument("--alerts", type=int, default=200)
    parser.add_argument(
        "--items", type=int, default=20_000, help="live updates for the memory; 0 leaves them out"
    )
    return parser.parse_args()


def _is_there(server: Server, path: str) -> bool:
    return server.get(path, "viewer", headers={"Accept": "text/html"}).status_code == 200


def _signed_in(browser: Browser, server: Server) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1360, "height": 900})
    with db.write():
        token = sign_in_links.create(utcnow())
    page = context.new_page()
    page.goto(f"{server.url}/sign-in/link/{token}")
    page.close()
    return context


def _measure(browser: Browser, context: BrowserContext, server: Server, path: str) -> dict[str, float]:
    cpu = _cpu(server, path)
    paints, wires, documents = zip(
        *(_load(browser, context, server, path) for _ in range(TIMES)), strict=True
    )
    return {
        "server CPU, ms": cpu,
        "first paint, ms": statistics.median(paints),
        "whole, KB": statistics.median(wires),
        "wire, KB": statistics.median(wires) - statistics.median(documents),
        "interaction, ms": _interaction(context, server, path),
        "to screen, ms": statistics.median([_to_screen(context, server, path, n) for n in range(TIMES)]),
    }


def _cpu(server: Server, path: str) -> float:
    """Of the worker, for one page; the first one has counted the hours."""
    worker = psutil.Process(server.process.pid).children()[0]

    def ask() -> None:
        server.get(path, "viewer", headers={"Accept": "text/html", "Accept-Encoding": "gzip"})

    began = sum(worker.cpu_times()[:2])
    ask()
    print(f"{path}: {1000 * (sum(worker.cpu_times()[:2]) - began):.0f} ms of CPU for the first page")
    began = sum(worker.cpu_times()[:2])
    for _ in range(20):
        ask()
    return 1000 * (sum(worker.cpu_times()[:2]) - began) / 20


def _load(browser: Browser, context: BrowserContext, server: Server, path: str) -> tuple[float, float, float]:
    """(first contentful paint in ms, KB of everything, KB of the page itself) with an empty cache."""
    fresh = browser.new_context(
        storage_state=context.storage_state(), viewport={"width": 1360, "height": 900}
    )
    page = fresh.new_page()
    wire: CDPSession = fresh.new_cdp_session(page)
    wire.send("Network.enable")
    sizes: dict[str, float] = {}
    wire.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
    )
    kinds: dict[str, str] = {}
    wire.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    page.goto(server.url + path, wait_until="load")
    page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length > 0")
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    fresh.close()
    document = sum(size for id_, size in sizes.items() if kinds.get(id_) == "Document")
    return float(paint), sum(sizes.values()) / 1000, document / 1000


def _interaction(context: BrowserContext, server: Server, path: str) -> float:
    """The slowest of a click on a link or filter, opening what can be opened, and the key j."""
    page = context.new_page()
    page.goto(server.url + path, wait_until="load")
    page.locator("#connection [data-state=live], #connection[data-state=live]").first.wait_for(
        state="attached"
    )
    page.evaluate(WATCH_INTERACTIONS)
    for selector in (".chip", "main details > summary", "main a"):
        if page.locator(selector).locator("visible=true").count():
            page.locator(selector).locator("visible=true").first.click()
    for _ in range(5):
        page.keyboard.press("j")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 200)))")
    slowest = float(page.evaluate("window.slowest"))
    page.close()
    return slowest


def _to_screen(context: BrowserContext, server: Server, path: str, number: int) -> float:
    """From the commit that a check is down, with its alert, until both the page's words say so."""
    page: Page = context.new_page()
    said = f"broke just now, {path} {number} {utcnow()}"
    page.goto(server.url + WATCHED.get(path, path), wait_until="load")
    page.locator("#connection [data-state=live], #connection[data-state=live]").first.wait_for(
        state="attached"
    )
    page.evaluate(WATCH_TEXT, said)
    page.wait_for_timeout(1000)  # the page is at rest, as when somebody looks at it
    committed = _break(number, said)
    page.wait_for_function("() => window.shownAt > 0", timeout=20_000)
    shown = float(page.evaluate("window.shownAt"))
    page.close()
    return shown - committed


def _break(number: int, said: str) -> int:
    labels = {"check": f"router {number + 1:02}"}
    with db.write():
        now = utcnow()
        checks.record(Check.get(Check.name == labels["check"]), Reading("down", None, said), now)
        alerts.raise_custom(
            type_="system_down", severity="critical", value=1.0, threshold=0.0, message=said, labels=labels,
            metadata={}, identity=alerts.fingerprint("system_down", labels), now=now,
        )  # fmt: skip
    return utcnow()


def _holds(name: str, value: float) -> bool:
    return name not in TARGETS or value <= TARGETS[name]


def _print(found: dict[str, dict[str, float]]) -> None:
    names = list(next(iter(found.values())))
    print(f"{'':<18}" + "".join(f"{path:>12}" for path in found) + f"{'at most':>12}")
    for name in names:
        figures = "".join(f"{one[name]:12.1f}" for one in found.values())
        print(f"{name:<18}{figures}{TARGETS.get(name, ''):>12}")


if __name__ == "__main__":
    sys.exit(main())
