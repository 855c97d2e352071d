"""Charts in a real Chromium: drawn under the strict policy, one cursor, zoom by the address, keys, themes, files."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from gamepilot_mon import db, feed, rollups
from gamepilot_mon.auth import sign_in_links
from gamepilot_mon.clock import utcnow
from gamepilot_mon.sources import intake
from gamepilot_mon.sources.intake import Row
from tests.browser import measured
from tests.serving import Server

CHARTS = ("throughput", "durations", "success", "errors")
BROKEN = (
    "addEventListener('securitypolicyviolation', (event) => console.error('CSP ' + event.violatedDirective))"
)


@pytest.fixture(scope="module")
def site(server_of_module: Server) -> Iterator[Server]:
    server_of_module.open_store()
    measured.write(utcnow())
    yield server_of_module
    db.database.close()


@pytest.fixture(scope="module")
def signed_in(site: Server, opened_browser: Browser) -> Any:
    with db.write():
        secret = sign_in_links.create(utcnow())
    context = opened_browser.new_context()
    context.new_page().goto(f"{site.url}/sign-in/link/{secret}")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def faults() -> list[str]:
    return []


@pytest.fixture
def context(
    browser: Browser, signed_in: Any, request: pytest.FixtureRequest
) -> Iterator[BrowserContext]:  # fmt: skip
    options = {"viewport": {"width": 1360, "height": 900}, **getattr(request, "param", {})}
    opened = browser.new_context(storage_state=signed_in, **options)
    opened.add_init_script(BROKEN)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, site: Server, faults: list[str]) -> Iterator[Page]:
    """The page with its charts drawn; what goes wrong on it fails the test."""
    opened = context.new_page()
    opened.on("console", lambda m: faults.append(m.text) if m.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "request", lambda r: None if r.url.startswith((site.url, "data:", "blob:")) else faults.append(r.url)
    )
    opened.goto(f"{site.url}/performance?span=6h")
    yield opened
    assert faults == []


def drawn(page: Page) -> None:
    expect(page.locator("figure.chart canvas")).to_have_count(len(CHARTS))


def plot(page: Page, name: str) -> Locator:
    return page.locator(f"#{name}-plot .u-over")


def middle(page: Page, name: str) -> tuple[float, float]:
    plot(page, name).scroll_into_view_if_needed()
    box = plot(page, name).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def readings(page: Page) -> list[str]:
    return page.locator(".chart-at").all_text_contents()


def asked(page: Page) -> dict[str, str]:
    return {name: value for name, [value] in parse_qs(urlsplit(page.url).query).items()}


@pytest.mark.parametrize(
    "context",
    [
        {"color_scheme": "light"},
        {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}},
        {"reduced_motion": "reduce", "device_scale_factor": 2},
    ],
    indirect=True,
    ids=["light", "dark phone", "reduced motion"],
)
def test_it_draws_every_chart_without_a_word_on_the_console(page: Page) -> None:
    drawn(page)
    for name in CHARTS:
        assert page.evaluate(f"document.querySelector('#{name} canvas').width") > 200
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_one_cursor_reads_all_charts(page: Page) -> None:
    drawn(page)
    before = page.locator("#durations [data-value-of='1']").text_content()
    page.mouse.move(*middle(page, "throughput"))
    expect(page.locator("#errors .chart-at")).not_to_be_empty()
    assert len(set(readings(page))) == 1
    assert page.locator("#durations [data-value-of='1']").text_content() != before


def test_a_drag_zooms_by_the_address_and_back_takes_it_back(page: Page) -> None:
    drawn(page)
    page.evaluate("window.stayed = true")
    summary = page.locator("#durations-summary").text_content()
    x, y = middle(page, "durations")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y, steps=4)
    page.mouse.move(x + 80, y, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"from=.*&to="))
    expect(page.locator("#durations-summary")).not_to_have_text(summary or "")
    since, until = (datetime.fromisoformat(asked(page)[name]) for name in ("from", "to"))
    assert 30 < (until - since).total_seconds() / 60 < 120
    expect(page.locator("#durations[data-live]")).to_have_count(0)
    assert page.evaluate("window.stayed"), "the page was not left"
    drawn(page)
    page.go_back()
    expect(page.locator("#durations-summary")).to_have_text(summary or "")
    expect(page.locator("#durations[data-live]")).to_have_count(1)
    assert page.evaluate("window.stayed")


def test_the_keys_move_the_cursor_and_say_what_is_there(page: Page) -> None:
    drawn(page)
    page.locator("#durations-plot").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#announcer")).to_contain_text(re.compile(r"p50 [\d.]+ m?s, p95 [\d.]+ m?s, p99"))
    last = readings(page)
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator("#errors .chart-at")).not_to_have_text(last[3])
    assert len(set(readings(page))) == 1
    page.keyboard.press("Home")
    first = readings(page)
    page.keyboard.press("ArrowLeft")
    assert readings(page) == first
    page.keyboard.press("Escape")
    expect(page.locator("#errors .chart-at")).to_be_empty()


@pytest.mark.parametrize("context", [{"locale": "de-DE"}], indirect=True, ids=["German"])
def test_the_keys_say_it_in_the_language_of_the_page(page: Page) -> None:
    drawn(page)
    page.locator("#throughput-plot").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#announcer")).to_contain_text(re.compile(r"Vorgänge [\d.,]+/s"))
    expect(page.locator("#throughput-data thead")).to_contain_text("Vorgänge, gestern, ")


def test_the_keys_zoom_too(page: Page) -> None:
    drawn(page)
    page.locator("#success-plot").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile(r"from=.*&to="))
    longer = page.locator("#span [data-span-step=minus]")
    expect(longer).to_have_attribute("href", re.compile("from="))
    shorter = page.url
    page.keyboard.press("-")
    expect(page).not_to_have_url(shorter)
    expect(page).to_have_url(re.compile(r"from=.*&to="))
    drawn(page)


COLOURED = """
(name) => {
  const drawn = document.querySelector("#durations canvas");
  const canvas = Object.assign(document.createElement("canvas"), { width: drawn.width, height: drawn.height });
  const ctx = canvas.getContext("2d", { willReadFrequently: true });
  ctx.drawImage(drawn, 0, 0);
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = `var(${name})`;
  const wanted = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
  probe.remove();
  const { data } = ctx.getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] > 200 && [0, 1, 2].every((part) => Math.abs(data[at + part] - wanted[part]) < 12)) found += 1;
  }
  return found;
}
"""


def test_another_theme_is_drawn_in_its_own_colours(page: Page) -> None:
    drawn(page)
    page.locator("#tools summary").click()
    for theme in ("light", "dark"):
        page.get_by_role("button", name=re.compile("Theme")).click()
        expect(page.locator(f"html[data-theme='{theme}']")).to_have_count(1)
        for name in ("--series-1", "--series-2", "--series-3", "--warning-edge"):
            page.wait_for_function(f"name => ({COLOURED})(name) > 15", arg=name, timeout=5_000)


def test_it_marks_what_happened_and_tells_it_at_the_mark(page: Page) -> None:
    drawn(page)
    marks = page.locator("#durations .chart-mark")
    assert marks.count() >= 2
    marks.last.scroll_into_view_if_needed()
    marks.last.hover()
    expect(page.locator("#durations .chart-tip")).to_contain_text("Slow responses: recommendation")


def test_the_mark_of_an_alert_leads_to_its_page(page: Page, site: Server) -> None:
    page.goto(f"{site.url}/performance?span=1h")  # where it stands alone
    drawn(page)
    mark = page.locator("#durations a.chart-mark[href^='/alerts/']").last
    mark.scroll_into_view_if_needed()
    address = str(mark.get_attribute("href"))
    mark.click()
    expect(page).to_have_url(re.compile(f"{address}$"))
    expect(page.locator("#alert-head")).to_contain_text("Slow responses: recommendation")


def test_a_chart_is_saved_as_a_picture_and_as_a_table(page: Page, tmp_path: Path) -> None:
    drawn(page)
    with page.expect_download() as picture:
        page.locator("#durations [data-chart-file=png]").click()
    picture.value.save_as(tmp_path / "chart.png")
    assert (tmp_path / "chart.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert picture.value.suggested_filename.startswith("durations-")
    with page.expect_download() as table:
        page.locator("#durations [data-chart-file=csv]").click()
    table.value.save_as(tmp_path / "chart.csv")
    head, *rows = (tmp_path / "chart.csv").read_text().splitlines()
    assert head == "time,p50,p50 (yesterday),p95,p95 (yesterday),p99,p99 (yesterday)"
    assert len(rows) == page.locator("#durations-data tbody tr").count()


def report(site: Server) -> None:
    """Ten slow operations of this moment, and the feed's word that there are newer figures."""
    now = utcnow()
    with db.write():
        intake.insert([
            Row(None, "operation", now - number, now, "recommendation", 4_000.0, True, None, None, None)
            for number in range(10)
        ])  # fmt: skip
    while rollups.pending():
        with db.write():
            rollups.fold(1_000, now)
    with db.write():
        feed.append("performance:update", {"operations": {}, "summary": {}, "slowQueries": []}, now)


def test_newer_values_are_drawn_into_the_same_chart(page: Page, site: Server) -> None:
    drawn(page)
    page.evaluate("document.querySelector('#durations canvas').first = true")
    before = page.locator("#durations").get_attribute("data-points")
    report(site)
    expect(page.locator("#durations-summary")).to_contain_text(re.compile(r"last [34]\.\d\d s"))
    expect(page.locator("#durations [data-value-of='2']")).to_have_text(re.compile(r"[34]\.\d\d s"))
    assert page.locator("#durations").get_attribute("data-points") != before
    assert page.evaluate("document.querySelector('#durations canvas').first")
    drawn(page)


def test_the_first_values_of_an_empty_page_are_drawn(
    browser: Browser, serve: Callable[..., Server]
) -> None:  # fmt: skip
    own = serve()
    own.open_store()
    with db.write():
        secret = sign_in_links.create(utcnow())
    page = browser.new_page()
    page.goto(f"{own.url}/sign-in/link/{secret}")
    page.goto(f"{own.url}/performance?span=15m")
    expect(page.get_by_text("Nothing was measured in this time.")).to_have_count(len(CHARTS))
    expect(page.locator("#durations canvas")).to_be_hidden()
    report(own)
    expect(page.locator("#durations canvas")).to_be_visible()
    page.wait_for_function("document.querySelector('#durations canvas').width > 200")
    page.close()
    db.database.close()


MANY_UPDATES = """
async (times) => {
  const figure = document.querySelector("#durations");
  const { refreshed } = await import("/static/js/shell.js");
  for (let number = 0; number < times; number += 1) {
    const points = JSON.parse(figure.dataset.points);
    points.lines[0].values[points.times.length - 1] = number;
    figure.dataset.points = JSON.stringify(points);
    await refreshed([]);
  }
}
"""


@pytest.mark.endurance
def test_hours_of_updates_leave_nothing_behind(page: Page, context: BrowserContext) -> None:
    drawn(page)
    session = context.new_cdp_session(page)
    session.send("Performance.enable")

    def held() -> dict[str, float]:
        session.send("HeapProfiler.collectGarbage")
        found = session.send("Performance.getMetrics")["metrics"]
        return {one["name"]: one["value"] for one in found}

    page.evaluate(MANY_UPDATES, 5)
    before = held()
    page.evaluate(MANY_UPDATES, 60)
    after = held()
    assert after["Nodes"] <= before["Nodes"] + 50
    assert after["JSEventListeners"] <= before["JSEventListeners"] + 5
    assert after["JSHeapUsedSize"] < before["JSHeapUsedSize"] + 1_500_000


def test_it_fits_its_room_when_that_changes(page: Page) -> None:
    drawn(page)
    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_function(
        "[...document.querySelectorAll('.chart-plot')].every((each) => "
        "Math.abs(each.querySelector('.uplot').offsetWidth - each.clientWidth) < 2)"
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("context", [{"timezone_id": "Asia/Tokyo"}], indirect=True, ids=["Tokyo"])
def test_the_fields_are_in_the_zone_of_the_reader(page: Page) -> None:
    drawn(page)
    page.locator("#span-own summary").click()
    expect(page.locator(".span-zone").first).to_have_text("Asia/Tokyo")
    shown = page.locator("#span-to").input_value()
    utc = page.locator("#span-to").get_attribute("data-utc")
    assert (datetime.fromisoformat(shown) - datetime.fromisoformat(utc or "")).total_seconds() == 9 * 3_600
    page.locator(".span-form button").click()
    expect(page).to_have_url(re.compile("from="))
    asked_for = datetime.fromisoformat(asked(page)["to"]).replace(tzinfo=None)
    assert asked_for == datetime.fromisoformat(utc or "")
    drawn(page)


@pytest.mark.parametrize("context", [{"java_script_enabled": False}], indirect=True, ids=["no script"])
def test_it_reads_whole_without_a_script(page: Page) -> None:
    expect(page.locator("#durations-summary")).to_contain_text("p95: from")
    expect(page.locator("#durations-plot")).to_be_hidden()
    page.locator("#durations-data summary").click()
    assert page.locator("#durations-data tbody tr").count() > 50
    page.locator("#span-own summary").click()
    page.fill("#span-from", "2026-01-02T03:04:05")
    page.fill("#span-to", "2026-01-02T05:00:00")
    page.locator(".span-form button").click()
    expect(page).to_have_url(re.compile("from=2026-01-02T03%3A04%3A05&to=2026-01-02T05%3A00$"))
    page.get_by_role("link", name="24 h").click()
    expect(page).to_have_url(re.compile("span=24h"))
    page.get_by_role("link", name="recommendation").last.click()
    expect(page.locator("h1")).to_have_text("recommendation")


@pytest.mark.parametrize("context", [{"color_scheme": "dark"}], indirect=True, ids=["dark"])
def test_a_key_figure_of_the_overview_leads_to_its_chart(page: Page, site: Server) -> None:
    page.goto(f"{site.url}/")
    page.get_by_role("link", name="Mean response").click()
    expect(page).to_have_url(re.compile(r"/performance\?span=1h#durations$"))
    expect(page.locator("#durations canvas")).to_be_visible()


POINTS = """
async () => {
  const points = await import("/static/js/chart_points.js");
  return {
    alone: points.alone([1, null, 2, null, null, 3, 4]),
    gathered: points.gathered([{ at: 1 }, { at: 2 }, { at: 9 }], 5).map((group) => group.marks.length),
    near: points.extent(50, 700, "ms", [{ value: 1000 }, { value: 2000 }]),
    far: points.extent(50, 60, "ms", [{ value: 1000 }]),
    ratio: points.extent(0.99, 1, "ratio", [{ value: 0.95 }, { value: 0.5 }]),
    none: points.extent(null, null, "ms", []),
    csv: points.csv({ times: [0], lines: [{ label: "=1+1", values: [-2.5], compare: [null] }] }, "a,b"),
  };
}
"""


def test_it_reckons_rightly(page: Page) -> None:
    drawn(page)
    found = page.evaluate(POINTS)
    assert found["alone"] == [0, 2] and found["gathered"] == [2, 1]
    assert found["near"] == [0, pytest.approx(1_120)] and found["far"] == [0, pytest.approx(67.2)]
    assert found["ratio"][1] == 1 and 0.93 < found["ratio"][0] < 0.95 and found["none"] == [0, 1]
    assert found["csv"] == "time,'=1+1,\"'=1+1 (a,b)\"\r\n1970-01-01T00:00:00.000Z,-2.5,\r\n"


def test_values_on_their_own_and_gaps_stay_what_they_are(page: Page) -> None:
    """The hours of the fixture hold a gap, which the points have as null and the table as a dash."""
    drawn(page)
    points = page.evaluate("JSON.parse(document.querySelector('#durations').dataset.points)")
    values = points["lines"][0]["values"]
    inside = [
        value
        for at, value in zip(points["times"], values, strict=True)
        if points["to"] - measured.GAP_MS[0] / 1000 + points["step"] < at
        and at + 2 * points["step"] < points["to"] - measured.GAP_MS[1] / 1000
    ]
    assert inside and set(inside) == {None}
