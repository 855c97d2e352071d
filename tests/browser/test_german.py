"""The overview for who reads German: as the server gives it, and as events change it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from gamepilot_mon import custom_alert, db
from gamepilot_mon.clock import utcnow
from gamepilot_mon.custom_alert import CustomAlert
from gamepilot_mon.settings import Settings
from tests.browser.site import running_site, watched


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env({"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/mon.db"}, dotenv=None)


@pytest.fixture
def page(tmp_path: Path, settings: Settings, browser: Browser) -> Iterator[Page]:
    with running_site(tmp_path) as site:
        opened, faults = watched(browser.new_context(locale="de-DE"), site)
        opened.goto(site.link())
        db.open_database(settings.database_url)
        yield opened
        db.database.close()
        assert faults == []


def raised(settings: Settings, message: str) -> None:
    with db.write():
        custom_alert.raise_alert(
            settings, CustomAlert(type="shop", severity="critical", message=message), utcnow()
        )


def test_the_overview_is_german_and_stays_so_when_it_is_updated(page: Page, settings: Settings) -> None:
    expect(page.locator("#performance-title")).to_have_text("Leistung")
    expect(page.locator("#status-summary")).to_have_text("Keine Alarme offen")
    expect(page.locator("#connection")).to_have_text("Live")
    expect(page.locator("#age")).to_contain_text("Daten")
    expect(page.locator("#theme-toggle .theme-word")).to_have_text("Farben: System")
    page.evaluate("document.documentElement.dataset.asOpened = ''")
    raised(settings, "Das Regal ist leer")
    alert = page.locator("#alerts-open .alert", has_text="Das Regal ist leer")
    expect(alert.locator(".badge-word")).to_have_text("Kritisch")
    expect(alert.locator(".alert-status")).to_have_text("ausgelöst")
    expect(alert).to_contain_text("gerade eben")
    expect(page.locator("#status-summary")).to_have_text("1 Alarm ist offen, 1 kritisch")
    expect(page.locator("#announcer")).to_have_text("Kritischer Alarm: Shop. Das Regal ist leer")
    assert page.evaluate("'asOpened' in document.documentElement.dataset")
