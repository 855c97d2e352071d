"""Security headers on every answer."""

from flask import Flask, Response, request

from gamepilot_mon.settings import Settings
from gamepilot_mon.web.scheme import is_https

CSP = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:",
    "connect-src 'self'", "font-src 'self'", "manifest-src 'self'", "form-action 'self'",
    "base-uri 'none'", "frame-ancestors 'none'",
))  # fmt: skip
ALWAYS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
TLS = {"Strict-Transport-Security": "max-age=31536000"}
UNKEPT = "no-store"
FOREVER = "public, max-age=31536000, immutable"


def init(app: Flask, settings: Settings) -> None:
    app.after_request(_add)


def _add(response: Response) -> Response:
    response.headers.update(ALWAYS)
    if is_https():
        response.headers.update(TLS)
    if request.endpoint == "static":
        _let_versions_be_kept(response)
        _let_apps_load_the_client(response)
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = UNKEPT
    return response


def _let_versions_be_kept(response: Response) -> None:
    # Our own files keep their names when they change, so browsers ask again; vendored paths carry a version.
    if "@" in request.path and response.status_code in (200, 304):
        response.headers["Cache-Control"] = FOREVER


def _let_apps_load_the_client(response: Response) -> None:
    if request.path.startswith("/static/client/"):
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
