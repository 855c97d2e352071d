"""What every page offers beside its content: keys, help, search, sound, a wall screen, one connection for all."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from gamepilot_mon import custom_alert, db
from gamepilot_mon.clock import utcnow
from gamepilot_mon.custom_alert import CustomAlert
from gamepilot_mon.settings import Settings
from tests.browser.site import Site, running_site
from tests.processes import eventually


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Settings]]:
    folder: Path = tmp_path_factory.mktemp("habits")
    with running_site(folder) as site:
        settings = Settings.from_env(
            {"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{folder}/mon.db"}, dotenv=None
        )
        db.open_database(settings.database_url)
        yield site, settings
        db.database.close()


@pytest.fixture(scope="module")
def context(opened: tuple[Site, Settings], opened_browser: Browser) -> Iterator[BrowserContext]:
    made = opened_browser.new_context(base_url=opened[0].url)
    page = made.new_page()
    page.goto(opened[0].link())
    page.close()
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    made = context.new_page()
    made.goto("/")
    live(made)
    yield made
    made.close()


def live(page: Page) -> None:
    expect(page.locator("#connection")).to_have_text("Live")


def alarm(settings: Settings, message: str) -> None:
    with db.write():
        custom_alert.raise_alert(
            settings, CustomAlert(type="habits", severity="critical", message=message), utcnow()
        )


def test_a_question_mark_lists_the_keys_and_escape_closes_them(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    expect(page.locator("#help")).to_contain_text("Overview")
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()


def test_what_is_asked_for_at_the_same_time_comes_one_after_the_other(page: Page) -> None:
    both = """async () => {
      const { refreshed } = await import("/static/js/shell.js");
      return Promise.all([refreshed(["status"]), refreshed(["checks"])]);
    }"""
    assert page.evaluate(both) == [True, True]


def chord(page: Page, *pressed: str) -> None:
    """In one go: the second must come within a second and a half."""
    press = "(key) => document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))"
    page.evaluate(f"keys => keys.forEach({press})", list(pressed))


def test_g_and_a_letter_go_to_a_page(page: Page) -> None:
    page.goto("/search")
    page.locator("h1").click()
    chord(page, "g", "o")
    expect(page).to_have_url("/")


def test_keys_do_nothing_while_somebody_types(page: Page) -> None:
    page.goto("/search")
    page.locator("#q").press("?")
    page.locator("#q").press("/")
    expect(page.locator("#q")).to_have_value("?/")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_slash_searches_as_one_types_and_arrows_move(page: Page, opened: tuple[Site, Settings]) -> None:
    alarm(opened[1], "the disk of the north shop is full")
    page.keyboard.press("/")
    page.keyboard.type("north disk")
    said = "the disk of the north shop is full"
    found = page.locator("#search-found a[href^='/alerts/']", has_text=said)
    expect(found).to_be_visible()
    expect(page.locator("#search-found a[href^='/incidents/']", has_text=said)).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(found).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#search")).to_be_hidden()


def test_a_later_answer_leaves_the_place_in_the_list(page: Page, opened: tuple[Site, Settings]) -> None:
    alarm(opened[1], "the disk of the south shop is full")
    page.keyboard.press("/")
    page.keyboard.type("south")
    found = page.locator("#search-found a").first
    expect(found).to_be_visible()
    late: list[Route] = []
    page.route("**/search?q=south+disk", lambda route: late.append(route))
    page.keyboard.type(" disk")
    eventually(lambda: page.evaluate("true") and late, what="the second question")
    page.keyboard.press("ArrowDown")
    expect(found).to_be_focused()
    found.evaluate("(link) => { link.dataset.old = 'yes'; }")
    with page.expect_response("**/search?q=south+disk"):
        late[0].continue_()
    expect(page.locator("#search-found [data-old]")).to_have_count(0)
    expect(found).to_be_focused()
    page.keyboard.press("Escape")


def test_search_is_a_page_of_its_own_too(page: Page) -> None:
    page.goto("/search?q=overv")
    expect(page.locator("#found")).to_contain_text("Overview")


def test_sound_is_off_until_it_is_asked_for_and_then_remembered(page: Page) -> None:
    page.locator("#tools summary").click()
    button = page.locator("#sound-toggle")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.evaluate("localStorage.removeItem('sound')")


def test_a_wall_screen_shows_the_page_alone_until_escape(page: Page) -> None:
    page.goto("/?kiosk=on")
    expect(page.locator(".site-nav")).to_be_hidden()
    expect(page.locator("#status")).to_be_visible()
    live(page)
    page.keyboard.press("Escape")
    expect(page).to_have_url("/")
    expect(page.locator(".site-nav")).to_be_visible()


def streams(site: Site, page: Page) -> int:
    answer = page.request.get(f"{site.url}/api/realtime/clients").json()
    return len(answer["data"]["clients"])


def test_pages_share_one_connection_and_the_next_one_takes_it_over(
    context: BrowserContext, opened: tuple[Site, Settings]
) -> None:
    site, settings = opened
    first, second, third = (context.new_page() for _ in range(3))
    for each in (first, second, third):
        each.goto("/")
        live(each)
    eventually(lambda: streams(site, first) == 1, what="one stream")
    alarm(settings, "seen by three")
    for each in (first, second, third):
        expect(each.locator("#alerts-open")).to_contain_text("seen by three")
    first.close()
    alarm(settings, "seen by two")
    for each in (second, third):
        expect(each.locator("#alerts-open")).to_contain_text("seen by two")
    eventually(lambda: streams(site, second) == 1, what="one stream")
    second.close()
    third.close()


def test_the_count_of_open_alerts_is_in_the_title_of_every_page(
    context: BrowserContext, opened: tuple[Site, Settings]
) -> None:
    page = context.new_page()
    page.goto("/search")
    live(page)
    alarm(opened[1], "counted")
    count = len(page.request.get("/api/v1/alerts?open=true").json()["data"])
    expect(page).to_have_title(f"({count}) Critical · Search · GamePilot Monitor")
    page.close()
