"""Every page that links lead to, as each role: with and without JavaScript, both themes, a phone, and axe-core."""

import html
import re
from collections.abc import Callable, Iterator
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page

from gamepilot_mon import custom_alert, db
from gamepilot_mon.auth import passwords, tokens, users
from gamepilot_mon.clock import utcnow
from gamepilot_mon.custom_alert import CustomAlert
from gamepilot_mon.settings import Settings
from tests import npm
from tests.browser.site import Site, running_site, watched
from tests.processes import eventually

PASSWORD = "four unrelated plain words"
ROLES = ("viewer", "operator", "admin")
EACH = 1  # page of a kind that is visited: one alert stands for all
# Files, what is no page, and the addresses of rows that a script fills in.
SKIPPED = re.compile(
    r"/(sign-in|sign-out|api/|static/|acknowledge/)|\.(csv|json)\b|format=csv|kiosk=|[{]|%7B"
)
HOSTILE = (
    "<script>document.title='taken'</script><img src=x onerror=alert(1)>",
    "\u202eright to left\u202c \u2066isolated",
    "Z\u0351\u036b\u0343a\u0363\u0350l\u0350g\u0361o\u0363 " * 20,
    "w" * 10_000,
    "{{7*7}} ${7*7} <!channel> ' \" ; --",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With events, errors and alerts whose texts mean harm, and a user of each role."""
    folder = tmp_path_factory.mktemp("every")
    with running_site(folder) as opened:
        db.open_database(f"sqlite:///{folder}/mon.db")
        settings = Settings.from_env(
            {"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{folder}/mon.db"}, dotenv=None
        )
        token = people()
        tell(opened, token)
        alarm(settings)
        yield opened
        db.database.close()


def people() -> str:
    """A user of each role, and a token that may send events."""
    now = utcnow()
    hashed = passwords.hash_of(PASSWORD)
    with db.write():
        for role in ROLES:
            users.add(role, role, now, password_hash=hashed)
        return tokens.create("ingest", "walk", now)


def alarm(settings: Settings) -> None:
    for text in HOSTILE:
        wanted = CustomAlert(type="walk", severity="critical", message=text[:2000])
        with db.write():
            custom_alert.raise_alert(settings, wanted, utcnow())


def tell(site: Site, token: str) -> None:
    events = [event for text in HOSTILE for event in told(text[:60])]
    answer = requests.post(
        f"{site.url}/api/v1/events",
        json={"events": events},
        timeout=10,
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.json()["rejected"] == []
    eventually(
        lambda: db.database.execute_sql("SELECT count(*) FROM error_group").fetchone()[0] > 0,
        within_s=60, what="groups",
    )  # fmt: skip


def told(text: str) -> list[dict[str, object]]:
    return [
        {"kind": "operation", "operation": text, "duration_ms": 120, "success": True},
        {"kind": "error", "operation": text, "error": text, "severity": "error", "stack_trace": text},
        {"kind": "query", "statement": text, "duration_ms": 4000},
        {"kind": "mood_selection", "user_id": text, "primary_mood": text, "intensity": 0.5},
        {"kind": "user_action", "user_id": text, "type": text, "game_id": text},
        {"kind": "recommendation", "user_id": text, "mood_context": text, "recommended_games": [text]},
        {"kind": "learning", "metric_type": text, "value": 0.5, "period": "day"},
        {"kind": "deploy", "version": text},
        {"kind": "metric", "name": "depth", "value": 3, "labels": {"queue": text}},
    ]


def signed_in(browser: Browser, site: Site, role: str, **options: object) -> BrowserContext:
    context = browser.new_context(**options)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{site.url}/sign-in")
    page.fill("[name=username]", role)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site.url}/")
    page.close()
    return context


def kind(path: str) -> str:
    """Pages that differ in a number or in a query are of one kind."""
    return re.sub(r"\d+", "N", urlsplit(path).path)


def paths(context: BrowserContext, site: Site) -> list[str]:
    """What can be reached by links from the overview, a few of each kind, in the order found."""
    found, waiting, seen = ["/"], ["/"], {"/": 1}
    while waiting:
        answer = context.request.get(site.url + waiting.pop(0))
        assert answer.ok, f"{answer.status} {answer.url}"
        for path in links(answer.text(), site):
            seen[kind(path)] = seen.get(kind(path), 0) + 1
            if path not in found and seen[kind(path)] <= EACH:
                found.append(path)
                waiting.append(path)
    return found


def links(page: str, site: Site) -> list[str]:
    hrefs = [html.unescape(href).split("#")[0] for href in re.findall(r'<a\b[^>]*?\bhref="([^"]+)', page)]
    inside = [urljoin(site.url + "/", href).removeprefix(site.url) for href in hrefs if href]
    return [path for path in inside if path.startswith("/") and not SKIPPED.search(path)]


def walk(
    page: Page, faults: list[str], site: Site, reachable: list[str], look: Callable[[Page], list[str]]
) -> dict[str, list[str]]:
    """By page, what is wrong with it; `look` returns what it does not like."""
    wrong: dict[str, list[str]] = {}
    for path in reachable:
        faults.clear()
        answer = page.goto(site.url + path)
        assert answer is not None
        problems = [f"status {answer.status}"] if answer.status >= 400 else []
        problems += [*look(page), *faults]
        if problems:
            wrong[path] = problems
    return wrong


RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = f"""async () => (await axe.run(document, {{runOnly: {RULES}}})).violations.map((each) =>
  `${{each.id}}: ${{each.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}}`)"""
FITS = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
  [...document.querySelectorAll("main *")].filter((each) => each.getBoundingClientRect().right > window.innerWidth + 1)
    .slice(-2).map((each) => `too wide: ${each.outerHTML.slice(0, 120)}`)"""
LOOKS = (("light", 1360), ("dark", 390))


def taken(page: Page) -> list[str]:
    return ["a script of a message ran"] if page.title() == "taken" else []


def audited(page: Page) -> list[str]:
    """What does not fit, and what axe-core finds, on a desktop in light and on a phone in the dark."""
    found = []
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        texts = [text for script in (FITS, AXE) for text in page.evaluate(script)]
        found += [f"{scheme} {width}: {text}" for text in texts]
    return found


def axe() -> str:
    return (npm.installed("axe-core@4.14.1") / "node_modules/axe-core/axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("role", ROLES)
def test_no_link_leads_to_what_the_role_may_not_see(site: Site, browser: Browser, role: str) -> None:
    context = signed_in(browser, site, role)
    reached = {kind(path) for path in paths(context, site)}  # each is asked for, and must answer
    assert {"/alerts/N", "/incidents/N", "/errors/N"} < reached


@pytest.mark.parametrize(
    ("role", "scripts"), [("viewer", True), ("admin", False)], ids=["viewer with scripts", "admin without"]
)
def test_nothing_goes_wrong_on_any_page(site: Site, browser: Browser, role: str, scripts: bool) -> None:
    context = signed_in(browser, site, role, java_script_enabled=scripts)
    page, faults = watched(context, site)
    look = taken if scripts else lambda _: []
    assert walk(page, faults, site, paths(context, site), look) == {}


def test_every_page_works_and_fits_and_is_accessible(site: Site, browser: Browser) -> None:
    """As an admin, who sees most."""
    context = signed_in(browser, site, "admin", reduced_motion="reduce")
    context.add_init_script(axe())
    page, faults = watched(context, site)
    assert walk(page, faults, site, paths(context, site), lambda page: [*taken(page), *audited(page)]) == {}
