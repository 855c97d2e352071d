"""Turns of the event loop: whoever begins something that takes a while asks here whether the loop goes round first.

What has come together is worked through in one turn until that has lasted LONGEST_MS; the rest waits in line for the
next turns, so that live clients and timers are never behind all of it.
"""

import gevent
from gevent.lock import BoundedSemaphore

from gamepilot_mon.clock import utcnow

LONGEST_MS = 2
_NEXT_S = 1e-6  # by a timer: what sleeps for 0 is run in the same turn

_line = BoundedSemaphore(1)


def wait() -> None:
    """Returns at once in a young turn for which nobody waits; otherwise in a later one, after those who came before."""
    if not _is_old() and not _line.locked():
        return
    with _line:
        if _is_old():
            gevent.sleep(_NEXT_S)


def _is_old() -> bool:
    """Whether this turn has lasted its time; also when the clock was set forward, which costs one turn."""
    return utcnow() - gevent.get_hub().loop.now() * 1000 > LONGEST_MS
