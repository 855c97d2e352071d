"""The success envelope: {"success": true, "data"|"message": …, "timestamp": …}."""

from typing import Any

import msgspec
from flask import Response

from gamepilot_mon.clock import iso


def success(now: int, *, status: int = 200, **members: Any) -> Response:
    """`members` are data=…, message=…, or whatever else an answer has at its top."""
    return Response(document(now, **members), status, content_type="application/json")


def document(now: int, **members: Any) -> bytes:
    return msgspec.json.encode({"success": True, **members, "timestamp": iso(now)})
