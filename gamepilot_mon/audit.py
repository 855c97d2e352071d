"""The audit log: who did what to what and when, written in the same transaction as what was done.

What changes something records it; who does it is said once, by act_as(): the web process for each request, a command
for itself. Values of secrets are never part of an entry: `detail` names what changed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import peewee

from gamepilot_mon.models import AuditEntry

ACTIONS = {
    "alert.acknowledged": "acknowledged",
    "alert.given_back": "gave back",
    "alert.noted": "wrote a note to",
    "alert.raised": "raised",
    "alert.resolved": "ended",
    "broadcast.sent": "sent",
    "channel.tested": "tested",
    "check.added": "added the check",
    "check.changed": "changed the check",
    "check.removed": "removed the check",
    "config.changed": "changed the configuration:",
    "error.decided": "decided about",
    "incident.noted": "wrote a note to",
    "maintenance.added": "planned the maintenance",
    "maintenance.ended": "ended the maintenance",
    "player.erased": "erased",
    "rule.changed": "changed the rule",
    "rule.removed": "removed the rule",
    "session.ended": "signed out",
    "sign_in.done": "signed in",
    "sign_in.failed": "failed to sign in as",
    "sign_in_link.made": "made a sign-in link for",
    "silence.added": "added",
    "silence.ended": "ended",
    "token.created": "created",
    "token.revoked": "revoked",
    "two_factor.disabled": "switched two-factor sign-in off for",
    "two_factor.enabled": "switched two-factor sign-in on for",
    "two_factor.new_codes": "made new recovery codes for",
    "user.added": "added the user",
    "user.disabled": "disabled the user",
    "user.enabled": "enabled the user",
    "user.password_set": "set the password of",
    "user.renamed": "renamed a user to",
    "user.role_changed": "changed the role of",
}
"""What is recorded, and how it reads between who did it and the subject."""

LONGEST = 300  # characters of a text in an entry: it says what was done, it does not keep the whole of it


@dataclass(frozen=True, slots=True)
class Actor:
    """`via` is how they are known: session, token, jwt, link, console, nobody, system."""

    name: str
    via: str


@dataclass(frozen=True, slots=True)
class Question:
    """Which entries; None means any. `before` is an id."""

    who: str | None = None
    action: str | None = None
    since: int | None = None
    until: int | None = None
    before: int | None = None
    limit: int = 50


SYSTEM = Actor("system", "system")
CONSOLE = Actor("console", "console")
NOBODY = Actor("nobody", "nobody")

_actor: ContextVar[Actor] = ContextVar("actor", default=SYSTEM)


def act_as(actor: Actor) -> None:
    """From here on in this context (a request, a command) it is `actor` who does what is recorded."""
    _actor.set(actor)


def actor() -> Actor:
    return _actor.get()


@contextmanager
def acting(who: Actor) -> Iterator[None]:
    token = _actor.set(who)
    try:
        yield
    finally:
        _actor.reset(token)


def record(action: str, subject: str, now: int, *, by: Actor | None = None, **detail: Any) -> None:
    """Inside the caller's write(), which changes what is recorded. `by` is for who has just proven who they are."""
    if action not in ACTIONS:
        raise ValueError(f"{action} is no action of the audit log")
    who = by or actor()
    AuditEntry.insert(
        at=now, who=who.name, via=who.via, action=action, subject=_short(subject),
        detail={name: _short(value) for name, value in detail.items() if value is not None},
    ).execute()  # fmt: skip


def entries(asked: Question) -> list[AuditEntry]:
    """Newest first."""
    rows = AuditEntry.select().where(_matching(asked)).order_by(AuditEntry.id.desc())
    return list(rows.limit(asked.limit))


def people() -> list[str]:
    """Everybody who is named in the log."""
    rows = AuditEntry.select(AuditEntry.who).distinct().order_by(AuditEntry.who)
    return [row.who for row in rows]


def _matching(asked: Question) -> peewee.Expression:
    found: peewee.Expression = AuditEntry.id > 0
    if asked.who is not None:
        found &= AuditEntry.who == asked.who
    if asked.action is not None:
        found &= _named(asked.action)
    if asked.since is not None:
        found &= AuditEntry.at >= asked.since
    if asked.until is not None:
        found &= AuditEntry.at < asked.until
    return found if asked.before is None else found & (AuditEntry.id < asked.before)


def _named(action: str) -> peewee.Expression:
    """One action, or all of a noun: `user` stands for `user.added` and the others."""
    # No LIKE: an underscore is a wildcard there.
    named = [name for name in ACTIONS if name == action or name.startswith(action + ".")]
    found: peewee.Expression = AuditEntry.action.in_(named)
    return found


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"
    return [_short(each) for each in value[:50]] if isinstance(value, list) else value
