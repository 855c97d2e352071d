"""/socket.io/, as Engine.IO 4 wants it. Everybody may knock: who it is turns out with the first packet."""

from base64 import b64encode
from functools import partial
from hashlib import sha1
from typing import TYPE_CHECKING

import msgspec
from flask import Blueprint, Response, request

from gamepilot_mon.settings import Settings
from gamepilot_mon.web import bodies
from gamepilot_mon.web.live import deflate, door, takeover
from gamepilot_mon.web.live.socketio import packets
from gamepilot_mon.web.live.socketio.session import Session
from gamepilot_mon.web.live.takeover import Taken
from gamepilot_mon.web.scheme import client_address

if TYPE_CHECKING:
    from gamepilot_mon.web.live import Live

PATH = "/socket.io/"
_KEY_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
# The numbers by which Engine.IO clients know what was wrong.
UNKNOWN_TRANSPORT, UNKNOWN_SESSION, BAD_METHOD, BAD_REQUEST, BAD_VERSION = 0, 1, 2, 3, 5


class Wrong(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def blueprint(live: "Live", settings: Settings) -> Blueprint:
    """Endpoints `socketio.polling` and `socketio.websocket`, both public: the packets are checked."""
    routes = Blueprint("socketio", __name__)

    @routes.before_request
    def check() -> None:
        door.check_given_origin(settings)
        if request.method == "OPTIONS":
            return
        door.check_transport()
        _check_version()
        if request.endpoint == "socketio.websocket":
            door.check_handshake()
        if request.endpoint == "socketio.websocket" or "sid" not in request.args:
            door.check_room(live.start(), settings)

    @routes.after_request
    def allow(response: Response) -> Response:
        door.let_page_read(response, settings)
        return response

    @routes.errorhandler(Wrong)
    def wrong(error: Wrong) -> Response:
        body = msgspec.json.encode({"code": error.code, "message": str(error)})
        return Response(body, 400, content_type="application/json")

    @routes.route(PATH, methods=["GET", "POST"], strict_slashes=False)
    def polling() -> Response:
        if request.args.get("transport") != "polling":
            raise Wrong(UNKNOWN_TRANSPORT, "Transport unknown")
        if "sid" in request.args:
            session = _session(live)
            return _poll(live, session) if request.method == "GET" else _post(live, session)
        if request.method != "GET":
            raise Wrong(BAD_METHOD, "Bad handshake method")
        return _text(live.start_socketio().open_session(door.trusted_visitor(), client_address()))

    @routes.route(PATH, websocket=True, strict_slashes=False)
    def websocket() -> Response:
        if request.args.get("transport") != "websocket":
            raise Wrong(UNKNOWN_TRANSPORT, "Transport unknown")
        session = _session(live) if "sid" in request.args else None
        response = Taken(status=101)
        agreed = deflate.agreed(request.headers.get("Sec-WebSocket-Extensions"))
        _add_handshake(response, agreed)
        response.take = partial(_take, live, session, agreed is not None)
        return response

    return routes


def _check_version() -> None:
    if request.args.get("EIO") != packets.PROTOCOL_VERSION:
        raise Wrong(BAD_VERSION, "Unsupported protocol version")


def _session(live: "Live") -> Session:
    session = live.start_socketio().session(request.args["sid"])
    if session is None:
        raise Wrong(UNKNOWN_SESSION, "Session ID unknown")
    return session


def _poll(live: "Live", session: Session) -> Response:
    if session.polling:
        raise Wrong(BAD_REQUEST, "One poll at a time")
    payload = live.start_socketio().poll(request.args["sid"], session)
    if not payload:
        raise Wrong(UNKNOWN_SESSION, "Session ID unknown")
    return _text(payload)


def _post(live: "Live", session: Session) -> Response:
    body = bodies.whole(packets.MAX_PAYLOAD_BYTES)
    live.start_socketio().post(session, door.trusted_visitor(), body)
    return _text(b"ok")


def _text(body: bytes) -> Response:
    return Response(body, content_type="text/plain; charset=UTF-8")


def _add_handshake(response: Response, agreed: str | None) -> None:
    key = request.headers["Sec-WebSocket-Key"].strip().encode()
    response.headers["Upgrade"] = "websocket"
    response.headers["Connection"] = "Upgrade"
    response.headers["Sec-WebSocket-Accept"] = b64encode(sha1(key + _KEY_SUFFIX).digest()).decode()
    if agreed is not None:
        response.headers["Sec-WebSocket-Extensions"] = agreed
    del response.headers["Content-Type"]


def _take(live: "Live", session: Session | None, deflated: bool, head: bytes) -> None:
    socketio = live.start_socketio()
    fd = takeover.copy_of(request.environ["gunicorn.socket"])
    if session is None:
        socketio.adopt(fd, head, door.trusted_visitor(), client_address(), deflated)
    else:
        socketio.adopt_upgrade(fd, head, session, client_address(), deflated)
