"""Many live updates to one open page, as a day brings them, and what the page holds in memory meanwhile."""

import time

from playwright.sync_api import BrowserContext, CDPSession, Page

from gamepilot_mon import alerts, db, feed
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.settings import Settings
from gamepilot_mon.snapshots import health, performance

BATCH = 50
GROWTH_MOST = 1.1  # against the middle: what is kept by design is there by then


def heap(context: BrowserContext, url: str, items: int) -> bool:
    """Prints the heap at the start, in the middle and at the end; whether it stopped growing."""
    page = context.new_page()
    page.goto(url, wait_until="load")
    page.locator("#connection [data-state=live], #connection[data-state=live]").first.wait_for(
        state="attached"
    )
    session = context.new_cdp_session(page)
    began = time.monotonic()
    held = [_held(session)]
    sent = 0
    for part in (items // 2, items):
        while sent < part:
            sent += _send(sent)
            if sent % (BATCH * 10) == 0:
                _drawn(page, _mark())
        _drawn(page, _mark())
        held.append(_held(session))
    took = time.monotonic() - began
    page.close()
    print(
        f"{items:,} live updates in {took:.0f} s: JS heap {' -> '.join(f'{one / 1e6:.2f}' for one in held)} MB after gc"
    )
    return held[2] <= held[1] * GROWTH_MOST


def _send(sent: int) -> int:
    """As a busy hour: figures, and alerts that come and go."""
    settings = Settings.from_env({"GAMEPILOT_MON_DATABASE_URL": "sqlite:///unused.db"}, dotenv=None)
    with db.write():
        now = utcnow()
        figures, durations = health.build(settings, now), performance.build(settings, now)
        for number in range(BATCH - 10):
            event = "performance:update" if number % 4 == 0 else "health:update"
            feed.append(event, durations if number % 4 == 0 else figures, now)
        for number in range(5):
            alert = alerts.raise_custom(
                type_="drill", severity="warning", value=1.0, threshold=None, message=f"drill {sent} {number}",
                metadata={}, labels={}, identity=f"drill-{sent}-{number}", now=now,
            )  # fmt: skip
            alerts.close(alert, now)
    return BATCH


def _mark() -> str:
    """One more item, to be seen on the page."""
    settings = Settings.from_env({"GAMEPILOT_MON_DATABASE_URL": "sqlite:///unused.db"}, dotenv=None)
    with db.write():
        now = utcnow()
        feed.append("health:update", health.build(settings, now), now)
    return iso(now)


def _drawn(page: Page, mark: str) -> None:
    page.wait_for_function(
        "(mark) => document.getElementById('age').dataset.at >= mark", arg=mark, timeout=120_000
    )


def _held(session: CDPSession) -> float:
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"])
