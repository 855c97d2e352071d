"""/api/v1/deliveries and /api/v1/channels: what was sent, what the providers answered, how the channels are doing."""

from typing import Any, Literal

from flask import Response, current_app
from flask_openapi import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from gamepilot_mon import ledger, runtime_config
from gamepilot_mon.clock import utcnow
from gamepilot_mon.ledger import Wanted
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import store
from gamepilot_mon.web.envelope import success

blueprint = APIBlueprint("deliveries", __name__, url_prefix="/api/v1")


class DeliveryPage(BaseModel):
    model_config = ConfigDict(extra="forbid")

    before: int | None = Field(default=None, ge=1, description="Only those with a smaller id: the next page.")
    limit: int = Field(default=50, ge=1, le=500)
    channel: str | None = Field(default=None, max_length=100)
    state: Literal["pending", "bundled", "sending", "sent", "dead", "dropped"] | None = None
    alert: int | None = Field(default=None, ge=1, le=2**62, description="Only those about this alert.")


@blueprint.get("/deliveries")
def list_deliveries(query: DeliveryPage) -> Response:
    """A page of notifications with every attempt, newest first, and the cursor of the next page."""
    wanted = Wanted(query.channel, query.state, query.alert, query.before, query.limit)
    rows = store.read(ledger.deliveries, wanted)
    following = rows[-1]["id"] if len(rows) == query.limit else None
    return success(utcnow(), data=rows, next=following)


@blueprint.get("/channels")
def list_channels() -> Response:
    """Every channel in use: last success, failing since, breaker, queue, and how long ago it was proven."""
    now = utcnow()
    return success(now, data=store.read(_channels, current_app.extensions["settings"], now))


def _channels(settings: Settings, now: int) -> list[dict[str, Any]]:
    return ledger.channels(runtime_config.current(settings).config, now)
