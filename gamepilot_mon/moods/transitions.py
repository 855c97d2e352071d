"""Transitions: from which mood to which, within a session, or within half an hour without one.

Selections arrive late and out of order. A new one goes between its neighbours in time: what was a transition between
them is none any more, and there may be one to it and one from it. So the counts do not depend on the order.
"""

from typing import NamedTuple

from gamepilot_mon import db
from gamepilot_mon.clock import MINUTE_MS
from gamepilot_mon.moods.tallies import Tallies

WINDOW_MS = 30 * MINUTE_MS

_PREVIOUS = (
    "SELECT at, mood, session FROM mood_step WHERE user = ? AND (at, event_id) < (?, ?)"
    " ORDER BY at DESC, event_id DESC LIMIT 1"
)
_NEXT = (
    "SELECT at, mood, session FROM mood_step WHERE user = ? AND (at, event_id) > (?, ?)"
    " ORDER BY at, event_id LIMIT 1"
)
_INSERT = "INSERT INTO mood_step (user, at, event_id, mood, session) VALUES (?, ?, ?, ?, ?)"


class Step(NamedTuple):
    at: int
    mood: str
    session: str | None


def select(tallies: Tallies, user: str, event_id: int, step: Step) -> None:
    """Take one selection in, inside the caller's write()."""
    connection = db.database.connection()
    previous = connection.execute(_PREVIOUS, (user, step.at, event_id)).fetchone()
    following = connection.execute(_NEXT, (user, step.at, event_id)).fetchone()
    before, after = Step(*previous) if previous else None, Step(*following) if following else None
    _count(tallies, before, after, -1)
    _count(tallies, before, step, 1)
    _count(tallies, step, after, 1)
    connection.execute(_INSERT, (user, step.at, event_id, step.mood, step.session))


def _count(tallies: Tallies, one: Step | None, other: Step | None, by: int) -> None:
    if one is not None and other is not None and linked(one, other):
        tallies.add("transition", other.at, one.mood, other.mood, by=by)


def linked(one: Step, other: Step) -> bool:
    """Whether `other`, the later one, followed from `one`: in the same session if both are in one, and in time."""
    same = one.session is None or other.session is None or one.session == other.session
    return same and other.at - one.at <= WINDOW_MS
