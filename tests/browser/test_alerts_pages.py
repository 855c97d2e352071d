"""The alert pages in a real Chromium: triage by keyboard, bulk and undo, live, without a script, on a phone, axe."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from gamepilot_mon import db
from gamepilot_mon.auth import sign_in_links
from gamepilot_mon.clock import HOUR_MS, iso, utcnow
from gamepilot_mon.models import Alert, Explanation, Note, Silence
from tests import npm
from tests.emptied import ALERTING, empty
from tests.histories import past, told
from tests.serving import Server
from tests.web.pages.test_alert_pages import HOSTILE, around

pytestmark = pytest.mark.browser
AXE = "axe-core@4.14.1"


@pytest.fixture
def site(shared: Server) -> Server:
    empty(*ALERTING)
    return shared


def raised(site: Server, number: int = 0, **changes: object) -> int:
    body = {
        "type": "drill", "severity": "warning", "message": f"drill {number}", "labels": {"n": str(number)},
        **changes,
    }  # fmt: skip
    return int(site.post("/api/realtime/alerts/custom", "operator", json=body).json()["data"]["id"])


@contextmanager
def signed_in(site: Server, browser: Browser, *, refused: bool = False, **options: Any) -> Iterator[Page]:
    """A page of a person who is signed in; nothing may go wrong on it but a form that is `refused`."""
    with db.write():
        link = "/sign-in/link/" + sign_in_links.create(utcnow())
    context = browser.new_context(**options)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith((site.url, "data:")) else faults.append(r.url))
    page.goto(site.url + link)
    expect(page).to_have_url(f"{site.url}/")
    yield page
    context.close()
    assert [fault for fault in faults if not (refused and "422" in fault)] == []


def is_live(page: Page) -> None:
    expect(page.locator("header").get_by_text("Live", exact=True)).to_be_visible()


def inbox(page: Page, site: Server, query: str = "") -> None:
    page.goto(f"{site.url}/alerts{query}")
    is_live(page)


def focused(page: Page) -> Any:
    return page.evaluate("document.activeElement.dataset.alert ?? document.activeElement.id")


def test_it_is_triaged_by_keyboard(site: Server, browser: Browser) -> None:
    ids = [raised(site, number) for number in range(3)]
    newest, middle, oldest = (str(number) for number in reversed(ids))
    with signed_in(site, browser) as page:
        inbox(page, site)
        page.keyboard.press("j")
        assert focused(page) == newest
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("j")
        assert focused(page) == oldest
        page.keyboard.press("k")
        page.keyboard.press("x")
        expect(page.locator(f"#pick-{middle}")).to_be_checked()
        expect(page.locator("#bulk-count")).to_have_text("1 alert is ticked")
        expect(page.locator("#announcer")).to_have_text("1 alert is ticked")
        page.keyboard.press("Shift+A")
        expect(page.locator("#bulk-count")).to_have_text("3 alerts are ticked")
        page.keyboard.press("Shift+A")
        expect(page.locator('input[name="alert"]:checked')).to_have_count(0)
        page.keyboard.press("a")
        expect(page.locator("#deed")).to_contain_text("1 alert is acknowledged.")
        assert Alert.get_by_id(int(middle)).status == "acknowledged"
        # What was acknowledged went down; the next one is in its place.
        expect(page.locator(f"#alert-{oldest}")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{site.url}/alerts/{oldest}")
        is_live(page)
        page.keyboard.press("u")
        expect(page).to_have_url(f"{site.url}/alerts")
        is_live(page)
        page.keyboard.press("k")
        page.keyboard.press("n")
        expect(page).to_have_url(f"{site.url}/alerts/{newest}#note-text")
        expect(page.locator("#note-text")).to_be_focused()
        page.keyboard.type("seen, as usual")
        page.get_by_role("button", name="Keep the note").click()
        expect(page.locator("#lifecycle")).to_contain_text("seen, as usual")


def test_the_row_that_one_is_on_is_live_too(site: Server, browser: Browser) -> None:
    alert = raised(site)
    with signed_in(site, browser) as page:
        inbox(page, site)
        page.keyboard.press("j")
        assert focused(page) == str(alert)
        site.post(f"/api/v1/alerts/{alert}/acknowledge", "operator", json={"reason": "mine"})
        expect(page.locator(f"#alert-{alert}")).to_contain_text("Acknowledged by operator")
        assert focused(page) == str(alert)


def test_it_silences_by_keyboard_with_a_reason(site: Server, browser: Browser) -> None:
    alert = raised(site)
    with signed_in(site, browser) as page:
        inbox(page, site)
        page.keyboard.press("j")
        page.keyboard.press("s")
        expect(page.locator("#bulk-reason")).to_be_focused()
        page.keyboard.type("jxa deploying")
        page.keyboard.press("Enter")
        expect(page.locator("#deed")).to_contain_text("1 silence was made.")
        expect(page.locator(f"#alert-{alert}")).to_contain_text("jxa deploying")
    assert Silence.get().reason == "jxa deploying"
    assert Alert.get_by_id(alert).status == "firing"


def test_keys_wait_while_one_types_or_jumps(site: Server, browser: Browser) -> None:
    raised(site)
    with signed_in(site, browser) as page:
        inbox(page, site)
        page.locator('main input[name="q"]').focus()
        page.keyboard.type("jkxa")
        expect(page.locator('main input[name="q"]')).to_have_value("jkxa")
        page.locator("#main").focus()
        page.keyboard.press("j")
        page.keyboard.press("g")
        page.keyboard.press("x")
        page.keyboard.press("Control+x")
        expect(page.locator('input[name="alert"]:checked')).to_have_count(0)
        page.keyboard.press("x")
        expect(page.locator('input[name="alert"]:checked')).to_have_count(1)


def test_it_lists_its_keys_for_the_help(site: Server, browser: Browser) -> None:
    raised(site)
    with signed_in(site, browser) as page:
        for path in ("/alerts", f"/alerts/{raised(site, 1)}"):
            page.goto(site.url + path)
            keys = page.locator("dl.keys[data-keys] kbd").all_text_contents()
            assert {"a", "s", "n"} <= set(keys)


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without a script"])
def test_it_does_to_many_and_undoes_it(site: Server, browser: Browser, script: bool) -> None:
    for number in range(3):
        raised(site, number)
    with signed_in(site, browser, java_script_enabled=script) as page:
        page.goto(f"{site.url}/alerts?severity=warning")
        for box in page.locator('input[name="alert"]').all()[:2]:
            box.check()
        page.get_by_label("Reason").fill("looking")
        page.get_by_role("button", name="Acknowledge").click()
        expect(page.locator("#deed")).to_contain_text("2 alerts are acknowledged.")
        assert Alert.select().where(Alert.status == "acknowledged").count() == 2
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("#deed")).to_contain_text("Undone for 2.")
        assert Alert.select().where(Alert.status == "acknowledged").count() == 0
        assert "severity=warning" in page.url
        if script:
            expect(page).to_have_url(f"{site.url}/alerts?severity=warning")  # a reload does not say it again
            page.reload()
            expect(page.locator("#deed")).to_have_count(0)


def test_what_is_wrong_stands_at_the_field_and_the_page_stays_live(site: Server, browser: Browser) -> None:
    first = raised(site)
    with signed_in(site, browser, refused=True) as page:
        inbox(page, site, "?severity=warning")
        page.locator(f"#pick-{first}").check()
        page.get_by_role("button", name="Silence").click()
        expect(page.get_by_label("Reason")).to_have_attribute("aria-invalid", "true")
        expect(page.locator(f"#pick-{first}")).to_be_checked()
        expect(page).to_have_url(f"{site.url}/alerts?severity=warning")
        is_live(page)
        second = raised(site, 1)
        expect(page.locator(f"#alert-{second}")).to_be_visible()


def test_an_alert_arrives_live_and_what_is_ticked_stays(site: Server, browser: Browser) -> None:
    first = raised(site)
    with signed_in(site, browser) as page:
        inbox(page, site)
        page.keyboard.press("j")
        page.keyboard.press("x")
        page.get_by_label("Reason").fill("half a reason")
        page.locator(f"#alert-{first}").focus()
        second = raised(site, 1, severity="critical", message="it came by itself")
        row = page.locator(f"#alert-{second}")
        expect(row).to_contain_text("it came by itself")
        expect(page.locator(".inbox-row").first).to_have_attribute("data-alert", str(second))
        expect(page.locator(f"#pick-{first}")).to_be_checked()
        expect(page.locator(f"#pick-{second}")).not_to_be_checked()
        expect(page.locator("#bulk-count")).to_have_text("1 alert is ticked")
        expect(page.get_by_label("Reason")).to_have_value("half a reason")
        assert focused(page) == str(first)
        site.post(f"/api/v1/alerts/{first}/resolve", "operator")
        expect(page.locator(f"#alert-{first}")).to_have_count(0)
        expect(page.locator("#inbox-tabs")).to_contain_text("1")


def test_the_page_of_an_alert_is_live(site: Server, browser: Browser) -> None:
    alert = raised(site)
    with signed_in(site, browser) as page:
        page.goto(f"{site.url}/alerts/{alert}")
        is_live(page)
        page.locator("#note-text").fill("half a note")
        site.post(f"/api/v1/alerts/{alert}/acknowledge", "operator", json={"reason": "mine now"})
        expect(page.locator("#alert-head")).to_contain_text("mine now")
        expect(page.locator("#lifecycle")).to_contain_text("mine now")
        expect(page.locator("#note-text")).to_have_value("half a note")


def test_the_history_is_on_the_clock_of_the_reader(site: Server, browser: Browser) -> None:
    raised(site)
    with signed_in(site, browser, timezone_id="Asia/Tokyo") as page:
        page.goto(f"{site.url}/alerts/history")
        expect(page.get_by_role("heading", name="By hour Asia/Tokyo")).to_be_visible()
        expect(page.get_by_label("Time zone of the hours")).to_have_value("Asia/Tokyo")
        bar, label = (
            page.locator(".by-hour rect").nth(18),
            page.locator(".by-hour .hours-axis > span").nth(3),
        )
        assert label.inner_text() == "18"
        places = [each.bounding_box() for each in (bar, label)]
        assert abs(places[0]["x"] - places[1]["x"]) < places[0]["width"] / 4
        page.get_by_label("At", exact=True).fill("00:01")
        page.get_by_role("button", name="Ask").click()
        expect(page.locator(".answer")).to_contain_text("12:01")
        expect(page.locator(".answer")).not_to_contain_text(re.compile(r"\d{4}-\d\d-\d\dT"))
        page.goto(f"{site.url}/alerts/history?zone=UTC")
        expect(page.get_by_role("heading", name="By hour UTC")).to_be_visible()


def test_the_overview_shows_twenty_and_how_many_more(site: Server, browser: Browser) -> None:
    ids = [raised(site, number) for number in range(22)]
    with signed_in(site, browser) as page:
        page.goto(site.url)
        is_live(page)
        expect(page.locator("#alerts-open > li")).to_have_count(20)
        expect(page.locator("#alerts-more")).to_have_text("and 2 more")
        expect(page.locator("#status-summary")).to_have_text("22 alerts are open")
        raised(site, 99, severity="critical")
        expect(page.locator("#alerts-more")).to_have_text("and 3 more")
        expect(page.locator("#status-summary")).to_have_text("23 alerts are open, 1 critical")
        for number in ids[-5:]:
            site.post(f"/api/v1/alerts/{number}/resolve", "operator")
        expect(page.locator("#alerts-open > li")).to_have_count(18)
        expect(page.locator("#alerts-more")).to_be_hidden()
        page.locator("#alerts-open > li").last.locator(".alert-link").click()
        expect(page).to_have_url(f"{site.url}/alerts/{ids[0]}")


def test_a_value_that_arrives_live_is_rounded_as_one_that_was_rendered(
    site: Server, browser: Browser
) -> None:
    with signed_in(site, browser) as page:
        page.goto(site.url)
        is_live(page)
        raised(site, 1, value=105.666908713693, threshold=1234567.89)
        row = page.locator("#alerts-open > li")
        for _ in ("live", "rendered"):
            expect(row).to_contain_text("105.7")
            expect(row).to_contain_text("1,234,568")
            page.reload()


def filled(site: Server) -> int:
    """Everything that the pages can show, with hostile texts in it; the alert that has most of it."""
    now = utcnow()
    other = past(now - HOUR_MS)
    alert = raised(
        site, severity="critical", type=HOSTILE[:100], message=HOSTILE, metadata={"m": HOSTILE},
        labels={HOSTILE[:100]: HOSTILE[:500], "n": "1"}, value=3, threshold=2,
    )  # fmt: skip
    row = Alert.get_by_id(alert)
    told(row, now, detail=HOSTILE[:2_000])
    told(row, now + 1000, channel="email", change="escalated", state="dead", detail="550 no")
    site.post(f"/api/v1/alerts/{alert}/acknowledge", "operator", json={"reason": HOSTILE[:900]})
    site.post(f"/api/v1/alerts/{raised(site, 5)}/notes", "operator", json={"text": HOSTILE})
    with db.write():
        Note.create(alert_id=alert, at=now, author=HOSTILE[:60], text=HOSTILE)
        hostile = json.loads(json.dumps(around(other.id, iso(now))).replace("its own", "W" * 3_000))
        Explanation.create(alert_id=alert, at=now, until=now, data=hostile)
    silence = {"matchers": [{"name": "n", "value": "5"}], "forMs": 3_600_000, "reason": HOSTILE[:1000]}
    site.post("/api/v1/silences", "operator", json=silence)
    return alert


@pytest.mark.parametrize(("scheme", "width"), [("light", 1360), ("dark", 390)])
def test_everybody_can_read_it_whatever_the_texts(
    site: Server, browser: Browser, scheme: str, width: int
) -> None:
    alert = filled(site)
    axe = (npm.installed(AXE) / "node_modules" / "axe-core" / "axe.min.js").read_text()
    paths = (
        "/alerts", "/alerts?state=all", "/alerts?q=nothing-like-it", f"/alerts/{alert}", "/alerts/history",
        f"/alerts/history?rule=error_rate&at={iso(utcnow() - 60_000)}", "/",
    )  # fmt: skip
    with signed_in(site, browser, color_scheme=scheme, viewport={"width": width, "height": 900}) as page:
        for path in paths:
            page.goto(site.url + path)
            is_live(page)
            for each in page.locator("main details").all():
                each.evaluate("element => { element.open = true; }")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
            page.evaluate(axe)
            found = page.evaluate(
                "axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']})"
            )
            assert [
                (one["id"], [node["html"][:300] for node in one["nodes"]]) for one in found["violations"]
            ] == [], path
