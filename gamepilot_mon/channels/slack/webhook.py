"""One POST to the webhook, and what its answer means."""

import json
import re
import ssl
from urllib.parse import SplitResult, urlsplit

import requests
import urllib3

from gamepilot_mon import clock
from gamepilot_mon.channels import DETAIL_MAX, DeliveryError, Message, Receipt
from gamepilot_mon.channels.clean import one_line
from gamepilot_mon.channels.retry_after import parse_retry_after
from gamepilot_mon.channels.slack.config import SlackConfig
from gamepilot_mon.channels.slack.payload import payload
from gamepilot_mon.outbound import AddressRefused, Deadline, Dialer, Unreachable, tls_trouble
from gamepilot_mon.outbound_http import session

ANSWER_MAX = 2_048
"""bytes of an answer that are read; Slack's longest is a few words"""

_WORTH_RETRYING = frozenset({408, 425, 429})
_MAY_HAVE_ARRIVED = frozenset({502, 504})
"""a gateway lost the answer of the server behind it"""
_TIMEOUTS = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
_PORTS = {"https": 443, "http": 80}

Answer = tuple[int, str, str | None]
"""status, beginning of the body, Retry-After"""


def send(config: SlackConfig, message: Message) -> Receipt:
    target = _target(config.webhook_url)
    with Deadline(config.deadline_ms) as deadline:
        dialer = Dialer(
            deadline,
            allowed=config.allowed,
            own_hosts=[_address(target)] if config.trusted else [],
            connect_ms=config.connect_ms,
        )
        outcome = _post(config, message, dialer)
    # Raised out here so that no traceback chains to a library's error, whose text has the webhook's address.
    if isinstance(outcome, DeliveryError):
        raise outcome
    return _judge(outcome, config.webhook_url)


def _target(url: str) -> SplitResult:
    try:
        target = urlsplit(url)
        sound = target.scheme in _PORTS and bool(target.hostname) and target.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise DeliveryError("The Slack webhook address is not an http or https URL.", permanent=True)
    return target


def _address(target: SplitResult) -> tuple[str, int]:
    return target.hostname or "", target.port or _PORTS[target.scheme]


def _post(config: SlackConfig, message: Message, dialer: Dialer) -> Answer | DeliveryError:
    body = json.dumps(payload(config, message), allow_nan=False, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Accept-Encoding": "identity",
        "User-Agent": "gamepilot-mon",
        "X-GamePilot-Notification": re.sub(r"[^0-9A-Za-z._-]", "", message.notification_id),
    }
    timeout = (config.connect_ms / 1000, config.read_ms / 1000)
    try:
        with (
            session(dialer) as http,
            http.post(
                config.webhook_url,
                data=body,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            return response.status_code, _body(response), response.headers.get("Retry-After")
    except AddressRefused as error:
        return DeliveryError(f"Slack was not contacted: {error}.", permanent=True)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        return _broken_off(error, dialer, config)


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


def _broken_off(error: Exception, dialer: Dialer, config: SlackConfig) -> DeliveryError:
    if dialer.request_sent:
        why = f"gave no complete answer {_limit(error, dialer, config)}"
        return DeliveryError(f"Slack's server took the message but {why}.", uncertain=True)
    root = _root(error)
    if isinstance(root, Unreachable):
        return DeliveryError(f"Slack could not be reached: {root}.")
    if dialer.deadline.expired or isinstance(error, _TIMEOUTS):
        return DeliveryError("Slack could not be reached: the connection was not ready in time.")
    if isinstance(root, ssl.SSLError):
        return DeliveryError(f"Slack could not be reached: {tls_trouble(root)}.")
    return DeliveryError("The connection to Slack broke before the message was sent.")


def _limit(error: Exception, dialer: Dialer, config: SlackConfig) -> str:
    if dialer.deadline.expired:
        return f"within {config.deadline_ms / 1000:g} s"
    timed_out = isinstance(error, _TIMEOUTS)
    return f"within {config.read_ms / 1000:g} s" if timed_out else "before the connection broke"


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


def _judge(answer: Answer, webhook_url: str) -> Receipt:
    status, body, retry_after = answer
    detail = f"{status} {redact(body, webhook_url)}".strip()[: DETAIL_MAX - 60]
    if 200 <= status < 300 and not _says_no(body):
        return Receipt(detail)
    if 300 <= status < 400:
        raise DeliveryError(f"Slack's server redirects ({status}), not followed.", permanent=True)
    if status in _WORTH_RETRYING or status >= 500:
        raise DeliveryError(
            f"Slack did not take the message for now: {detail}",
            retry_after_ms=parse_retry_after(retry_after, clock.utcnow()),
            uncertain=status in _MAY_HAVE_ARRIVED,
        )
    raise DeliveryError(f"Slack refuses the message: {detail}", permanent=True)


def _says_no(body: str) -> bool:
    """Some servers of this format answer 200 with {"ok": false, …} or {"success": false, …}."""
    if not body.startswith("{"):
        return False
    try:
        answer = json.loads(body)
    except ValueError:
        return False
    return answer.get("ok") is False or answer.get("success") is False


def redact(text: str, webhook_url: str) -> str:
    """An answer may echo the address, which is a secret: whole, its path, or a part of the path."""
    target = urlsplit(webhook_url)
    secrets = [webhook_url, target.path, target.query, *target.path.split("/")]
    for secret in sorted(filter(lambda part: len(part) >= 6 and part != "services", secrets), key=len)[::-1]:
        text = text.replace(secret, "***")
    return text
