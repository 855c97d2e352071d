"""/performance by a real app and store: figures, charts in words and as tables, operations, files, roles."""

import csv
import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from gamepilot_mon import db, rollups
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS, iso, utcnow
from gamepilot_mon.sources import intake
from gamepilot_mon.sources.intake import Row
from tests.browser import measured
from tests.serving import Server

HOSTILE = "</th><script>alert(1)</script>\u202e " + "z" * 1_500


class Text(HTMLParser):
    """The words of a page, and the parts of it that have an id."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(html: str) -> tuple[str, list[str]]:
    parser = Text()
    parser.feed(html)
    return " ".join(" ".join(parser.words).split()), parser.ids


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("performance")).start()
    server.open_store()
    measured.write(utcnow())
    yield server
    db.database.close()
    server.stop()


def page(site: Server, path: str, status: int = 200) -> str:
    answer = site.get(path, "viewer", headers={"Accept": "text/html"})
    assert answer.status_code == status, answer.text
    return answer.text


def test_it_shows_figures_beside_yesterday(site: Server) -> None:
    text, ids = read(page(site, "/performance?span=6h"))
    assert "key-figures" in ids
    assert re.search(r"Operations 4,\d\d\d .* changed yesterday 4,\d\d\d", text)
    assert re.search(r"Success ratio 9\d\.\d\d%", text)


def test_it_compares_with_nothing_when_asked(site: Server) -> None:
    html = page(site, "/performance?span=6h&compare=none")
    text, _ = read(html)
    assert "worse" not in text and "no earlier value" not in text and '"compare":[' not in html
    assert "Change" not in text


def test_each_chart_has_its_summary_and_its_table(site: Server) -> None:
    html = page(site, "/performance?span=6h")
    text, ids = read(html)
    for name in ("throughput", "durations", "success", "errors"):
        assert {name, f"{name}-summary", f"{name}-data"} <= set(ids)
    # The last step may have just begun, with any value, and then no trend is told.
    assert re.search(r"p95: from \d+ ms to [\d.]+ m?s, last [\d.]+ m?s(, \w+)?\.", text)
    assert "Warning when the mean is above 1.00 s." in text and "Critical below 90.00%." in text
    table = html[html.index('id="durations-data"') :]
    table = table[: table.index("</table>")]
    assert table.count("<tr>") > 50 and table.count('<th scope="col" class="num">') == 6
    assert "—" in table, "the gap is shown as one"


def test_each_line_is_to_be_had_as_csv(site: Server) -> None:
    html = page(site, "/performance?span=6h")
    sources = re.findall(r'href="(/api/v1/metrics\?[^"]+format=csv)"', html)
    assert len(sources) == 6
    for source in sources:
        answer = site.get(source.replace("&amp;", "&"), "viewer")
        assert answer.status_code == 200 and len(answer.text.splitlines()) > 50, source


def test_it_tells_what_happened_and_what_a_deploy_made_slower(site: Server) -> None:
    text, _ = read(page(site, "/performance?span=6h"))
    assert "Slow responses: recommendation" in text and "ada: responseTime/warning" in text
    assert re.search(r"Version 2026\.11\.4 .* recommendation slower ×1\.\d\d", text)


def test_what_happened_leads_to_the_page_of_each(site: Server) -> None:
    html = page(site, "/performance?span=6h")
    happened = html[html.index('id="happened"') :]
    links = re.findall(r'<a href="(/(?:alerts/\d+|config-versions\?[^"]+))">', happened)
    assert {link.split("/")[1].split("?")[0] for link in links} == {"alerts", "config-versions"}
    for link in links:
        assert site.get(link.replace("&amp;", "&"), "viewer").status_code == 200, link


def test_it_lists_operations_in_the_order_asked_for(site: Server) -> None:
    html = page(site, "/performance?span=6h&sort=mean")
    names = re.findall(
        r'class="name-cell"><a href="[^"]+">([^<]+)</a>', html[html.index('id="operations"') :]
    )
    assert names == ["GET /games//search", "mood_selection", "persona_update", "recommendation"]
    assert 'aria-sort="ascending"' in html and "sort=-mean" in html
    filtered, _ = read(page(site, "/performance?q=nothing-like-it"))
    assert "No operation of this time has “nothing-like-it” in its name." in filtered


def test_every_link_of_the_page_leads_somewhere(site: Server) -> None:
    html = page(site, "/performance?span=1h&q=o&sort=-p95")
    links = set(re.findall(r'href="(/performance[^"#]*)', html))
    assert len(links) > 20
    for link in links:
        assert site.get(link.replace("&amp;", "&"), "viewer").status_code == 200, link


def test_an_operation_has_a_page_of_its_own_whatever_its_name(site: Server) -> None:
    for name in measured.USUAL_MS:
        text, ids = read(page(site, f"/performance/{quote(name, safe='')}?span=6h"))
        assert name in text and "durations" in ids, name
    page(site, "/performance/never-heard-of", 404)


def test_it_keeps_hostile_names_inert(site: Server) -> None:
    at = utcnow() - MINUTE_MS
    with db.write():
        intake.insert([
            Row(None, "operation", at, at, HOSTILE, 5.0, True, None, None, None),
            Row(None, "query", at, at, f"SELECT {HOSTILE}", 5_000.0, None, None, None, None),
            Row(None, "deploy", at, at, HOSTILE, None, None, None, None, None),
        ])  # fmt: skip
    while rollups.pending():
        with db.write():
            rollups.fold(1_000, utcnow())
    for path in ("/performance?span=1h", f"/performance/{quote(HOSTILE, safe='')}?span=1h"):
        html = page(site, path)
        assert "<script>alert" not in html and "zzzz" in html
    for name in ("q", "from", "compare", "sort", "page"):
        page(site, f"/performance?{name}={quote(HOSTILE)}", 422 if name in ("from", "compare") else 200)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=2026-13-01T00:00", "not a date and time that exists"),
        ("from=2026-01-02T00:00&to=2026-01-01T00:00", "must be ten seconds or more before the end"),
        ("span=5w", "must be one of 15m"),
        ("compare=tomorrow", "must be one of none"),
    ],
)
def test_it_says_at_the_field_what_is_wrong_with_the_time(site: Server, query: str, said: str) -> None:
    text, ids = read(page(site, f"/performance?{query}", 422))
    assert said in text and "throughput" in ids


def test_it_answers_for_any_time_that_is_kept(site: Server) -> None:
    now = utcnow()
    page(site, "/performance?span=1y&compare=last-week")
    page(site, f"/performance?from={iso(now - 60 * DAY_MS)}&to={iso(now - 59 * DAY_MS)}")
    empty, _ = read(page(site, f"/performance?from={iso(now - 9 * DAY_MS)}&to={iso(now - 8 * DAY_MS)}"))
    assert (
        "Nothing was measured in this time." in empty and "No operation was reported in this time." in empty
    )


def test_its_tables_are_files_too(site: Server) -> None:
    answer = site.get("/performance?span=6h&sort=-mean&q=o&format=csv", "viewer")
    found = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["operation"] for row in found][:1] == ["recommendation"]
    assert float(found[0]["change"]) > 0
    statements = site.get("/performance?span=6h&format=csv&table=statements", "viewer")
    assert "SELECT id, title FROM games WHERE mood = ?" in statements.text


def test_only_who_may_read_sees_it(site: Server) -> None:
    assert site.get("/performance", "ingest").status_code == 403
    assert site.get("/performance/recommendation").status_code == 401


def test_a_time_that_is_over_is_not_asked_for_again(site: Server) -> None:
    now = utcnow()
    html = page(site, f"/performance?from={iso(now - 2 * HOUR_MS)}&to={iso(now - HOUR_MS)}")
    assert 'data-live="performance:update"' not in html
    assert 'data-live="performance:update"' in page(site, "/performance?span=1h")
