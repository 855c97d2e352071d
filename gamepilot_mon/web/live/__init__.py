"""The live feed: WebSocket, server-sent events and Socket.IO, thousands of clients at the cost of one send each."""

from collections.abc import Mapping

from flask import Flask
from gevent.lock import BoundedSemaphore

from gamepilot_mon import nudge
from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.clock import utcnow
from gamepilot_mon.settings import Settings
from gamepilot_mon.web.live import credentials, supervised
from gamepilot_mon.web.live.clients import Clients
from gamepilot_mon.web.live.credentials import Fallen
from gamepilot_mon.web.live.documents import Documents
from gamepilot_mon.web.live.hub import Hub
from gamepilot_mon.web.live.recent import SNAPSHOT_EVENTS, Recent
from gamepilot_mon.web.live.routes import blueprint
from gamepilot_mon.web.live.running import running
from gamepilot_mon.web.live.socketio import SocketIo
from gamepilot_mon.web.live.socketio import routes as socketio_routes
from gamepilot_mon.web.live.sse import SseProtocol
from gamepilot_mon.web.live.store import Store, beginning
from gamepilot_mon.web.live.tail import Tail
from gamepilot_mon.web.live.timing import Timing
from gamepilot_mon.web.live.websocket import WebSocketProtocol
from gamepilot_mon.web.live.wishes import May, Snapshot
from gamepilot_mon.web.signed_in import verify_bearer


class NoThread:
    """flask-sock's socket would read in a thread of its own; here the hub reads."""

    name = "none"

    def __init__(self, **_: object) -> None: ...

    def start(self) -> None: ...


class Live:
    """Starts in each process at its first client, or by start(): after the fork, never before.

    `requests` are the snapshots that a WebSocket may ask for, made from the store for a number of hours;
    `fallen` answers which of the principals given to it have lost their credential; `may` whether somebody
    may send a message of a type, be it over WebSocket or Socket.IO (the addresses are in the policy table too).
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        requests: Mapping[str, Snapshot],
        fallen: Fallen,
        may: May = lambda principal, kind: True,
        timing: Timing | None = None,
    ) -> None:
        self.clients = Clients()
        self.tail: Tail | None = None
        self._settings = settings
        self._store = store
        self._requests = requests
        self._fallen = fallen
        self._may = may
        self._timing = timing or Timing()
        self._starting = BoundedSemaphore()

    def register(self, app: Flask) -> None:
        app.extensions["live"] = self
        app.extensions.setdefault("metric_sources", []).append(self.clients.families)
        self._app = app
        app.config.setdefault("SOCK_SERVER_OPTIONS", {"thread_class": NoThread})
        app.register_blueprint(blueprint(self, self._settings))
        app.register_blueprint(socketio_routes.blueprint(self, self._settings))

    def start(self) -> Hub:
        """The hub of this process, running."""
        with self._starting:
            if self.clients.hub is None:
                self.clients.hub = self._start()
        return self.clients.hub

    def start_socketio(self) -> SocketIo:
        self.start()
        return self.socketio

    def _start(self) -> Hub:
        head, epoch, latest = self._store.read(beginning, list(SNAPSHOT_EVENTS))
        hub = Hub(Recent(head, latest), epoch, self._store, self._timing)
        documents = Documents(self._store, self._requests)
        self.websocket = WebSocketProtocol(hub, documents, self._may, deflated=False)
        self.websocket_deflated = WebSocketProtocol(hub, documents, self._may, deflated=True)
        self.sse = SseProtocol(hub, chunked=True)
        self.sse_unchunked = SseProtocol(hub, chunked=False)
        self.socketio = SocketIo(hub, documents, self._may, self._verify)
        nudges = nudge.folder_of(self._settings.state_dir)
        self.tail = Tail(self._store, nudges, head, hub.publish, self._timing)
        self._greenlets = [
            supervised.spawn("the live tail", self.tail.run),
            supervised.spawn(
                "the check of live credentials",
                lambda: credentials.watch(hub, self._store, self._fallen, self._timing),
            ),
            supervised.spawn("the care for Socket.IO sessions", self.socketio.care),
        ]
        running.add(self)
        return hub

    def _verify(self, token: str) -> Principal | None:
        with self._app.app_context():
            return verify_bearer(token, utcnow())

    @property
    def progress_at(self) -> int | None:
        """When the slower of hub and tail last got on; None before the start."""
        if self.clients.hub is None or self.tail is None:
            return None
        return min(self.clients.hub.progress_at, self.tail.progress_at)

    def stop(self, reason: str = "the server is stopping") -> None:
        """Every client hears system:shutdown and is closed, within two seconds. There is no coming back."""
        if self.clients.hub is None:
            return
        self.clients.hub.stop(reason)
        for greenlet in self._greenlets:
            greenlet.kill()
        running.discard(self)
