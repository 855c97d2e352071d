"""/api/v1/config/versions: who changed the configuration, how, and back again."""

from typing import Any

from flask import Response, abort, current_app
from flask_openapi import APIBlueprint
from pydantic import BaseModel, Field

from gamepilot_mon import runtime_config
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.models import ConfigVersion
from gamepilot_mon.runtime_config import Problem
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import store
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.newest_first import Page, following, rows_of
from gamepilot_mon.web.problems import Pointed
from gamepilot_mon.web.signed_in import current_principal

blueprint = APIBlueprint("config_versions", __name__, url_prefix="/api/v1/config/versions")


class Version(BaseModel):
    version: int = Field(ge=0, le=2**62, description="0 is the state without any override.")


@blueprint.get("")
def list_versions(query: Page) -> Response:
    """The versions, newest first, each with its author and diff; secrets are ***."""
    rows = store.read(rows_of, ConfigVersion, query)
    return success(
        utcnow(), data=[_document(row) for row in rows], next=following([row.id for row in rows], query)
    )


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
    except Problem as error:
        raise Pointed(422, "That version cannot be put in force again.", error.errors) from None
    return success(utcnow(), data=stored.public(), message=f"Version {path.version} is in force again")


def _document(row: ConfigVersion) -> dict[str, Any]:
    return {
        "version": row.id, "author": row.author, "createdAt": iso(row.created_at), "reason": row.reason,
        "diff": row.diff,
    }  # fmt: skip
