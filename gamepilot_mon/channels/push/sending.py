"""One notification to every browser that wants it. What became of it at each is kept, so that another attempt
goes only to those who have not had it.

A browser that fails is waited for, unless others had the message and this one has failed for long or asked for a
long pause: its push service must not hold up what the others are told next.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import partial

from gamepilot_mon import clock, db, push_subscriptions, vapid
from gamepilot_mon.channels import DETAIL_MAX, DeliveryError, Message, Receipt
from gamepilot_mon.channels.posting import Post, answer_of, judged, named
from gamepilot_mon.channels.push.config import PushConfig
from gamepilot_mon.channels.push.encryption import encrypted
from gamepilot_mon.channels.push.payload import headers, payload
from gamepilot_mon.push_subscriptions import PATIENCE, Receiver

AT_ONCE = 8
LONG_PAUSE_MS = 30_000
GONE = frozenset({404, 410})


class Gone(Exception):
    """The push service knows the subscription no more."""


@dataclass(slots=True)
class Tally:
    reached: int = 0
    ended: int = 0
    refused: list[str] = field(default_factory=list)
    late: list[tuple[Receiver, DeliveryError]] = field(default_factory=list)
    """those that failed for now"""


def send(config: PushConfig, message: Message) -> Receipt:
    everybody = push_subscriptions.receivers()
    if not everybody:
        raise DeliveryError("No browser has subscribed to notifications.", permanent=True)
    # A test is to prove every browser.
    wanting = everybody if message.change == "test" else _wanting(everybody, message)
    if not wanting:
        return Receipt(f"no browser wants to hear of the severity {message.severity}")
    settled = push_subscriptions.settled(message.notification_id)
    tally = Tally(reached=sum(settled.values()))
    _send_all(config, message, [each for each in wanting if each.id not in settled], tally)
    return _verdict(tally)


def _wanting(everybody: list[Receiver], message: Message) -> list[Receiver]:
    return push_subscriptions.wanting(everybody, message.severity)


def _send_all(config: PushConfig, message: Message, owed: list[Receiver], tally: Tally) -> None:
    now = clock.utcnow()
    paused = [each for each in owed if (each.paused_until or 0) > now]
    tally.late += [(each, _still_paused(each, now)) for each in paused]
    ready = [each for each in owed if each not in paused]
    key = _private_key() if ready else ""
    content = payload(message)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="push") as pool:
        sent = {pool.submit(_send_one, config, message, content, key, each): each for each in ready}
        for receiver, future in _finished(sent):
            _note(receiver, future, message, tally)


def _finished(sent: dict[Future[Receipt], Receiver]) -> Iterator[tuple[Receiver, Future[Receipt]]]:
    for future in as_completed(sent):
        yield sent[future], future


def _still_paused(receiver: Receiver, now: int) -> DeliveryError:
    left_ms = (receiver.paused_until or now) - now
    return DeliveryError("the push service asked for a pause that is not over", retry_after_ms=left_ms)


def _private_key() -> str:
    """Read first: there is one from the first subscription on, and a write waits for its turn."""
    stored = vapid.private_key()
    if stored is not None:
        return stored
    with db.write():
        return vapid.made_private_key()


def _send_one(config: PushConfig, message: Message, content: bytes, key: str, to: Receiver) -> Receipt:
    who = "The push service"
    post = Post(
        who=who, address_called="The subscription's address", url=to.endpoint,
        body=encrypted(content, to.p256dh, to.auth),
        headers={
            **named(message), **headers(message), "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "Authorization": vapid.authorization(key, to.endpoint, config.subject, clock.utcnow()),
        },
        secrets=(to.endpoint, to.auth, to.p256dh), allowed=config.allowed,
        connect_ms=config.connect_ms, read_ms=config.read_ms, deadline_ms=config.deadline_ms,
    )  # fmt: skip
    answer = answer_of(post)
    if answer.status in GONE:
        raise Gone
    return judged(post, answer)


def _note(receiver: Receiver, future: Future[Receipt], message: Message, tally: Tally) -> None:
    """Committed one by one: a process that dies has doubled the fewest. Nothing is kept of a test, which is not
    sent again, and which the web process sends on its event loop, where a write would hold up everybody."""
    outcome = _outcome(receiver, future, tally)
    if message.change == "test":
        return
    now = clock.utcnow()
    with db.write():
        outcome(message.notification_id, now)


def _outcome(receiver: Receiver, future: Future[Receipt], tally: Tally) -> Callable[[str, int], None]:
    """Counts what became of it, and says what is to be kept of that: (notification, now)."""
    try:
        future.result()
    except Gone:
        tally.ended += 1
        return lambda notification, now: push_subscriptions.ended(receiver.id)
    except DeliveryError as error:
        if error.permanent:
            tally.refused.append(error.detail)
            return partial(push_subscriptions.refused, receiver.id)
        tally.late.append((receiver, error))
        retry_after_ms = error.retry_after_ms
        return lambda notification, now: push_subscriptions.failed(receiver.id, now, retry_after_ms)
    tally.reached += 1
    return partial(push_subscriptions.reached, receiver.id)


def _verdict(tally: Tally) -> Receipt:
    awaited = [
        error for receiver, error in tally.late if not tally.reached or _worth_waiting(receiver, error)
    ]
    if awaited:
        pauses = [error.retry_after_ms for error in awaited if error.retry_after_ms is not None]
        raise DeliveryError(
            _words(tally), uncertain=any(error.uncertain for error in awaited),
            # The first whose pause is over, and all of those that named none, decide.
            retry_after_ms=min(pauses) if len(pauses) == len(awaited) else None,
        )  # fmt: skip
    if not tally.reached:
        raise DeliveryError(_words(tally), permanent=True)
    return Receipt(_words(tally))


def _worth_waiting(receiver: Receiver, error: DeliveryError) -> bool:
    return receiver.failures + 1 < PATIENCE and (error.retry_after_ms or 0) <= LONG_PAUSE_MS


def _words(tally: Tally) -> str:
    parts = [f"reached {_browsers(tally.reached)}"]
    if tally.ended:
        parts.append(f"{_browsers(tally.ended)} had ended the subscription")
    if tally.refused:
        parts.append(f"{_browsers(len(tally.refused))} refused: {tally.refused[0]}")
    if tally.late:
        parts.append(f"{_browsers(len(tally.late))} not reached: {tally.late[0][1].detail}")
    return "; ".join(parts)[:DETAIL_MAX]


def _browsers(count: int) -> str:
    return "1 browser" if count == 1 else f"{count} browsers"
