"""A lane of their own for events in masses: POST /api/v1/events without what Flask does for a page.

Routing, cookies, forms and the like cost more than to check a hundred events and store them. What is plainly such a
request, by a token that was verified a moment ago, is taken here; everything else goes the usual way, and so does
whatever goes wrong here, for the answer that it gets there.
"""

from collections.abc import Callable, Iterable
from typing import Any

import gevent
from werkzeug.exceptions import ClientDisconnected, RequestTimeout

from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.clock import utcnow
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import bodies, events, headers, policy, verified
from gamepilot_mon.web.envelope import document

Environ = dict[str, Any]
Start = Callable[..., Any]
App = Callable[[Environ, Start], Iterable[bytes]]

PATH = "/api/v1/events"
# Any of them makes a request one for the usual way.
_UNUSUAL = frozenset({"HTTP_CONTENT_ENCODING", "HTTP_ORIGIN", "HTTP_TRANSFER_ENCODING"})
_SCHEME = "Bearer "
_VARY = "Origin, Cookie"  # as the usual way has it


class EventsLane:
    """The WSGI app `usual`, with the lane before it."""

    def __init__(self, usual: App, settings: Settings) -> None:
        self._usual = usual
        self._headers = {**headers.ALWAYS, "Cache-Control": headers.UNKEPT, "Vary": _VARY}
        self._over_tls = {**self._headers, **headers.TLS}
        self._public_tls = (settings.public_url or "").startswith("https://")

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        principal = _sender(environ) if _is_plain(environ) else None
        if principal is None:
            return self._usual(environ, start)
        now = utcnow()
        try:
            answer = document(now, **events.take(_body(environ), principal, now))
        except Exception as error:
            environ[bodies.FAILED] = error
            return self._usual(environ, start)
        start("202 ACCEPTED", self._answered(environ, len(answer)))
        return [answer]

    def _answered(self, environ: Environ, length: int) -> list[tuple[str, str]]:
        tls = self._public_tls or environ["wsgi.url_scheme"] == "https"
        always = self._over_tls if tls else self._headers
        return [("Content-Type", "application/json"), ("Content-Length", str(length)), *always.items()]


def _is_plain(environ: Environ) -> bool:
    return (
        environ.get("PATH_INFO") == PATH
        and environ["REQUEST_METHOD"] == "POST"
        and not environ.get("QUERY_STRING")
        and 0 < _length(environ) <= bodies.LIMIT_BYTES
        and _UNUSUAL.isdisjoint(environ)
    )


def _length(environ: Environ) -> int:
    """Of the body, as announced; 0 when it is not."""
    text = environ.get("CONTENT_LENGTH") or ""
    return int(text) if text.isdecimal() else 0


def _sender(environ: Environ) -> Principal | None:
    """Whoever may send events, by a token that needs no look into the store."""
    text = environ.get("HTTP_AUTHORIZATION", "")
    principal = verified.known(text[len(_SCHEME) :].strip()) if text.startswith(_SCHEME) else None
    return principal if policy.may(principal, policy.POLICY["events.post_events"]) else None


def _body(environ: Environ) -> bytes:
    length = _length(environ)
    with gevent.Timeout(bodies.LIMIT_S, RequestTimeout):
        body: bytes = environ["wsgi.input"].read(length)
    if len(body) < length:
        raise ClientDisconnected
    return body
