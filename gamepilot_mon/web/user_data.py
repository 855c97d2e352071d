"""/api/v1/user-data: erasing what is known of a player, and that it was done."""

from flask import Response
from flask_openapi import APIBlueprint
from pydantic import BaseModel, Field

from gamepilot_mon import user_data
from gamepilot_mon.clock import utcnow
from gamepilot_mon.web import store
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.signed_in import current_principal

blueprint = APIBlueprint("user_data", __name__, url_prefix="/api/v1/user-data")


class Player(BaseModel):
    user_id: str = Field(min_length=1, max_length=200, description="GamePilot's id, or the pseudonym.")


@blueprint.delete("/<string:user_id>")
def erase(path: Player) -> Response:
    """Delete every row about a player, for good; the log keeps that it was done, by whom, and how much."""
    now, principal = utcnow(), current_principal()
    who = principal.name if principal else "unknown"
    counts = store.write(user_data.erase, path.user_id, who, now)
    settled = store.read(user_data.settle, vacuum=False)
    return success(now, data={"erased": counts, "journalEmptied": settled})


@blueprint.get("")
def list_erasures() -> Response:
    """The newest erasures: when, by whom, and how many rows; not of whom."""
    return success(utcnow(), data=store.read(user_data.erasures))
