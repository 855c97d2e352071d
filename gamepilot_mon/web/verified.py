"""Credentials that were verified a moment ago: a storm of requests by one token asks the store twice a second.

A revoked token therefore opens something for half a second more at the most; streams that are open are watched
apart from this and end within a second.
"""

import hashlib
import time
from collections.abc import Callable

from gamepilot_mon.auth.principals import Principal

KEPT_S = 0.5
MOST = 4096

_found: dict[bytes, tuple[Principal, float]] = {}


def remembered(text: str, verify: Callable[[], Principal | None]) -> Principal | None:
    """The principal of the credential `text`, from `verify` unless that was asked within KEPT_S.

    Only what held is kept, under a hash: the text itself stays nowhere.
    """
    key = hashlib.sha256(text.encode()).digest()
    known = _found.get(key)
    if known and time.monotonic() - known[1] < KEPT_S:
        return known[0]
    principal = verify()
    _keep(key, principal)
    return principal


def _keep(key: bytes, principal: Principal | None) -> None:
    if len(_found) >= MOST:
        _found.clear()
    if principal is None:
        _found.pop(key, None)
    else:
        _found[key] = (principal, time.monotonic())
