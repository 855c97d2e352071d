"""What the pages say, in the language of the one who reads. The key of a text is its English."""

from flask import Flask

from gamepilot_mon.settings import Settings


def init(app: Flask, settings: Settings) -> None:
    """Gives templates `_(text, **values)`, `_n(one, many, number, **values)` and `language()`.

    Values are escaped before they are put in; `%` itself is written `%%`.
    """
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals["_n"] = app.jinja_env.globals["ngettext"]
    app.jinja_env.globals["language"] = language


def language() -> str:
    return "en"


def gettext(text: str) -> str:
    return text


def ngettext(one: str, many: str, number: int) -> str:
    return one if number == 1 else many
