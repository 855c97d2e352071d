"""When credentials were last used, to about a minute: noted beside the request, which does not wait for it."""

from contextlib import suppress

import gevent
import peewee
from gevent import monkey

from gamepilot_mon.auth import sessions, tokens
from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.clock import MINUTE_MS
from gamepilot_mon.web import store

EVERY_MS = MINUTE_MS
MOST = 10_000

_USED = {"token": tokens.used, "session": sessions.used}
_noted: dict[tuple[str, str], int] = {}


def note(principal: Principal, now: int) -> None:
    key = (principal.kind, principal.id)
    if principal.kind not in _USED or now - _noted.get(key, 0) < EVERY_MS:
        return
    if len(_noted) >= MOST:
        _noted.clear()
    _noted[key] = now
    if monkey.is_module_patched("threading"):
        gevent.spawn(_write, principal, now)
    else:
        _write(principal, now)


def _write(principal: Principal, now: int) -> None:
    # A full or busy store: a later use tries again, and what matters more has said so.
    with suppress(peewee.OperationalError):
        store.write(_USED[principal.kind], int(principal.id), now)
