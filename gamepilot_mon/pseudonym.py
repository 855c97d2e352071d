"""Pseudonyms: what the store knows players by, instead of the ids that GamePilot has for them.

A keyed hash (HMAC-SHA-256, 128 bits of it), so whoever has the store alone cannot try out all ids. The key is a file
beside the store, made once, and no part of a backup of the store.
"""

import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from functools import lru_cache
from pathlib import Path
from typing import Literal

from gamepilot_mon import db
from gamepilot_mon.auth.secret_key import kept

Mode = Literal["pseudonym", "plain"]

KEY_FILE = "pseudonym-key"
REMEMBERED = 65_536  # players whose pseudonym is not worked out again
SHAPE = re.compile(r"u_[A-Za-z0-9_-]{22}")

_UNKEPT = secrets.token_hex(32)  # of a process that has no store
_mode: Mode = "pseudonym"


def use(mode: Mode) -> None:
    """What this process does with the ids of players from now on. Without this call it hides them."""
    global _mode
    _mode = mode


def of(user: str | None) -> str | None:
    """The pseudonym of a player; what is one already stays as it is."""
    if user is None or _mode == "plain":
        return user
    return hidden(user)


def hidden(user: str) -> str:
    """The pseudonym, also where ids are kept as they are."""
    return user if SHAPE.fullmatch(user) else _hashed(str(db.database.database or ""), user)


@lru_cache(REMEMBERED)
def _hashed(store: str, user: str) -> str:
    digest = hmac.digest(_key(store), user.encode(errors="surrogatepass"), "sha256")
    return "u_" + urlsafe_b64encode(digest[:16]).decode().rstrip("=")


@lru_cache(8)
def _key(store: str) -> bytes:
    text = kept(Path(store).parent / KEY_FILE) if store else _UNKEPT
    return text.encode()
