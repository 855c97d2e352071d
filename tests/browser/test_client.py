"""The JavaScript client in a page of another origin, as an app's own pages would carry it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_httpserver import HTTPServer

from gamepilot_mon.models import Event
from tests.processes import eventually
from tests.serving import Server

PAGE = """<!doctype html><title>app</title><script src="{monitor}/static/client/gamepilot-mon.js"></script>
<p id="told"></p><script>
  const monitor = new GamePilotMonitor.Monitor({{ url: '{monitor}', token: '{token}', intervalMs: {interval_ms} }})
  monitor.captureErrors('page')
  monitor.operation('browser-load', 12)
  setTimeout(() => {{ throw new Error('a page broke') }})
</script>"""


def visit(page: Page, app: HTTPServer, server: Server, interval_ms: int) -> None:
    text = PAGE.format(monitor=server.url, token=server.tokens["ingest"], interval_ms=interval_ms)
    app.expect_request("/").respond_with_data(text, content_type="text/html")
    page.goto(app.url_for("/"))


@pytest.mark.browser
def test_an_allowed_page_reports_across_origins(
    serve: Callable[..., Server], browser: Browser, httpserver: HTTPServer
) -> None:
    server = serve(ALLOWED_ORIGINS=httpserver.url_for("").rstrip("/"))
    server.open_store()
    visit(browser.new_page(), httpserver, server, interval_ms=10)
    eventually(lambda: Event.select().count() == 2, what="both events")
    assert {(event.kind, event.name) for event in Event.select()} == {
        ("operation", "browser-load"),
        ("error", "page"),
    }


@pytest.mark.browser
def test_what_waits_is_sent_when_the_page_is_left(
    serve: Callable[..., Server], browser: Browser, httpserver: HTTPServer
) -> None:
    server = serve(ALLOWED_ORIGINS=httpserver.url_for("").rstrip("/"))
    server.open_store()
    page = browser.new_page()
    visit(page, httpserver, server, interval_ms=600_000)
    page.wait_for_function("monitor.stats().waiting === 2")
    page.goto("about:blank")
    eventually(lambda: Event.select().count() == 2, what="both events")


@pytest.mark.browser
def test_a_page_that_is_not_allowed_is_kept_out(
    serve: Callable[..., Server], browser: Browser, httpserver: HTTPServer
) -> None:
    server = serve()
    server.open_store()
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    visit(page, httpserver, server, interval_ms=10)
    page.wait_for_function("monitor.failures > 0")
    expect(page).to_have_title("app")
    assert any("cannot be reached" in text for text in said)
    assert Event.select().count() == 0
