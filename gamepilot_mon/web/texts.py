"""What the pages say, in the language of the one who reads. The key of a text is its English.

A catalogue is `gamepilot_mon/locales/<language>.json`: {English: text}, or [for one, for many] where a number decides.
"""

import json
import re
from functools import cache
from pathlib import Path

from flask import Flask, current_app, has_request_context, request

import gamepilot_mon
from gamepilot_mon.settings import Settings

COOKIE = "language"
NAMES = {"en": "English", "de": "Deutsch"}  # each in itself
FOLDER = Path(gamepilot_mon.__file__).parent / "locales"
_SAID = re.compile(r'\btn?\(\s*"([^"]+)"')

Catalogue = dict[str, str | list[str]]

_SEPARATORS = {"de": str.maketrans(",.", ".,")}


def init(app: Flask, settings: Settings) -> None:
    """Gives templates `_(text, **values)`, `_n(one, many, number, **values)`, `language()` and more.

    Values are escaped before they are put in; `%` itself is written `%%`. `translated(text)` is for what is no
    text of a template: it stays as it is where no catalogue knows it, and is escaped like any value.
    """
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals.update(
        _n=app.jinja_env.globals["ngettext"],
        language=language,
        languages=NAMES,
        localised=localised,
        translated=gettext,
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
