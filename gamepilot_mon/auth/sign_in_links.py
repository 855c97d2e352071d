"""One-time sign-in links, printed on the console at the first start."""

from gamepilot_mon.auth.secrets import fresh, hashed
from gamepilot_mon.clock import MINUTE_MS
from gamepilot_mon.models import SignInLink

LIFETIME_MS = 15 * MINUTE_MS


def create(now: int) -> str:
    """The token for /sign-in/link/<token>, inside the caller's write()."""
    token = fresh()
    SignInLink.insert(token_hash=hashed(token), created_at=now, expires_at=now + LIFETIME_MS).execute()
    return token


def consume(token: str, now: int) -> bool:
    """Inside the caller's write(). Of two that try at once, exactly one wins."""
    unused = SignInLink.used_at.is_null() & (SignInLink.expires_at > now)
    rows = SignInLink.update(used_at=now).where((SignInLink.token_hash == hashed(token)) & unused)
    return bool(rows.execute())
