"""Second factors: switching them on with a confirmed code, asking for a code once, recovery codes, switching off."""

import base64
import secrets
from dataclasses import dataclass
from typing import Literal

from gamepilot_mon import audit
from gamepilot_mon.auth import totp
from gamepilot_mon.auth.sealed import seal, unseal
from gamepilot_mon.auth.secrets import hashed
from gamepilot_mon.models import RecoveryCode, SecondFactor, User

RECOVERY_CODES = 10
RECOVERY_BYTES = 10  # 80 random bits, so that a fast hash is enough


@dataclass(frozen=True, slots=True)
class Standing:
    """How a user's second factor stands; `since` is epoch ms, None while it is off."""

    since: int | None
    codes_left: int

    @property
    def is_on(self) -> bool:
        return self.since is not None


def standing(user_id: int) -> Standing:
    row = _confirmed(user_id)
    return Standing(row.confirmed_at if row else None, _unused(user_id) if row else 0)


def is_on(user_id: int) -> bool:
    return _confirmed(user_id) is not None


def begin(user: User, key: str, now: int) -> None:
    """Make a secret that awaits its confirmation, inside the caller's write(); one that is in force stays."""
    if is_on(user.id):
        return
    SecondFactor.delete().where(SecondFactor.user_id == user.id).execute()
    secret = seal(totp.fresh_secret(), str(user.id), key)
    SecondFactor.insert(user_id=user.id, secret=secret, created_at=now, last_step=0).execute()


def awaited(user_id: int, key: str) -> str | None:
    """The secret that awaits its confirmation: the only time at which it is shown. Raises Unreadable."""
    row = SecondFactor.get_or_none((SecondFactor.user_id == user_id) & SecondFactor.confirmed_at.is_null())
    return unseal(row.secret, str(user_id), key) if row else None


def confirm(user: User, text: str, key: str, now: int) -> list[str] | None:
    """Switch it on with a code of the app, inside the write(); the recovery codes, or None for a wrong code."""
    row = SecondFactor.get_or_none((SecondFactor.user_id == user.id) & SecondFactor.confirmed_at.is_null())
    if row is None or not _take(row, text, key, now):
        return None
    SecondFactor.update(confirmed_at=now).where(SecondFactor.user_id == user.id).execute()
    audit.record("two_factor.enabled", user.name, now)
    return _new_codes(user)


def accept(user: User, text: str, key: str, now: int) -> Literal["code", "recovery code"] | None:
    """What `text` is: a code of now or an unused recovery code, either of which works once; None for neither.

    Inside the caller's write(). Raises Unreadable when the key of the store's secrets is another one by now.
    """
    row = _confirmed(user.id)
    if row is None:
        return None
    if _redeem(user, text, now):
        return "recovery code"
    return "code" if _take(row, text, key, now) else None


def replace_codes(user: User, now: int) -> list[str]:
    """New recovery codes in place of all earlier ones, inside the caller's write()."""
    audit.record("two_factor.new_codes", user.name, now)
    return _new_codes(user)


def cancel(user: User) -> None:
    """Forget a secret that awaits its confirmation, inside the caller's write()."""
    waiting = (SecondFactor.user_id == user.id) & SecondFactor.confirmed_at.is_null()
    SecondFactor.delete().where(waiting).execute()


def disable(user: User, now: int) -> bool:
    """Inside the caller's write(); False when it was off."""
    was_on = is_on(user.id)
    SecondFactor.delete().where(SecondFactor.user_id == user.id).execute()
    RecoveryCode.delete().where(RecoveryCode.user_id == user.id).execute()
    if was_on:
        audit.record("two_factor.disabled", user.name, now)
    return was_on


def _confirmed(user_id: int) -> SecondFactor | None:
    row: SecondFactor | None = SecondFactor.get_or_none(
        (SecondFactor.user_id == user_id) & SecondFactor.confirmed_at.is_null(False)
    )
    return row


def _take(row: SecondFactor, text: str, key: str, now: int) -> bool:
    step = totp.step_of(text, unseal(row.secret, str(row.user_id), key), now, row.last_step)
    if step is None:
        return False
    SecondFactor.update(last_step=step).where(SecondFactor.user_id == row.user_id).execute()
    return True


def _redeem(user: User, text: str, now: int) -> bool:
    typed = "".join(letter for letter in text.lower() if letter.isalnum())
    same = (RecoveryCode.user_id == user.id) & (RecoveryCode.code_hash == hashed(typed))
    return bool(RecoveryCode.update(used_at=now).where(same & RecoveryCode.used_at.is_null()).execute())


def _new_codes(user: User) -> list[str]:
    RecoveryCode.delete().where(RecoveryCode.user_id == user.id).execute()
    codes = [
        base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower() for _ in range(RECOVERY_CODES)
    ]
    RecoveryCode.insert_many([{"user_id": user.id, "code_hash": hashed(code)} for code in codes]).execute()
    return ["-".join(code[start : start + 4] for start in range(0, len(code), 4)) for code in codes]


def _unused(user_id: int) -> int:
    unused = (RecoveryCode.user_id == user_id) & RecoveryCode.used_at.is_null()
    return int(RecoveryCode.select().where(unused).count())
