"""/clients: who is connected to the live feed of this process."""

from typing import Any

from flask import Blueprint, current_app

from gamepilot_mon.clock import utcnow
from gamepilot_mon.web.live import Live
from gamepilot_mon.web.pages import shell

blueprint = Blueprint("clients_page", __name__)

SHOWN = 200


@blueprint.get("/clients")
def page() -> str:
    """The hub belongs to the event loop, so it is asked here and not by a reader."""
    live: Live = current_app.extensions["live"]
    listing = live.clients.listing(utcnow())
    waiting = live.clients.waiting_bytes()
    rows = sorted(listing["clients"], key=lambda row: (-row["behind"], row["connectedAt"]))
    shown = [{**row, "waiting_bytes": waiting.get(row["id"], 0)} for row in rows[:SHOWN]]
    return shell.render(
        "clients/page.html", _nothing, clients=shown, listing=listing,
        behind=sum(row["behind"] > 0 for row in rows), slowest=max((row["delayMs"] for row in rows), default=0),
    )  # fmt: skip


def _nothing() -> dict[str, Any]:
    return {}
