"""POST /api/<project>/envelope/ and /store/: what Sentry's SDKs send, with a token of ours as the DSN's key."""

import uuid
from typing import Any

import msgspec
from flask import Response
from flask_openapi import APIBlueprint
from flask_openapi.types import ResponseDict
from pydantic import BaseModel

from gamepilot_mon.sources.sentry import items
from gamepilot_mon.sources.sentry.envelope import Item, Malformed, decoded, opened
from gamepilot_mon.sources.taken import Taken
from gamepilot_mon.web import store, taking
from gamepilot_mon.web.problems import RETRY_AFTER_S, Pointed

JSON = "application/json"
blueprint = APIBlueprint("sentry", __name__, url_prefix="/api")

_ID: dict[str, Any] = {"type": "object", "properties": {"id": {"type": "string"}}}
_REFUSED: dict[str, Any] = {"type": "object", "properties": {"detail": {"type": "string"}}}
RESPONSES: ResponseDict = {
    "200": {"description": "Durable.", "content": {JSON: {"schema": _ID}}},
    "400": {"description": "Cannot be read.", "content": {JSON: {"schema": _REFUSED}}},
    "429": {
        "description": "Too much is waiting: Retry-After and X-Sentry-Rate-Limits say when.",
        "content": {JSON: {"schema": _REFUSED}},
    },
}


def _body(media: str) -> dict[str, Any]:
    return {"required": True, "content": {media: {"schema": {"type": "string", "format": "binary"}}}}


class Project(BaseModel):
    """The number at the end of a DSN; any will do."""

    project: int


@blueprint.post(
    "/<int:project>/envelope/", request_body=_body("application/x-sentry-envelope"), responses=RESPONSES
)
def envelope(path: Project) -> Response:
    """An envelope of Sentry's: events become errors, transactions operations; other items are counted and dropped."""
    try:
        said_id, taken = store.compute(_digested, taking.body())
    except Malformed as error:
        raise Pointed(400, f"The envelope cannot be read: {error}") from None
    return _keep(taken, said_id)


def _digested(body: bytes) -> tuple[str, Taken]:
    header, found = opened(body)
    said_id = items.event_id(header)
    return said_id, items.taken(found, said_id)


@blueprint.post("/<int:project>/store/", request_body=_body(JSON), responses=RESPONSES)
def store_event(path: Project) -> Response:
    """One event of Sentry's, as older SDKs send it."""
    body = taking.body()
    try:
        event = decoded(body)
        kind = "transaction" if event.get("type") == "transaction" else "event"
        taken = items.taken([Item(kind, body)], "")
    except Malformed as error:
        raise Pointed(400, f"The event cannot be read: {error}") from None
    return _keep(taken, items.event_id(event))


def _keep(taken: Taken, said_id: str) -> Response:
    taking.keep(taken)
    return _json({"id": said_id or uuid.uuid4().hex})


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, content_type=JSON)


def _refused(code: int, detail: str, retry_after_s: int | None = None) -> Response:
    answer = _json({"detail": detail, "causes": []}, code)
    answer.headers["X-Sentry-Error"] = detail.encode("ascii", "replace").decode()[:200]
    if retry_after_s is not None:
        answer.headers["Retry-After"] = str(retry_after_s)
    if code == 429:
        # No category named: all of them; for whoever has this key.
        answer.headers["X-Sentry-Rate-Limits"] = f"{retry_after_s or RETRY_AFTER_S}::key"
    return answer


taking.refuse_by(blueprint, _refused)
