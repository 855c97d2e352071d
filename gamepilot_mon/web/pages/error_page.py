"""The page of an error: in the frame for who is signed in, bare for others and where the frame cannot be had."""

import logging
from typing import Any

from flask import Flask, g, render_template

from gamepilot_mon.settings import Settings
from gamepilot_mon.web.pages import shell
from gamepilot_mon.web.signed_in import current_principal

log = logging.getLogger(__name__)

TEMPLATE = "error.html"


def init(app: Flask, settings: Settings) -> None:
    app.extensions["error_page"] = page


def page(status: int, **said: Any) -> str:
    """What went wrong inside is shown bare: the frame reads the store, which may be what is broken."""
    return (_framed(status, said) if status < 500 else None) or _bare(status, said)


def _framed(status: int, said: dict[str, Any]) -> str | None:
    try:
        return shell.render(TEMPLATE, dict, status=status, **said) if current_principal() else None
    except Exception as error:  # an error page must not fail, whatever its frame meets
        log.warning("an error page went without its frame: %r", error)
        return None


def _bare(status: int, said: dict[str, Any]) -> str:
    g.setdefault("principal", None)  # the page is not to ask the store who this is
    return render_template(TEMPLATE, status=status, **said)
