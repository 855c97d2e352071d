"""What the pages say, in the language of the one who reads. The key of a text is its English.

A catalogue is `gamepilot_mon/locales/<language>.json`: {English: text}, or [for one, for many] where a number decides.
What is wrong with a value is found with that value in it: a key may hold places `{}`, its text has as many.
"""

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from flask import Flask, current_app, has_request_context, request

import gamepilot_mon
from gamepilot_mon.settings import Settings

COOKIE = "language"
NAMES = {"en": "English", "de": "Deutsch"}  # each in itself
FOLDER = Path(gamepilot_mon.__file__).parent / "locales"
PLACE = "{}"
NESTED = 3  # a place may hold a text with places: "line 3: a pattern has at most 100 characters"
LONGEST = 2000  # characters of a text that places are looked for in
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+")
_SAID = re.compile(r'\btn?\(\s*"([^"]+)"')

Catalogue = dict[str, str | list[str]]

_SEPARATORS = {"de": str.maketrans(",.", ".,")}


def init(app: Flask, settings: Settings) -> None:
    """Gives templates `_(text, **values)`, `_n(one, many, number, **values)`, `language()` and more.

    Values are escaped before they are put in; `%` itself is written `%%`. `translated(text)` is for what is no
    text of a template, such as what is wrong at a field; it is escaped like any value.
    """
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals.update(
        _n=app.jinja_env.globals["ngettext"],
        language=language,
        languages=NAMES,
        localised=localised,
        translated=translated,
        script_texts=script_texts,
    )


def language() -> str:
    """What was chosen here, else the best of what the browser asks for."""
    if not has_request_context():
        return "en"
    chosen = request.cookies.get(COOKIE)
    # werkzeug's best_match would let an exact "de" win over "en-GB" that is wanted more
    asked = (tag.split("-")[0].lower() for tag in request.accept_languages.values())
    return chosen if chosen in NAMES else next((tag for tag in asked if tag in NAMES), "en")


def gettext(text: str) -> str:
    found = catalogue(language()).get(text, text)
    return found if isinstance(found, str) else text


def translated(text: str) -> str:
    """As the catalogue says it, with what stands at the places of its key; as it is where the catalogue has none."""
    return said(text, language())


def said(text: str, name: str, nested: int = NESTED) -> str:
    """`text` in the language of that name."""
    found = catalogue(name).get(text)
    if isinstance(found, str):
        return found
    if _THOUSANDS.fullmatch(text):
        return text.translate(_SEPARATORS.get(name, {}))
    for pattern, other in with_places(name) if nested and len(text) <= LONGEST else ():
        if match := pattern.fullmatch(text):
            return _filled(other, [said(value, name, nested - 1) for value in match.groups()])
    return text


def _filled(text: str, values: Sequence[str]) -> str:
    first, *others = text.split(PLACE)
    return first + "".join(value + part for value, part in zip(values, others, strict=True))


@cache
def with_places(name: str) -> list[tuple[re.Pattern[str], str]]:
    """The keys with places and their texts; the key that says the most itself comes first."""
    found = [(key, text) for key, text in catalogue(name).items() if PLACE in key and isinstance(text, str)]
    found.sort(key=lambda pair: len(pair[0].replace(PLACE, "")), reverse=True)
    return [(_pattern(key), text) for key, text in found]


def _pattern(key: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(map(re.escape, key.split(PLACE))), re.DOTALL)


def ngettext(one: str, many: str, number: int) -> str:
    found = catalogue(language()).get(one, [one, many])
    first, other = found if isinstance(found, list) else (one, many)
    return first if number == 1 else other


def localised(number: str) -> str:
    """A number written as English does, with the separators of the reader's language."""
    return number.translate(_SEPARATORS.get(language(), {}))


def script_texts() -> Catalogue:
    """What scripts may say in this language."""
    known = catalogue(language())
    return {text: known[text] for text in said_by_scripts() if text in known}


@cache
def said_by_scripts() -> frozenset[str]:
    """Every text that a script gives to t() or tn(), and the states, which it says by their value."""
    folder = Path(current_app.static_folder or "") / "js"
    said = {text for path in folder.glob("*.js") for text in _SAID.findall(path.read_text("utf-8"))}
    return frozenset(said.union(states(), (state.capitalize() for state in states())))


def states() -> list[str]:
    return list(current_app.jinja_env.get_template("macros/badge.html").module.shapes)  # type: ignore[attr-defined]


@cache
def catalogue(name: str) -> Catalogue:
    path = FOLDER / f"{name}.json"
    found: Catalogue = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found
