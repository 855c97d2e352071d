"""/api/v1/config/versions: who changed the configuration, how, and back again."""

from typing import Any

from flask import Response, abort, current_app
from flask_openapi import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from gamepilot_mon import runtime_config
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.models import ConfigVersion
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import store
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.signed_in import current_principal

blueprint = APIBlueprint("config_versions", __name__, url_prefix="/api/v1/config/versions")


class Page(BaseModel):
    model_config = ConfigDict(extra="forbid")

    before: int | None = Field(default=None, ge=1, description="Only smaller versions: the next page.")
    limit: int = Field(default=50, ge=1, le=500)


class Version(BaseModel):
    version: int = Field(ge=0, le=2**62, description="0 is the state without any override.")


@blueprint.get("")
def list_versions(query: Page) -> Response:
    """The versions, newest first, each with its author and diff; secrets are ***."""
    rows = store.read(_page, query)
    following = rows[-1].id if len(rows) == query.limit else None
    return success(utcnow(), data=[_document(row) for row in rows], next=following)


@blueprint.post("/<int:version>/restore")
def restore(path: Version) -> Response:
    """Put this version in force again, as a new one."""
    settings: Settings = current_app.extensions["settings"]
    principal = current_principal()
    author = principal.name if principal else "unknown"
    try:
        stored = store.write(runtime_config.roll_back, settings, path.version, author, utcnow())
    except LookupError:
        abort(404)
    return success(utcnow(), data=stored.public(), message=f"Version {path.version} is in force again")


def _page(query: Page) -> list[ConfigVersion]:
    rows = ConfigVersion.select().order_by(ConfigVersion.id.desc()).limit(query.limit)
    return list(rows.where(ConfigVersion.id < query.before) if query.before else rows)


def _document(row: ConfigVersion) -> dict[str, Any]:
    return {"version": row.id, "author": row.author, "createdAt": iso(row.created_at), "diff": row.diff}
