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
    key = _key(text)
    if principal := _known(key):
        return principal
    principal = verify()
    _keep(key, principal)
    return principal


def known(text: str) -> Principal | None:
    """The principal of a credential that was verified a moment ago."""
    return _known(_key(text))


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _known(key: bytes) -> Principal | None:
    found = _found.get(key)
    return found[0] if found and time.monotonic() - found[1] < KEPT_S else None


def _keep(key: bytes, principal: Principal | None) -> None:
    if len(_found) >= MOST:
        _found.clear()
    if principal is None:
        _found.pop(key, None)
    else:
        _found[key] = (principal, time.monotonic())
