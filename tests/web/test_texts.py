"""Every text of a page is in every catalogue, and says what it should with the same values."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader
from jinja2.ext import extract_from_ast

from gamepilot_mon.web import texts
from tests.serving import Server
from tests.web import said_values, said_when_wrong

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
OTHER = sorted(set(texts.NAMES) - {"en"})
VALUE = re.compile(r"%\(\w+\)s|%%")


@pytest.fixture(scope="module")
def environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(ROOT / "templates"), extensions=["jinja2.ext.i18n"], autoescape=True
    )


def said_by_templates(environment: Environment) -> set[str]:
    said: set[str] = set()
    for path in TEMPLATES:
        tree = environment.parse(path.read_text("utf-8"))
        for _, _, message in extract_from_ast(tree, gettext_functions=("_", "_n")):
            said.add(message[0] if isinstance(message, tuple) else message)  # type: ignore[arg-type]
    return {text for text in said if text}


def said_by_scripts() -> set[str]:
    return {text for path in SCRIPTS for text in re.findall(r'\btn?\(\s*"([^"]+)"', path.read_text("utf-8"))}


def forms(text: str | list[str]) -> list[str]:
    return text if isinstance(text, list) else [text]


def values(text: str, other: str | list[str]) -> set[str]:
    """What a text may use: the values of its English; where a number decides, the number too ("once")."""
    return {*VALUE.findall(text), *(["%(num)s"] if isinstance(other, list) else [])}


@pytest.mark.parametrize("language", OTHER)
def test_it_has_every_text(environment: Environment, language: str) -> None:
    said = said_by_templates(environment) | said_by_scripts() | said_values.names(environment)
    assert sorted(said - set(texts.catalogue(language))) == []


@pytest.mark.parametrize("language", OTHER)
def test_it_says_what_is_wrong_with_the_values_in_it(language: str) -> None:
    assert [text for text in said_values.wrong() if texts.said(text, language) == text] == []


@pytest.mark.parametrize("language", OTHER)
def test_it_has_a_line_for_all_that_forms_and_pages_refuse(language: str) -> None:
    assert said_when_wrong.keys() - set(texts.catalogue(language)) == set()


@pytest.mark.parametrize("language", texts.NAMES)
def test_a_text_has_a_place_for_each_of_its_key(language: str) -> None:
    found = texts.catalogue(language).items()
    assert [key for key, text in found for form in forms(text) if form.count("{}") != key.count("{}")] == []


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("Input should be greater than or equal to 5", "de", "muss mindestens 5 sein"),
        ("Input should be greater than or equal to 5", "en", "must be 5 or more"),
        ("line 3: Field required", "en", "line 3: is needed"),
        ("Input should be 'low' or 'high'", "de", "muss 'low' oder 'high' sein"),
        ("line 3: a pattern has at most 100 characters", "de", "Zeile 3: ein Muster hat höchstens 100 Zeichen"),
        ("This alert is resolved already.", "de", "Dieser Alarm ist schon gelöst."),
        ("At most 1,000 characters; these are 1,001.", "de", "Höchstens 1.000 Zeichen; das sind 1.001."),
        ("there is no channel a\nb", "de", "es gibt keinen Kanal a\nb"),
        ("there is no channel {}", "de", "es gibt keinen Kanal {}"),
        ("nobody knows this", "de", "nobody knows this"),
        (": " * 100_000, "de", ": " * 100_000),
    ],
    ids=["value", "plain English", "plain in a place", "two", "nested", "known value", "thousands", "lines", "place",
         "unknown", "long"],
)  # fmt: skip
def test_it_finds_a_text_by_its_places(text: str, language: str, said: str) -> None:
    assert texts.said(text, language) == said


@pytest.mark.parametrize("language", OTHER)
def test_it_keeps_the_values_of_a_text(language: str) -> None:
    wrong = [
        text
        for text, other in texts.catalogue(language).items()
        if any(set(VALUE.findall(form)) - values(text, other) for form in forms(other))
    ]
    assert wrong == []


def test_it_speaks_as_the_browser_asks(server: Server) -> None:
    page = server.get("/", role="viewer", headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}).text
    assert '<html lang="de"' in page
    assert "Übersicht" in page


def test_every_place_opens_in_every_language(server: Server) -> None:
    places = re.findall(r'<a href="(/[^"]*)" data-jump=', server.get("/", role="admin").text)
    assert places
    for language in OTHER:
        pages = {
            place: server.get(place, role="admin", headers={"Accept-Language": language}) for place in places
        }
        assert {place for place, page in pages.items() if page.status_code != 200} == set()
        assert {
            place for place, page in pages.items() if f'<html lang="{language}"' not in page.text
        } == set()


def test_what_went_wrong_is_said_in_the_language_of_the_page(server: Server) -> None:
    page = server.get("/nowhere", role="viewer", headers={"Accept": "text/html", "Accept-Language": "de"})
    assert page.status_code == 404
    assert "Nicht gefunden" in page.text
    assert "Unter dieser Adresse gibt es nichts." in page.text


@pytest.mark.parametrize(
    ("asked", "language"),
    [("fr", "en"), ("en-GB,de;q=0.5", "en"), ("*", "en"), ("", "en"), ("x" * 5000, "en")],
    ids=["unknown", "english first", "any", "nothing", "nonsense"],
)
def test_it_speaks_english_else(server: Server, asked: str, language: str) -> None:
    page = server.get("/sign-in", headers={"Accept-Language": asked}).text
    assert f'<html lang="{language}"' in page


def test_what_was_chosen_is_remembered(server: Server) -> None:
    answer = server.post(
        "/language",
        role="viewer",
        data={"language": "de", "next": "/search?q=x"},
        headers={"Accept-Language": "en"},
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/search?q=x")
    page = server.get("/sign-in", cookies={"language": answer.cookies["language"]}).text
    assert '<html lang="de"' in page


def test_the_page_for_when_the_site_is_away_is_in_the_language_too(server: Server) -> None:
    answer = server.get("/offline", headers={"Accept-Language": "de"})
    assert '<html lang="de">' in answer.text and "Der Monitor ist nicht erreichbar" in answer.text
    assert answer.headers["Content-Language"] == "de"


def test_a_value_in_what_is_wrong_stays_a_text(server: Server) -> None:
    form = {"name": "ops", "enabled": "on", "webhookUrl": "http://x.example", "failover": "<b>x</b>"}
    headers = {"Accept": "text/html", "Accept-Language": "de"}
    page = server.post("/channels/new?kind=slack", role="admin", data=form, headers=headers).text
    assert "es gibt keinen Kanal &lt;b&gt;x&lt;/b&gt;" in page and "<b>x</b>" not in page


def test_a_language_that_is_not_there_is_refused(server: Server) -> None:
    assert server.post("/language", role="viewer", data={"language": "xx"}).status_code == 422
