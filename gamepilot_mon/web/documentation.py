"""The API described: an OpenAPI 3.1 document, and a page that shows it without any script."""

from typing import Any, Literal

from flask import Blueprint, Flask, Response, current_app, jsonify, render_template
from flask_openapi import APIBlueprint, OpenAPI
from flask_openapi.models.path_item import PathItem
from flask_openapi.types import ResponseDict
from pydantic import AwareDatetime, BaseModel, ConfigDict

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


class Success(BaseModel):
    """The envelope of an answer; `data`, `message` or members that the route describes are beside these two."""

    model_config = ConfigDict(extra="allow")

    success: Literal[True]
    timestamp: AwareDatetime


def text_answer(media_type: str, what: str) -> ResponseDict:
    """For a route's `responses`, where the answer is no JSON."""
    return {"200": {"description": what, "content": {media_type: {"schema": {"type": "string"}}}}}


_ENVELOPE = {"schema": {"$ref": "#/components/schemas/Success"}}
ENVELOPE_OR_CSV: ResponseDict = {
    "200": {
        "description": "The envelope, or with `format=csv` or Accept: text/csv a line each below a line of names.",
        "content": {"application/json": _ENVELOPE, "text/csv": {"schema": {"type": "string"}}},
    }
}
JSON_ARRAY: ResponseDict = {
    "200": {
        "description": "An object an alert.",
        "content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}},
    }
}


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
        # The library would let the methods of one blueprint take the place of another's at the same path.
        there = {path: app.paths[path] for path in part.paths if path in app.paths}
        app.register_api(part)
        app.paths.update({path: _both(before, part.paths[path]) for path, before in there.items()})
    else:
        app.register_blueprint(part)


def _both(one: PathItem, other: PathItem) -> PathItem:
    """The methods of both."""
    return other.model_copy(update={name: getattr(one, name) for name in one.model_fields_set})


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
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    success = {"application/json": _ENVELOPE}
    made["components"]["schemas"]["Success"] = Success.model_json_schema(mode="serialization")
    for path in made["paths"].values():
        for operation in path.values():
            operation.pop("tags", None)
            if "description" in operation:
                operation["description"] = operation["description"].replace("<br/>", "\n").strip()
            # The library would describe its own shape of a validation error, which is not ours.
            operation["responses"].pop("422", None)
            if not any(status.startswith("2") for status in operation["responses"]):
                operation["responses"]["2XX"] = {"description": "Done, in the envelope", "content": success}
            fallback = operation["responses"].setdefault("default", {"description": "A problem (RFC 9457)"})
            fallback["content"] = {**fallback.get("content", {}), **problem}
    return made
