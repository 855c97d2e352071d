"""/search: everything by its name, the pages included."""

from typing import Any
from urllib.parse import quote

from flask_openapi import APIBlueprint
from pydantic import BaseModel, Field

from gamepilot_mon import search
from gamepilot_mon.search import Found
from gamepilot_mon.web.pages import navigation, shell

blueprint = APIBlueprint("search_page", __name__)

PLACES = {
    "alert": ("Alerts", "/alerts/{}"),
    "incident": ("Incidents", "/incidents/{}"),
    "check": ("Checks", "/checks/{}"),
    "rule": ("Rules", "/rules/{}"),
    "error": ("Errors", "/errors/{}"),
    "operation": ("Operations", "/performance/{}"),
}


class Asked(BaseModel):
    q: str = Field(default="", max_length=200, description="Words; what has all of them is found.")


@blueprint.get("/search", doc_ui=False)
def page(query: Asked) -> str:
    return shell.render("search/page.html", _context, query.q, places=_places(query.q))


def _context(text: str) -> dict[str, Any]:
    found = search.find(text)
    groups = [(label, _shown(found, kind, address)) for kind, (label, address) in PLACES.items()]
    return {
        "text": text,
        "is_too_short": bool(text.strip()) and not search.words_of(text),
        "groups": [(label, rows) for label, rows in groups if rows],
    }


def _shown(found: list[Found], kind: str, address: str) -> list[tuple[Found, str]]:
    return [(row, address.format(quote(row.key, safe=""))) for row in found if row.kind == kind]


def _places(text: str) -> list[tuple[navigation.Entry, str]]:
    """The pages whose name begins with what was typed, or holds it."""
    wanted = text.strip().lower()
    entries = [(entry, address) for _, group in navigation.visible() for entry, address, _ in group]
    return [(entry, address) for entry, address in entries if wanted and wanted in entry.label.lower()]
