"""The form of a rule and of a silence in a real browser: the preview while one writes, errors, keyboard, no script."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from gamepilot_mon import db, stored_rules
from gamepilot_mon.auth import sign_in_links
from gamepilot_mon.clock import HOUR_MS, MINUTE_MS, utcnow
from gamepilot_mon.models import Alert, RuleVersion, Silence
from gamepilot_mon.rule_spec import parse
from tests.emptied import ALERTING, RULES, empty
from tests.histories import past
from tests.recordings import record
from tests.serving import Server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def recorded(server_of_module: Server) -> Server:
    """A server with a day of a metric, which was high for twenty minutes."""
    server_of_module.open_store()
    now = utcnow()
    now -= now % MINUTE_MS
    minutes = {now - n * MINUTE_MS: [50.0] if 600 <= n < 620 else [1.0 + n % 3] for n in range(1, 24 * 60)}
    record("depth", minutes)
    return server_of_module


@pytest.fixture
def site(recorded: Server, shared: Server) -> Server:
    empty(*ALERTING, *RULES)
    return shared


def signed_in(context: BrowserContext, site: Server) -> tuple[Page, list[str]]:
    """A page of an admin, and what goes wrong on it."""
    with db.write():
        token = sign_in_links.create(utcnow())
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith((site.url, "data:")) else faults.append(r.url))
    page.goto(f"{site.url}/sign-in/link/{token}")
    return page, faults


def without_refusals(faults: list[str]) -> list[str]:
    """A preview of what is not whole yet is answered by 422, which the browser reports as an error of the network."""
    return [fault for fault in faults if "422" not in fault]


def test_the_preview_follows_what_is_written_and_stores_nothing(site: Server, browser: Browser) -> None:
    page, faults = signed_in(browser.new_context(timezone_id="Europe/Berlin"), site)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "/rules/preview" in request.url else None)
    page.goto(f"{site.url}/rules/new?metric=depth")
    page.get_by_label("Statistic").select_option("max")
    page.get_by_label("Warning").fill("10")
    verdict = page.locator("#verdict")
    expect(verdict).to_contain_text("It would have paged once")
    expect(page.locator("#preview .legend")).to_contain_text("Europe/Berlin")
    assert page.locator(".plot-pages .page-mark").count() == 1
    page.get_by_label("Warning").press_sequentially("0")
    expect(verdict).to_contain_text("It would not have paged")
    expect(page.locator("#announcer")).to_contain_text("It would not have paged")
    page.get_by_label("7 days").check()
    expect(page.locator("#preview input[value='7d']")).to_be_checked()
    expect(page.locator("#preview")).to_have_attribute("aria-busy", "false")
    assert asked and without_refusals(faults) == []
    assert RuleVersion.newest_id() == 0
    expect(page.get_by_label("Warning")).to_have_value("100")


def test_an_error_stands_at_its_field_until_it_is_right(site: Server, browser: Browser) -> None:
    page, _ = signed_in(browser.new_context(), site)
    page.goto(f"{site.url}/rules/new?metric=depth")
    page.get_by_label("Warning").fill("10")
    page.get_by_label("Fires after").fill("soon")
    error = page.locator("#for-error")
    expect(error).to_contain_text("not a duration")
    expect(page.get_by_label("Fires after")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#name-error")).to_be_hidden()  # nobody has come to it yet
    page.get_by_label("Fires after").fill("3m")
    expect(error).to_be_hidden()
    expect(page.get_by_label("Fires after")).not_to_have_attribute("aria-invalid", "true")


def test_a_rule_is_made_and_restored_by_keyboard(site: Server, browser: Browser) -> None:
    page, faults = signed_in(browser.new_context(), site)
    page.goto(f"{site.url}/rules/new?metric=depth")
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.type("too-deep")
    page.get_by_label("Warning").focus()
    page.keyboard.type("10")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/rules/too-deep"))
    page.get_by_label("Warning").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    expect(page.locator(".diff").first).to_contain_text("warning")
    page.locator("#versions summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Put back, and in force")).to_be_visible()
    row = stored_rules.get("too-deep")
    assert row and row.spec["warning"] == 10
    assert without_refusals(faults) == []


def test_the_forms_work_without_a_script(site: Server, browser: Browser) -> None:
    page, faults = signed_in(browser.new_context(java_script_enabled=False), site)
    page.goto(f"{site.url}/rules/new?metric=depth")
    page.get_by_label("Name", exact=True).fill("too-deep")
    page.get_by_label("Statistic").select_option("max")
    page.get_by_label("Warning").fill("10")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#verdict")).to_contain_text("It would have paged once")
    page.get_by_label("Warning").fill("lots")
    page.get_by_role("button", name="Add the rule").click()
    expect(page.locator("#warning-error")).to_contain_text("number")
    page.get_by_label("Warning").fill("10")
    page.get_by_role("button", name="Add the rule").click()
    expect(page).to_have_url(re.compile("/rules/too-deep"))
    page.locator(".danger summary").click()
    page.get_by_role("button", name="Remove too-deep").click()
    page.get_by_role("button", name="Put it back").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("too-deep")
    assert without_refusals(faults) == []


def test_a_silence_counts_what_it_matches_while_it_is_written(site: Server, browser: Browser) -> None:
    past(utcnow() - HOUR_MS, None, type="drill", labels={"operation": "payment"})
    page, faults = signed_in(browser.new_context(timezone_id="Europe/Berlin"), site)
    page.goto(f"{site.url}/maintenance")
    expect(page.locator("#calendar-zone")).to_have_value("Europe/Berlin")
    page.get_by_role("link", name="New silence").click()
    page.get_by_label("Alerts that are muted").fill("operation=payment")
    expect(page.locator("#matched")).to_contain_text("1 of 1 open alert matches now")
    page.get_by_label("Alerts that are muted").fill("operation=other")
    expect(page.locator("#matched")).to_contain_text("0 of 1 open alert matches now")
    page.get_by_label("Alerts that are muted").fill("operation=payment")
    page.get_by_label("Reason").fill("known trouble")
    page.get_by_role("button", name="Silence", exact=True).click()
    expect(page.locator("#muted-now")).to_contain_text("known trouble")
    page.locator("#mutes summary").first.click()
    page.get_by_role("button", name="End it now").click()
    expect(page.locator("#muted-now")).to_contain_text("Nothing is muted")
    assert Silence.select().get().reason == "known trouble" and Alert.select().count() == 1
    assert without_refusals(faults) == []


def test_a_refused_silence_stays_on_the_page_that_can_be_asked_for_again(
    site: Server, browser: Browser
) -> None:
    page, faults = signed_in(browser.new_context(timezone_id="Europe/Berlin"), site)
    page.goto(f"{site.url}/maintenance?form=silence")
    page.get_by_label("Alerts that are muted").fill("operation=payment")
    page.get_by_role("button", name="Silence", exact=True).click()
    expect(page).to_have_url(f"{site.url}/maintenance?form=silence&tz=Europe%2FBerlin")
    expect(page.locator("#effect")).to_have_attribute(
        "aria-busy", "false"
    )  # the preview of what was sent is here
    expect(page.get_by_label("Reason")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#calendar-zone")).to_have_value("Europe/Berlin")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Silences & maintenance")
    assert without_refusals(faults) == []


def test_a_new_rhythm_is_on_the_clock_of_the_reader(site: Server, browser: Browser) -> None:
    page, _ = signed_in(browser.new_context(timezone_id="Europe/Berlin"), site)
    page.goto(f"{site.url}/rules/new?kind=rhythm")
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Berlin")


def test_a_count_of_what_is_wrong_goes_once_it_is_right(site: Server, browser: Browser) -> None:
    page, _ = signed_in(browser.new_context(), site)
    page.goto(f"{site.url}/rules/new?metric=depth")
    page.get_by_label("Name").fill("too-deep")
    page.get_by_label("Warning").fill("10")
    page.get_by_label("Fires after").fill("soon")
    page.get_by_role("button", name="Add the rule").click()
    expect(page.locator("#problem")).to_have_text("1 field needs another look.")
    page.wait_for_load_state()
    page.get_by_label("Fires after").fill("3m")
    expect(page.locator("#verdict")).to_be_visible()
    expect(page.locator("#problem")).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1360])
def test_no_text_breaks_the_layout(site: Server, browser: Browser, width: int) -> None:
    long = "w" * 190
    with db.write():
        said = {"description": "\u202e" + long, "labels": {"a": long}}
        spec = parse({"metric": long, "statistic": "max", "warning": 1, **said})
        stored_rules.put("wide", spec, long, utcnow())
        Silence.create(
            matchers=[["operation", "=", long]], starts_at=0, ends_at=utcnow() + HOUR_MS, author=long,
            reason=long * 5, created_at=0,
        )  # fmt: skip
    page, faults = signed_in(browser.new_context(viewport={"width": width, "height": 900}), site)
    for path in (
        "/rules",
        "/rules/wide",
        "/rules/new?kind=burn_rate",
        "/maintenance",
        "/maintenance?form=window",
    ):
        page.goto(site.url + path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
    assert without_refusals(faults) == []
