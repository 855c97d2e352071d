"""How the API document describes the intake: generated from the same types that decode it."""

from typing import Any

import msgspec
from flask_openapi.types import ResponseDict

from gamepilot_mon.sources.intake import EVENTS_MAX
from gamepilot_mon.sources.kinds import AnyEvent


def _inlined() -> dict[str, Any]:
    """The schema of any event with its parts in place, so that it fits anywhere in a document."""
    (schema,), parts = msgspec.json.schema_components([AnyEvent], ref_template="#/{name}")
    kinds = [parts[ref["$ref"].removeprefix("#/")] for ref in schema["anyOf"]]
    return {"oneOf": kinds}


_EXAMPLE = {
    "events": [
        {"kind": "operation", "operation": "recommend", "duration_ms": 182.5, "success": True},
        {"kind": "error", "operation": "recommend", "error": "timeout", "severity": "critical"},
    ]
}

REQUEST_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["events"],
                "additionalProperties": False,
                "properties": {"events": {"type": "array", "maxItems": EVENTS_MAX, "items": _inlined()}},
            },
            "example": _EXAMPLE,
        }
    },
}

_REJECTED = {
    "type": "object",
    "properties": {
        "index": {"type": "integer"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}

RESPONSES: ResponseDict = {
    "202": {
        "description": "The accepted events are durable.",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["success", "accepted", "rejected", "timestamp"],
                    "properties": {
                        "success": {"type": "boolean"},
                        "accepted": {"type": "integer"},
                        "rejected": {"type": "array", "items": _REJECTED},
                        "timestamp": {"type": "string", "format": "date-time"},
                    },
                }
            }
        },
    }
}
