"""The addresses of WebSocket and stream; Socket.IO has its own next door."""

from functools import partial
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from flask_sock import Sock
from simple_websocket import Server

from gamepilot_mon.settings import Settings
from gamepilot_mon.web.live import deflate, door, takeover
from gamepilot_mon.web.live.sse import Wanted
from gamepilot_mon.web.live.takeover import Taken
from gamepilot_mon.web.live.wishes import Mistake, bits_of
from gamepilot_mon.web.problems import Pointed, problem
from gamepilot_mon.web.scheme import client_address

EXTENSIONS = "HTTP_SEC_WEBSOCKET_EXTENSIONS"

if TYPE_CHECKING:
    from gamepilot_mon.web.live import Live


def blueprint(live: "Live", settings: Settings) -> Blueprint:
    """Endpoints `live.websocket` (/ws), `live.plain` (the same without an upgrade) and `live.stream`
    (/api/realtime/stream), all for viewers."""
    routes = Blueprint("live", __name__)

    @routes.before_request
    def check() -> None:
        if request.endpoint == "live.plain":
            return
        door.check_origin(settings)
        door.check_transport()
        if request.endpoint == "live.websocket":
            door.check_handshake()
            _agree_on_compression()
        door.check_room(live.start(), settings)

    @Sock().route("/ws", bp=routes, endpoint="websocket")  # type: ignore[untyped-decorator]
    def websocket(connection: Server) -> None:
        deflated = EXTENSIONS in request.environ
        protocol = live.websocket_deflated if deflated else live.websocket
        fd = takeover.copy_of(request.environ["gunicorn.socket"])
        connection.connected = False  # flask-sock has nothing left to close
        live.start().adopt(fd, protocol, door.visitor(), client_address(), protocol.welcome)

    @routes.get("/ws")
    def plain() -> Response:
        answer = problem(426, "This address speaks WebSocket: connect to it with a WebSocket client.")
        answer.headers["Upgrade"] = "websocket"
        answer.headers["Connection"] = "Upgrade"
        return answer

    @routes.get("/api/realtime/stream")
    def stream() -> Response:
        response = Taken(content_type="text/event-stream; charset=utf-8")
        _add_headers(response, settings)
        wanted = _wanted()
        if request.method == "HEAD":
            return Response(headers=response.headers)
        chunked = request.environ["SERVER_PROTOCOL"] != "HTTP/1.0"
        if chunked:
            response.headers["Transfer-Encoding"] = "chunked"
        response.take = partial(_take, live, chunked, wanted)
        return response

    return routes


def _agree_on_compression() -> None:
    """Leave of the offers only what we keep to: the handshake agrees to all that it finds."""
    agreed = deflate.agreed(request.environ.pop(EXTENSIONS, None))
    if agreed is not None:
        request.environ[EXTENSIONS] = agreed


def _take(live: "Live", chunked: bool, wanted: Wanted, head: bytes) -> None:
    protocol = live.sse if chunked else live.sse_unchunked
    fd = takeover.copy_of(request.environ["gunicorn.socket"])
    welcome = partial(protocol.welcome, head=head, wanted=wanted)
    live.start().adopt(fd, protocol, door.visitor(), client_address(), welcome)


def _add_headers(response: Response, settings: Settings) -> None:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Connection"] = "close"
    response.headers["X-Accel-Buffering"] = "no"
    door.let_page_read(response, settings)


def _wanted() -> Wanted:
    names = [name for given in request.args.getlist("topics") for name in given.split(",") if name]
    try:
        topics = bits_of(names)
    except Mistake as mistake:
        raise Pointed(400, str(mistake)) from None
    return Wanted(topics, _since())


def _since() -> int | None:
    """The Last-Event-ID of a reconnect knows more than the address that it started from."""
    header, query = request.headers.get("Last-Event-ID"), request.args.get("since")
    if header:
        return int(header) if _is_id(header) else -1
    if not query:
        return None
    if not _is_id(query):
        raise Pointed(400, "since is the id of the last item seen, a whole number.")
    return int(query)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
