"""One checked POST of JSON to a provider, and the errors that all such channels have in common."""

import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

import requests
import urllib3

from gamepilot_mon import clock
from gamepilot_mon.channels import DETAIL_MAX, DeliveryError, Message, Receipt
from gamepilot_mon.channels.clean import one_line
from gamepilot_mon.channels.retry_after import parse_retry_after
from gamepilot_mon.outbound import AddressRefused, Deadline, Dialer, Network, Unreachable, tls_trouble
from gamepilot_mon.outbound_http import session

ANSWER_MAX = 2_048
"""bytes of an answer that are read"""
WORTH_RETRYING = frozenset({408, 425, 429})
MAY_HAVE_ARRIVED = frozenset({502, 504})
"""a gateway lost the answer of the server behind it"""

_TIMEOUTS = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Post:
    """`who` and `address_called` begin sentences; `secrets` are cut out of answers that echo them, and so are the
    parts of the address but for `public_parts`. `says_no`: of the body of a success, whether it is none."""

    who: str
    address_called: str
    url: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    public_parts: frozenset[str] = frozenset()
    says_no: Callable[[str], bool] = lambda body: False
    trusted: bool = False
    allowed: tuple[Network, ...] = ()
    connect_ms: int = 3_000
    read_ms: int = 8_000
    deadline_ms: int = 10_000


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str
    retry_after: str | None


def named(message: Message) -> dict[str, str]:
    """The header by which a receiver recognises a notification, whatever is in its id."""
    return {"X-GamePilot-Notification": re.sub(r"[^0-9A-Za-z._-]", "", message.notification_id)}


def deliver(post: Post) -> Receipt:
    """The provider's receipt, or DeliveryError."""
    return judged(post, answer_of(post))


def answer_of(post: Post) -> Answer:
    """Whatever the provider answers; DeliveryError when there is no answer."""
    target = _target(post)
    with Deadline(post.deadline_ms) as deadline:
        own = [(target.hostname or "", target.port or _PORTS[target.scheme])] if post.trusted else []
        dialer = Dialer(deadline, allowed=post.allowed, own_hosts=own, connect_ms=post.connect_ms)
        outcome = _exchange(post, dialer)
    # Raised out here so that no traceback chains to a library's error, whose text has the address.
    if isinstance(outcome, DeliveryError):
        raise outcome
    return outcome


def _target(post: Post) -> SplitResult:
    try:
        target = urlsplit(post.url)
        sound = target.scheme in _PORTS and bool(target.hostname) and target.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise DeliveryError(f"{post.address_called} is not an http or https URL.", permanent=True)
    return target


def _exchange(post: Post, dialer: Dialer) -> Answer | DeliveryError:
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Accept-Encoding": "identity",
        "User-Agent": "gamepilot-mon",
        **post.headers,
    }
    timeout = (post.connect_ms / 1000, post.read_ms / 1000)
    try:
        with (
            session(dialer) as http,
            http.post(
                post.url, data=post.body, headers=headers, timeout=timeout, allow_redirects=False, stream=True
            ) as response,
        ):
            return Answer(response.status_code, _body(response), response.headers.get("Retry-After"))
    except AddressRefused as error:
        return DeliveryError(f"{post.who} was not contacted: {error}.", permanent=True)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        return _broken_off(post, error, dialer)


def _body(response: requests.Response) -> str:
    """A refusal is one even when its words are cut off; a success must be whole to count."""
    try:
        return _beginning(response)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
        if response.status_code >= 300:
            return ""
        raise


def _beginning(response: requests.Response) -> str:
    """Reads on after a short piece: only the read after it finds out that the connection ended too early."""
    content = b""
    while len(content) < ANSWER_MAX:
        piece: bytes = response.raw.read(ANSWER_MAX - len(content))
        if not piece:
            break
        content += piece
    return one_line(content.decode("utf-8", "replace"))


def _broken_off(post: Post, error: Exception, dialer: Dialer) -> DeliveryError:
    if dialer.request_sent:
        why = f"gave no complete answer {_limit(post, error, dialer)}"
        return DeliveryError(f"{post.who}'s server took the message but {why}.", uncertain=True)
    root = _root(error)
    if isinstance(root, Unreachable):
        return DeliveryError(f"{post.who} could not be reached: {root}.")
    if dialer.deadline.expired or isinstance(error, _TIMEOUTS):
        return DeliveryError(f"{post.who} could not be reached: the connection was not ready in time.")
    if isinstance(root, ssl.SSLError):
        return DeliveryError(f"{post.who} could not be reached: {tls_trouble(root)}.")
    return DeliveryError(f"The connection to {post.who} broke before the message was sent.")


def _limit(post: Post, error: Exception, dialer: Dialer) -> str:
    if dialer.deadline.expired:
        return f"within {post.deadline_ms / 1000:g} s"
    return (
        f"within {post.read_ms / 1000:g} s" if isinstance(error, _TIMEOUTS) else "before the connection broke"
    )


def _root(error: BaseException) -> BaseException:
    """The error that says something: libraries wrap it in causes, contexts, arguments and reasons."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        candidate = waiting.pop()
        if not isinstance(candidate, BaseException) or id(candidate) in seen:
            continue
        if isinstance(candidate, Unreachable | ssl.SSLError):
            return candidate
        seen.add(id(candidate))
        waiting += [candidate.__cause__, candidate.__context__, getattr(candidate, "reason", None)]
        waiting += candidate.args
    return error


def judged(post: Post, answer: Answer) -> Receipt:
    """The receipt that the answer is, or DeliveryError."""
    detail = f"{answer.status} {redacted(post, answer.body)}".strip()[: DETAIL_MAX - 60]
    if 200 <= answer.status < 300 and not post.says_no(answer.body):
        return Receipt(detail)
    if 300 <= answer.status < 400:
        raise DeliveryError(f"{post.who}'s server redirects ({answer.status}), not followed.", permanent=True)
    if answer.status in WORTH_RETRYING or answer.status >= 500:
        raise DeliveryError(
            f"{post.who} did not take the message for now: {detail}",
            retry_after_ms=parse_retry_after(answer.retry_after, clock.utcnow()),
            uncertain=answer.status in MAY_HAVE_ARRIVED,
        )
    raise DeliveryError(f"{post.who} refuses the message: {detail}", permanent=True)


def redacted(post: Post, text: str) -> str:
    """An answer may echo what it was sent: the address, parts of its path, a key."""
    target = urlsplit(post.url)
    places = {post.url, target.path, target.query, *target.path.split("/"), target.password or ""}
    secrets = [place for place in places - post.public_parts if len(place) >= 6]
    for secret in sorted([*secrets, *filter(None, post.secrets)], key=len)[::-1]:
        text = text.replace(secret, "***")
    return text
