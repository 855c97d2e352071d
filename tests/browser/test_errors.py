"""The list of errors in a real Chromium: what is new arrives by itself, and what was chosen stays chosen."""

from pathlib import Path

import requests
from playwright.sync_api import Browser, expect

from gamepilot_mon import db
from gamepilot_mon.auth import tokens
from gamepilot_mon.clock import utcnow
from tests.browser.site import Site, watched


def ingest_token(folder: Path) -> str:
    db.open_database(f"sqlite:///{folder}/mon.db")
    with db.write():
        token = tokens.create("ingest", "app", utcnow())
    db.database.close()
    return token


def report(site: Site, token: str, operation: str, error: str) -> None:
    event = {"kind": "error", "operation": operation, "error": error}
    answer = requests.post(
        f"{site.url}/api/v1/events",
        json={"events": [event]},
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    assert answer.status_code == 202


def test_a_new_group_arrives_while_others_stay_chosen(site: Site, browser: Browser, tmp_path: Path) -> None:
    token = ingest_token(tmp_path)
    page, faults = watched(browser.new_context(), site)
    page.goto(site.link())
    page.goto(f"{site.url}/errors")
    expect(page.get_by_text("No error was ever reported")).to_be_visible()
    report(site, token, "load_profile", "no such player")
    expect(page.get_by_role("link", name="no such player")).to_be_visible(timeout=20_000)
    page.get_by_label("All on this page").check()
    expect(page.get_by_text("1 chosen")).to_be_visible()
    report(site, token, "save_profile", "disk full")
    expect(page.get_by_role("link", name="disk full")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("1 chosen")).to_be_visible()
    expect(page.get_by_role("checkbox", name="no such player")).to_be_checked()
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("1 group is resolved.")).to_be_visible()
    expect(page.get_by_role("link", name="no such player")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="no such player")).to_be_visible()
    assert faults == []
