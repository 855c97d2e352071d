"""/api/v1/broadcasts: what was said to every connected client, and by whom."""

from flask import Response
from flask_openapi import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from gamepilot_mon.broadcast import document
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Broadcast
from gamepilot_mon.web import store
from gamepilot_mon.web.envelope import success

blueprint = APIBlueprint("broadcasts", __name__, url_prefix="/api/v1/broadcasts")


class Page(BaseModel):
    model_config = ConfigDict(extra="forbid")

    before: int | None = Field(default=None, ge=1, description="Only smaller ids: the next page.")
    limit: int = Field(default=50, ge=1, le=500)


@blueprint.get("")
def list_broadcasts(query: Page) -> Response:
    """The broadcasts, newest first, with their authors."""
    rows = store.read(_page, query)
    following = rows[-1].id if len(rows) == query.limit else None
    return success(utcnow(), data=[document(row) for row in rows], next=following)


def _page(query: Page) -> list[Broadcast]:
    rows = Broadcast.select().order_by(Broadcast.id.desc()).limit(query.limit)
    return list(rows.where(Broadcast.id < query.before) if query.before else rows)
