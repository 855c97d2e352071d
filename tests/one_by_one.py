"""The outbox a message at a time, as tests go through it: each beginning and each end is a commit of its own."""

from gamepilot_mon import attempts, turns
from gamepilot_mon.attempts import Outcome
from gamepilot_mon.channels import DeliveryError, Receipt, Traits
from gamepilot_mon.models import Attempt, Notification
from gamepilot_mon.pace import UNLIMITED, Pace

PLAIN = Traits(pace=UNLIMITED, summarises=False)


def claim(channel: str, now: int, traits: Traits = PLAIN) -> tuple[Notification, Attempt] | None:
    """Journal an attempt at the notification whose turn it is on `channel`."""
    turn = turns.next_turn(channel, traits, now)
    return journal(turn.row, traits.pace, now) if turn.row else None


def journal(row: Notification, pace: Pace, now: int) -> tuple[Notification, Attempt] | None:
    """Commit that an attempt at `row` begins; None when somebody else was first."""
    begun = attempts.exchange([], [row], pace, now)
    return begun[0] if begun else None


def delivered(row: Notification, attempt: Attempt, detail: str, now: int) -> None:
    """The provider took it."""
    attempts.exchange([Outcome(row, attempt, Receipt(detail), now)], [], UNLIMITED, now)


def failed(
    row: Notification, attempt: Attempt, detail: str, now: int, *,
    permanent: bool = False, retry_after_ms: int | None = None, uncertain: bool = False,
) -> None:  # fmt: skip
    """The provider did not take it: retry later with backoff and jitter, or give up."""
    error = DeliveryError(detail, permanent=permanent, retry_after_ms=retry_after_ms, uncertain=uncertain)
    attempts.exchange([Outcome(row, attempt, error, now)], [], UNLIMITED, now)
