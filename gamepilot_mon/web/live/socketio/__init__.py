"""Socket.IO over the hub: the sessions of this process, and the protocols that its clients speak."""

import secrets
from functools import partial

import gevent

from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.clock import utcnow
from gamepilot_mon.web.live.client import Client
from gamepilot_mon.web.live.documents import Documents
from gamepilot_mon.web.live.frames import POLICY
from gamepilot_mon.web.live.hub import Hub, Welcome
from gamepilot_mon.web.live.socketio import packets
from gamepilot_mon.web.live.socketio.carriers import Frames, Payloads
from gamepilot_mon.web.live.socketio.protocol import NOBODY, SocketIoProtocol, Verify
from gamepilot_mon.web.live.socketio.session import Session
from gamepilot_mon.web.live.socketio.upgrade import Upgrade
from gamepilot_mon.web.live.wishes import May

SIGN_IN_MS = 10_000
CARE_S = 1.0


class SocketIo:
    def __init__(self, hub: Hub, documents: Documents, may: May, verify: Verify) -> None:
        self._hub = hub
        speak = partial(SocketIoProtocol, hub, documents, may, verify)
        self._polling = speak(carry=lambda hear: Payloads(hub, hear))
        self._framed = {
            deflated: speak(carry=partial(Frames, hub, deflated=deflated)) for deflated in (False, True)
        }
        self._sessions: dict[str, Session] = {}

    def session(self, sid: str) -> Session | None:
        return self._sessions.get(sid)

    def open_session(self, principal: Principal | None, address: str) -> bytes:
        """Begins to poll; returns the packet that says so."""
        sid = secrets.token_urlsafe(15)
        session = Session()
        session.client = self._hub.adopt(
            session.inner, self._polling.lobby, principal or NOBODY, address, lambda client: None
        )
        self._sessions[sid] = session
        return self._opened(sid, ["websocket"])

    def poll(self, sid: str, session: Session) -> bytes:
        """The next packets; empty when the session is over."""
        session.polling = True
        try:
            payload = session.poll()
        finally:
            session.polling = False
        if not payload:
            self._end(sid)
        return payload

    def post(self, session: Session, principal: Principal | None, body: bytes) -> None:
        self._hub.call(self._hub.attempt, session.client, self._receive, session.client, principal, body)

    def adopt(self, fd: int, head: bytes, principal: Principal | None, address: str, deflated: bool) -> None:
        """A WebSocket from the start; `head` is the response that its handshake still has to get."""
        talk = self._framed[deflated]
        opened = talk.carrier.pack(self._opened(secrets.token_urlsafe(15), []))
        self._hub.adopt(fd, talk.lobby, principal or NOBODY, address, self._saying(head + opened))

    def adopt_upgrade(self, fd: int, head: bytes, session: Session, address: str, deflated: bool) -> None:
        upgrade = Upgrade(self._hub, session, self._framed[deflated], deflated=deflated)
        self._hub.adopt(fd, upgrade, NOBODY, address, self._saying(head))

    def care(self) -> None:
        """Never returns. Lets go of who does not sign in, and of sessions that ended and are not polled."""
        ended: set[str] = set()
        while True:
            gevent.sleep(CARE_S)
            self._hub.call(self._close_strangers, utcnow() - SIGN_IN_MS)
            for sid in ended:  # for a second somebody could have fetched the last words
                self._end(sid)
            ended = {sid for sid, session in self._sessions.items() if session.ended and not session.polling}

    def _end(self, sid: str) -> None:
        session = self._sessions.pop(sid, None)
        if session is not None:
            session.close()

    def _close_strangers(self, before: int) -> None:
        for client in self._hub.rooms.strangers():
            if client.connected_at < before:
                self._hub.attempt(client, self._hub.close, client, POLICY, "nobody signed in")

    def _receive(self, client: Client, principal: Principal | None, body: bytes) -> None:
        client.heard_at = self._hub.wires.now
        if principal is not None and client.principal == NOBODY:
            self._hub.introduce(client, principal, client.protocol)
        client.protocol.received(client, body)

    def _opened(self, sid: str, upgrades: list[str]) -> bytes:
        timing = self._hub.timing
        return packets.opened(sid, upgrades, timing.ping_ms, timing.silence_ms - timing.ping_ms)

    def _saying(self, data: bytes) -> Welcome:
        return partial(_say_first, self._hub, data)


def _say_first(hub: Hub, data: bytes, client: Client) -> None:
    hub.send(client, data)
