"""An HTTP address: up when it answers in time with a status below 400.

The spec names it in one of two ways. `{"setting": "gamepilot_url"}` is a base address from the environment,
handed over in `Task.secrets`; it may be private, and `<base>/health` is asked. An app without that route
answers 404 there, and then the base address itself decides. `{"url": "https://…"}` is asked as it is, where
the open internet or `Task.allowed` permits.

Redirects are not followed; a redirect is an answer, so it counts as up. A name that does not resolve is down:
a broken resolver of this machine looks the same from here. An address that must not be reached is unknown,
since nothing was measured.
"""

import functools
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
import urllib3

from gamepilot_mon.outbound import (
    AddressRefused,
    Deadline,
    Dialer,
    HostPort,
    Unreachable,
    tls_context,
    tls_trouble,
)
from gamepilot_mon.outbound_http import session
from gamepilot_mon.probes import Reading, Task

BODY_MAX = 64 * 1024
HEALTH_PATH = "/health"
_PORTS = {"http": 80, "https": 443}
_TIMEOUTS = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
_HEADERS = {"User-Agent": "gamepilot-mon", "Accept": "*/*", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Target:
    """Where to ask, in order; the next one is asked only when one answers 404."""

    urls: tuple[str, ...]
    own_hosts: tuple[HostPort, ...] = ()


class HttpProbe:
    kind = "http"

    def measure(self, task: Task) -> Reading:
        target = _target(task)
        if target is None:
            return Reading("unknown", error="no http or https address is configured for this check")
        with Deadline(task.timeout_ms) as deadline:
            dialer = Dialer(
                deadline, allowed=task.allowed, own_hosts=target.own_hosts, connect_ms=task.timeout_ms
            )
            for url in target.urls:
                reading = _ask(url, dialer, task.timeout_ms)
                if (reading.data or {}).get("status") != 404:
                    break
        return reading


def _target(task: Task) -> Target | None:
    setting = task.spec.get("setting")
    url = task.secrets.get(setting, "") if setting else str(task.spec.get("url", ""))
    address = _address(url)
    if address is None:
        return None
    if setting is None:
        return Target((url,))
    return Target((url.rstrip("/") + HEALTH_PATH, url), (address,))


def _address(url: str) -> HostPort | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return parts.hostname, port or _PORTS[parts.scheme]


def _ask(url: str, dialer: Dialer, timeout_ms: int) -> Reading:
    began = time.perf_counter()
    try:
        status = _status(url, dialer, timeout_ms / 1000)
    except AddressRefused as error:
        return Reading("unknown", error=f"not asked: {error}")
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        return Reading("down", error=_trouble(error, dialer, timeout_ms))
    latency_ms = (time.perf_counter() - began) * 1000
    data = {"status": status}
    if status >= 400:
        return Reading("down", latency_ms, f"{shown(url)} answered with status {status}", data)
    return Reading("up", latency_ms, None, data)


def _status(url: str, dialer: Dialer, timeout_s: float) -> int:
    with (
        session(dialer, tls=_tls()) as http,
        http.get(url, headers=_HEADERS, timeout=timeout_s, allow_redirects=False, stream=True) as response,
    ):
        _read_beginning(response)
        return response.status_code


def _read_beginning(response: requests.Response) -> None:
    """An answer that breaks off is not an answer; one without end is, and is left."""
    left = BODY_MAX
    while left > 0:
        piece = response.raw.read(min(left, 16 * 1024))
        if not piece:
            return
        left -= len(piece)


def _trouble(error: Exception, dialer: Dialer, timeout_ms: int) -> str:
    for cause in _causes(error):
        if isinstance(cause, Unreachable):
            return str(cause)
        if isinstance(cause, ssl.SSLError) and not dialer.deadline.expired:
            return tls_trouble(cause)
    if dialer.deadline.expired or isinstance(error, _TIMEOUTS):
        return f"no complete answer within {timeout_ms / 1000:g} s"
    return "the connection broke before the answer was complete"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that libraries wrapped into it."""
    waiting: list[Any] = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop()
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            waiting += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]


@functools.cache
def _tls() -> ssl.SSLContext:
    return tls_context()


def shown(url: str) -> str:
    """The URL without the parts that may hold a secret: user, password and query."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


probe = HttpProbe()
