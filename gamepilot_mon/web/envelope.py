"""The success envelope: {"success": true, "data"|"message": …, "timestamp": …}."""

from typing import Any

import msgspec
from flask import Response

from gamepilot_mon.clock import iso


def success(now: int, *, status: int = 200, **members: Any) -> Response:
    """`members` are data=…, message=…, or whatever else an answer has at its top."""
    body = {"success": True, **members, "timestamp": iso(now)}
    return Response(msgspec.json.encode(body), status, content_type="application/json")
