"""Cross-site request forgery: every change by way of a cookie needs the token that our own page carries."""

from flask import Flask, abort, request
from flask_wtf.csrf import CSRFProtect

from gamepilot_mon.settings import Settings
from gamepilot_mon.web.signed_in import bearer_text

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# The key or link in the path, or a header, is the credential, and no cookie is looked at; Socket.IO judges each
# POST's Origin.
_OTHERWISE_GUARDED = frozenset({"acknowledge_link", "ping", "sentry", "socketio"})

_protect = CSRFProtect()


def init(app: Flask, settings: Settings) -> None:
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a page left open overnight still works
        WTF_CSRF_SSL_STRICT=False,  # it wants a Referer, which our Referrer-Policy forbids
    )
    _protect.init_app(app)
    app.before_request(_check)


def _check() -> None:
    if request.method in _SAFE or request.endpoint is None or bearer_text() is not None:
        return
    if request.blueprint in _OTHERWISE_GUARDED:
        return
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(403, description="This request came from another site.")
    _protect.protect()
