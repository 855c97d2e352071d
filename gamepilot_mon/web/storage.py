"""/api/v1/storage: what the store takes, how it grows, and when the disk will be full."""

from pathlib import Path
from typing import Any

from flask import Response, current_app
from flask_openapi import APIBlueprint

from gamepilot_mon import db, storage
from gamepilot_mon.clock import utcnow
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import store
from gamepilot_mon.web.envelope import success

blueprint = APIBlueprint("storage", __name__, url_prefix="/api/v1/storage")


@blueprint.get("")
def of_store() -> Response:
    """Rows, bytes and growth of each table and tier, as the daemon last measured them; when the disk is full."""
    settings: Settings = current_app.extensions["settings"]
    now = utcnow()
    return success(now, data=store.read(_report, db.path_of(settings.database_url), now))


def _report(path: Path, now: int) -> dict[str, Any]:
    return storage.report(path, now)
