"""/api/v1/broadcasts: what was said to every connected client, and by whom."""

from flask import Response
from flask_openapi import APIBlueprint

from gamepilot_mon.broadcast import document
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Broadcast
from gamepilot_mon.web import store
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.newest_first import Page, following, rows_of

blueprint = APIBlueprint("broadcasts", __name__, url_prefix="/api/v1/broadcasts")


@blueprint.get("")
def list_broadcasts(query: Page) -> Response:
    """The broadcasts, newest first, with their authors."""
    rows = store.read(rows_of, Broadcast, query)
    return success(
        utcnow(), data=[document(row) for row in rows], next=following([row.id for row in rows], query)
    )
