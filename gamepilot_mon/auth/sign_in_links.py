"""One-time sign-in links: printed on the console at the first start, or made by an admin for one user."""

from gamepilot_mon import audit
from gamepilot_mon.auth.secrets import fresh, hashed
from gamepilot_mon.clock import HOUR_MS, MINUTE_MS
from gamepilot_mon.models import SignInLink, User

LIFETIME_MS = 15 * MINUTE_MS
FOR_USER_MS = 24 * HOUR_MS  # it has to reach somebody first


def create(now: int) -> str:
    """The token for /sign-in/link/<token>, inside the caller's write()."""
    token = fresh()
    SignInLink.insert(token_hash=hashed(token), created_at=now, expires_at=now + LIFETIME_MS).execute()
    return token


def create_for(user: User, now: int) -> str:
    """The same for one user; a link that was made for them earlier ends. Inside the caller's write()."""
    token = fresh()
    _end_unused(user.id, now)
    SignInLink.insert(
        token_hash=hashed(token), user_id=user.id, created_at=now, expires_at=now + FOR_USER_MS
    ).execute()
    audit.record("sign_in_link.made", user.name, now)
    return token


def consume(token: str, now: int) -> SignInLink | None:
    """Inside the caller's write(). Of two that try at once, exactly one wins."""
    unused = SignInLink.used_at.is_null() & (SignInLink.expires_at > now)
    rows = SignInLink.update(used_at=now).where((SignInLink.token_hash == hashed(token)) & unused)
    if not rows.execute():
        return None
    link: SignInLink = SignInLink.get(SignInLink.token_hash == hashed(token))
    return link


def _end_unused(user_id: int, now: int) -> None:
    earlier = (SignInLink.user_id == user_id) & SignInLink.used_at.is_null()
    SignInLink.update(used_at=now).where(earlier).execute()
