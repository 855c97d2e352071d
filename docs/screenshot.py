"""Take the picture of the README from a running demo: `python docs/screenshot.py SIGN_IN_LINK`."""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

TARGET = Path(__file__).parent / "images" / "overview.png"


def main(link: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1360, "height": 1500})
        page.goto(link)
        page.wait_for_timeout(5000)  # let a few live updates draw the small trends
        page.screenshot(path=TARGET)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
