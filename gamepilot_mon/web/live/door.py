"""The door of the live feed: who comes in, from where, and how many."""

import base64

from flask import Response, abort, current_app, request

from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.settings import Settings
from gamepilot_mon.web.live import origin, takeover
from gamepilot_mon.web.live.hub import Hub
from gamepilot_mon.web.problems import Pointed
from gamepilot_mon.web.scheme import client_address, is_https
from gamepilot_mon.web.signed_in import bearer_text, current_principal

RETRY_AFTER_S = 5


def check_origin(settings: Settings) -> None:
    """Raises the 403. A cookie travels with requests that foreign pages cause; a bearer token does not."""
    vouched = _vouched(request.headers.get("Accept", ""))
    _refuse_origin(settings, trusted_without=vouched or bearer_text() is not None)


def check_given_origin(settings: Settings) -> None:
    """check_origin() for whoever can show a token later; until then trusted_visitor() says who it is."""
    _refuse_origin(settings, trusted_without=True)


def trusted_visitor() -> Principal | None:
    """Who is signed in, unless a foreign page may have caused this request."""
    if request.headers.get("Origin") is None and bearer_text() is None and not _vouched(""):
        return None
    return current_principal()


def _vouched(accept: str) -> bool:
    plain_get = request.headers.get("Upgrade") is None
    return plain_get and origin.vouched(request.headers.get("Sec-Fetch-Site"), accept)


def _refuse_origin(settings: Settings, *, trusted_without: bool) -> None:
    refused = _refusal(settings, trusted_without=trusted_without)
    if refused is not None:
        raise Pointed(403, refused)


def _refusal(settings: Settings, *, trusted_without: bool) -> str | None:
    return origin.refusal(
        request.headers.get("Origin"),
        request.host,
        secure=is_https(),
        allowed=[*settings.allowed_origins, *([settings.public_url] if settings.public_url else [])],
        trusted_without=trusted_without,
    )


def let_page_read(response: Response, settings: Settings) -> None:
    """A page that the door lets in, and no other, not even why it was refused."""
    page = request.headers.get("Origin")
    if page is not None and _refusal(settings, trusted_without=True) is None:
        response.headers["Access-Control-Allow-Origin"] = origin.normal(page)
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Vary"] = "Origin"


def check_transport() -> None:
    refused = takeover.refusal()
    if refused is not None:
        raise Pointed(501, refused)


def check_handshake() -> None:
    """What flask-sock's own handshake would answer with a 500."""
    if request.headers.get("Sec-WebSocket-Version") != "13":
        raise Pointed(400, "Only version 13 of the WebSocket protocol is spoken here.")
    try:
        key = base64.b64decode(request.headers.get("Sec-WebSocket-Key", ""), validate=True)
    except ValueError:
        key = b""
    if len(key) != 16:
        raise Pointed(400, "Sec-WebSocket-Key must be 16 bytes in base64.")


def check_room(hub: Hub, settings: Settings) -> None:
    if hub.stopping:
        raise Pointed(503, "The server is stopping.", retry_after_s=RETRY_AFTER_S)
    if len(hub) >= settings.live_max:
        raise Pointed(503, "No more live connections can be served now.", retry_after_s=RETRY_AFTER_S)
    if hub.rooms.by_address[client_address()] >= settings.live_max_per_address:
        raise Pointed(429, "Too many live connections from this address.", retry_after_s=RETRY_AFTER_S)


def visitor() -> Principal:
    """Whoever the policy table let in."""
    principal = current_principal()
    if principal is None:
        abort(401)
    return principal


def settings_of_app() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
