"""The API described: an OpenAPI 3.1 document, and a page that shows it without any script."""

from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, render_template
from flask_openapi import APIBlueprint, OpenAPI
from pydantic import BaseModel

from gamepilot_mon.web.problems import MEDIA_TYPE, invalid

VERSION = "3.1.0"

blueprint = Blueprint("documentation", __name__, url_prefix="/api")


class PointedError(BaseModel):
    pointer: str
    detail: str


class Problem(BaseModel):
    """RFC 9457, with two more members."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[PointedError]
    success: bool
    error: str


def options() -> dict[str, Any]:
    """For the OpenAPI class: what holds for the whole document."""
    return {
        "security_schemes": {
            "token": {"type": "http", "scheme": "bearer", "description": "gpm_… or GamePilot's own JWT"},
            "browser": {"type": "apiKey", "in": "cookie", "name": "gamepilot_mon"},
        },
        "openapi_extensions": {"security": [{"token": []}, {"browser": []}]},
        "validation_error_model": Problem,
        "validation_error_callback": invalid,
    }


def register(app: Flask, part: Blueprint) -> None:
    """A blueprint that describes itself goes into the document; a plain one (pages) does not."""
    if isinstance(part, APIBlueprint) and isinstance(app, OpenAPI):
        app.register_api(part)
    else:
        app.register_blueprint(part)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    return jsonify(document())


@blueprint.get("/docs")
def page() -> str:
    return render_template("api_docs/page.html", document=document())


def document() -> dict[str, Any]:
    app = current_app
    if "document" not in app.extensions:
        assert isinstance(app, OpenAPI)
        app.extensions["document"] = _finished(app)
    found: dict[str, Any] = app.extensions["document"]
    return found


def _finished(app: OpenAPI) -> dict[str, Any]:
    app.openapi_version = VERSION
    made: dict[str, Any] = app.api_doc
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in made["paths"].values():
        for operation in path.values():
            operation.pop("tags", None)
            if "description" in operation:
                operation["description"] = operation["description"].replace("<br/>", "\n").strip()
            # The library would describe its own shape of a validation error, which is not ours.
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = {"description": "A problem (RFC 9457)", "content": content}
    return made
