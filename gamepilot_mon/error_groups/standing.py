"""Standing: what a group is to the one who looks for what to do, finer than its state."""

from typing import Any, Literal

from gamepilot_mon.clock import DAY_MS
from gamepilot_mon.models import ErrorGroup

Standing = Literal["new", "ongoing", "regressed", "resolved", "ignored"]

NEW_MS = DAY_MS


def standing(group: ErrorGroup, now: int) -> str:
    """An open group is `regressed` while nobody has decided anything since it came back, else `new` or `ongoing`."""
    if group.state != "open":
        return group.state
    if group.regressed_at is not None and group.changed_by is None:
        return "regressed"
    return "new" if group.first_seen >= now - NEW_MS else "ongoing"


def stands(wanted: str, now: int) -> Any:
    """The condition of groups with that standing; "open" is any of the first three."""
    if wanted in ("open", "resolved", "ignored"):
        return ErrorGroup.state == wanted
    back = ErrorGroup.regressed_at.is_null(False) & ErrorGroup.changed_by.is_null()
    fresh = ErrorGroup.first_seen >= now - NEW_MS
    among = {"regressed": back, "new": ~back & fresh, "ongoing": ~back & ~fresh}
    return (ErrorGroup.state == "open") & among[wanted]
