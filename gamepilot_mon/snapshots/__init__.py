"""The documents that the live feed, the API and the pages show, each computed from the store."""

from collections.abc import Callable
from typing import Any

from gamepilot_mon.snapshots import errors, health, mood_persona, performance

# By the name that a live client asks for; each is build(settings, now, hours=24).
DOCUMENTS: dict[str, Callable[..., dict[str, Any]]] = {
    "health": health.build,
    "performance": performance.build,
    "errors": errors.build,
    "mood-persona": mood_persona.build,
}
