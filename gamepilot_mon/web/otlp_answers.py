"""OTLP's answers, in the encoding of the request: what was rejected of it, or a google.rpc.Status.

They are three fields long, so they are written here byte by byte and not by a library.
"""

from typing import Any

import msgspec
from flask import Response
from flask_openapi.types import ResponseDict

PROTOBUF, JSON = "application/x-protobuf", "application/json"
INTERNAL = 13
# google.rpc.Code by HTTP status
_CODES = {400: 3, 401: 16, 403: 7, 404: 12, 408: 4, 413: 3, 415: 3, 429: 8, 503: 14}

_BINARY: dict[str, Any] = {
    PROTOBUF: {"schema": {"type": "string", "format": "binary"}},
    JSON: {"schema": {"type": "object", "description": "protobuf's JSON, with ids in hex"}},
}
REQUEST_BODY: dict[str, Any] = {"required": True, "content": _BINARY}
RESPONSES: ResponseDict = {
    "200": {"description": "Durable; partialSuccess counts what was rejected.", "content": _BINARY},
    "400": {"description": "Cannot be read: a google.rpc.Status.", "content": _BINARY},
    "413": {"description": "Too large or too many: a google.rpc.Status.", "content": _BINARY},
    "429": {
        "description": "Too much is waiting; Retry-After says when. A google.rpc.Status.",
        "content": _BINARY,
    },
    "503": {
        "description": "The store is busy; Retry-After says when. A google.rpc.Status.",
        "content": _BINARY,
    },
    "default": {
        "description": "Not taken: a google.rpc.Status, in the encoding of the request.",
        "content": _BINARY,
    },
}


def partial(rejected: int, reason: str, counted: str, *, in_json: bool) -> Response:
    """Export…ServiceResponse: empty when nothing was rejected."""
    if in_json:
        said = {"partialSuccess": {counted: str(rejected), "errorMessage": reason}} if rejected else {}
        return Response(msgspec.json.encode(said), content_type=JSON)
    inner = _number(1, rejected) + _text(2, reason)
    return Response(_bytes(1, inner) if rejected else b"", content_type=PROTOBUF)


def status(code: int, detail: str, retry_after_s: int | None = None, *, in_json: bool) -> Response:
    rpc = _CODES.get(code, INTERNAL)
    body = (
        msgspec.json.encode({"code": rpc, "message": detail})
        if in_json
        else _number(1, rpc) + _text(2, detail)
    )
    answer = Response(body, code, content_type=JSON if in_json else PROTOBUF)
    if retry_after_s is not None:
        answer.headers["Retry-After"] = str(retry_after_s)
    if code == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="gamepilot-mon"'
    return answer


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, text: str) -> bytes:
    return _bytes(field, text.encode(errors="replace"))


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
