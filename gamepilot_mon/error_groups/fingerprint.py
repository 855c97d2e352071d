"""Fingerprints: which errors are one and the same. Pure."""

import hashlib
from functools import lru_cache
from typing import NamedTuple

from gamepilot_mon.error_groups import message, stack

REMEMBERED = 4_096  # the errors of a storm are alike


class Identity(NamedTuple):
    """What a group is known by, and how it is shown."""

    fingerprint: str
    title: str
    frames: tuple[str, ...]


def identify(operation: str, error: str, stack_trace: str | None) -> Identity:
    """Equal for errors of one operation with the same normalised message and the same top of the stack."""
    title = message.normalised(error[: message.LONGEST])
    return _identity(operation, title, stack.top(stack.clipped(stack_trace, stack.READ)))


@lru_cache(REMEMBERED)
def _identity(operation: str, title: str, frames: tuple[str, ...]) -> Identity:
    said = "\0".join((operation, title, *frames)).encode(errors="replace")
    return Identity(hashlib.blake2b(said, digest_size=8).hexdigest(), title, frames)
