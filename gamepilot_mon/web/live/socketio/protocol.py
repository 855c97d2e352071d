"""What Socket.IO clients may say and what they are answered, whichever way their packets travel."""

import secrets
from collections.abc import Callable
from functools import partial
from typing import Any

from gamepilot_mon.auth.principals import NONE, Principal
from gamepilot_mon.feed import Item
from gamepilot_mon.web.live import frames
from gamepilot_mon.web.live.client import Client, names
from gamepilot_mon.web.live.documents import Documents
from gamepilot_mon.web.live.frames import ProtocolError
from gamepilot_mon.web.live.hub import Hub
from gamepilot_mon.web.live.socketio import packets
from gamepilot_mon.web.live.socketio.carriers import Carrier, Hear
from gamepilot_mon.web.live.socketio.packets import Packet
from gamepilot_mon.web.live.wishes import (
    May,
    Mistake,
    Request,
    Subscribe,
    Unsubscribe,
    Wish,
    bits_of,
    check_may,
    request_of,
    since_of,
    topics_of,
)

# Nothing in the store stands for it, so it cannot fall either.
NOBODY = Principal("", NONE, "jwt", "")

Verify = Callable[[str], Principal | None]


class SocketIoProtocol:
    """The clients that are connected to the main namespace; those before that are in its `lobby`."""

    transport = "socket.io"
    answers_pings = True

    def __init__(
        self, hub: Hub, documents: Documents, may: May, verify: Verify, carry: Callable[[Hear], Carrier]
    ) -> None:
        self._hub = hub
        self._documents = documents
        self._may = may
        self._verify = verify
        self.carrier = carry(self.hear)
        self.answers_farewell = self.carrier.answers_farewell
        self.lobby = Lobby(self)
        self.farewell = self.carrier.farewell
        self.farewell_answered = self.carrier.farewell_answered
        self.received = self.carrier.received

    @property
    def talk(self) -> "SocketIoProtocol":
        return self

    def encode(self, item: Item) -> bytes:
        return self.carrier.pack(packets.of_item(item))

    def ping(self) -> bytes:
        return self.carrier.pack(packets.PING.encode())

    # Engine.IO

    def hear(self, client: Client, text: str) -> None:
        match text[:1]:
            case packets.MESSAGE:
                self._hear_packet(client, packets.read(text[1:]))
            case packets.CLOSE:
                self._hub.close(client, frames.NORMAL, "")
            case packets.PING:
                say(self._hub, client, (packets.PONG + text[1:]).encode())
            case packets.PONG | packets.NOOP | packets.UPGRADE:
                pass
            case _:
                raise ProtocolError(frames.PROTOCOL_ERROR, "not an Engine.IO packet")

    # Socket.IO

    def _hear_packet(self, client: Client, packet: Packet) -> None:
        if packet.space != "/":
            self._refuse_space(client, packet)
        elif packet.type == packets.DISCONNECT:
            self._hub.close(client, frames.NORMAL, "")
        elif packet.type == packets.CONNECT and _in_lobby(client):
            self._hub.in_order(client, partial(self._sign_in, client, packet.data))
        elif packet.type == packets.EVENT and not _in_lobby(client):
            self._hear_event(client, packet)

    def _refuse_space(self, client: Client, packet: Packet) -> None:
        if packet.type == packets.CONNECT:
            say(self._hub, client, packets.refused(packet.space[:100], "Invalid namespace", 404))

    def _sign_in(self, client: Client, auth: Any) -> None:
        """Waits for the store. A token decides alone, valid or not; without one the browser's session does."""
        token = auth.get("token") if isinstance(auth, dict) else None
        if token is None:
            principal = None if client.principal == NOBODY else client.principal
        else:
            principal = self._verify(token.removeprefix("Bearer ")) if isinstance(token, str) else None
        self._hub.call(self._hub.attempt, client, self._admit, client, principal)

    def _admit(self, client: Client, principal: Principal | None) -> None:
        if not _in_lobby(client):
            return  # it asked twice
        if principal is None:
            said = packets.refused("/", "unauthorized: send a valid token as auth: {token}", 401)
            say(self._hub, client, said)
        elif not self._may(principal, "connect"):
            said = packets.refused("/", f"forbidden: the role {principal.role} may not connect", 403)
            say(self._hub, client, said)
        else:
            self._hub.introduce(client, principal, talk_of(client))
            say(self._hub, client, packets.connected(secrets.token_urlsafe(15)))

    def _hear_event(self, client: Client, packet: Packet) -> None:
        try:
            wish = parse(packet.data, self._documents)
            check_may(self._may, client.principal, wish)
        except Mistake as mistake:
            self._answer_mistake(client, packet.ack, mistake)
            return
        self._grant(client, wish, packet.ack)

    def _answer_mistake(self, client: Client, ack: str, mistake: Mistake) -> None:
        if ack:
            self._acknowledge(client, ack, {"success": False, "error": str(mistake)})
        else:
            say(self._hub, client, packets.event("error", {"message": str(mistake)}))

    def _grant(self, client: Client, wish: Wish, ack: str) -> None:
        match wish:
            case Request():
                self._hub.in_order(client, partial(self._answer, client, wish, ack))
            case Subscribe(topics, since):
                self._acknowledge(client, ack, self._standing(topics))
                if since is None:
                    self._hub.subscriptions.begin(client, topics, None)
                else:
                    self._hub.subscriptions.resume(client, topics, since)
            case Unsubscribe(topics):
                end = partial(self._end, client, topics, ack)
                if client.steps is None:
                    end()
                else:  # an earlier subscription may wait for the store
                    self._hub.in_order(client, partial(self._hub.call, self._hub.attempt, client, end))

    def _end(self, client: Client, topics: int, ack: str) -> None:
        self._hub.subscriptions.end(client, topics)
        self._acknowledge(client, ack, self._standing(topics))

    def _standing(self, topics: int) -> dict[str, Any]:
        return {"success": True, "topics": names(topics), "id": self._hub.head, "epoch": self._hub.epoch}

    def _acknowledge(self, client: Client, ack: str, data: dict[str, Any]) -> None:
        if ack:
            say(self._hub, client, packets.acknowledged(ack, data))

    def _answer(self, client: Client, request: Request, ack: str) -> None:
        """Waits for the store. The document goes to the callback, and to whoever listens for the updates."""
        try:
            document = self._documents.answer(request)
        except Mistake as mistake:
            self._hub.call(self._hub.attempt, client, self._answer_mistake, client, ack, mistake)
            return
        self._hub.call(self._hub.attempt, client, self._acknowledge, client, ack, document)
        update = packets.event(f"{request.what}:update", document)
        self._hub.call(self._hub.attempt, client, say, self._hub, client, update)


class Lobby:
    """Those that have not signed in: they hear nothing of the feed."""

    transport = ""
    answers_pings = True

    def __init__(self, talk: SocketIoProtocol) -> None:
        self.talk = talk
        self.answers_farewell = talk.answers_farewell

    def encode(self, item: Item) -> bytes:
        return b""

    def ping(self) -> bytes:
        return self.talk.ping()

    def farewell(self, code: int, reason: str) -> bytes:
        return self.talk.farewell(code, reason)

    def farewell_answered(self, client: Client, data: bytes) -> bool:
        return self.talk.farewell_answered(client, data)

    def received(self, client: Client, data: bytes) -> None:
        self.talk.received(client, data)


def talk_of(client: Client) -> SocketIoProtocol:
    """How it talks now; an upgrade changes that."""
    protocol = client.protocol
    if not isinstance(protocol, SocketIoProtocol | Lobby):
        raise TypeError(f"live client {client.id} does not speak Socket.IO")
    return protocol.talk


def say(hub: Hub, client: Client, packet: bytes) -> None:
    hub.send(client, talk_of(client).carrier.pack(packet))


def _in_lobby(client: Client) -> bool:
    return isinstance(client.protocol, Lobby)


def parse(data: Any, documents: Documents) -> Wish:
    """`["subscribe:health", {"since": 5}]` and the like; raises Mistake with a sentence for the client."""
    if not isinstance(data, list) or not data or not isinstance(data[0], str):
        raise Mistake("an event has a name")
    verb, _, what = data[0].partition(":")
    options = data[1] if len(data) > 1 and data[1] is not None else {}
    if not isinstance(options, dict):
        raise Mistake(f"what goes with {verb}:{what} is an object")
    match verb:
        case "subscribe":
            return Subscribe(_topics(what, options), since_of(options.get("since")))
        case "unsubscribe":
            return Unsubscribe(_topics(what, options))
        case "request":
            return request_of(what, options.get("hours"), documents)
    raise Mistake("events are subscribe:…, unsubscribe:… and request:…")


def _topics(what: str, options: dict[str, Any]) -> int:
    """Of `subscribe:health`, or of a bare `subscribe` with {topics: […]}."""
    return bits_of([what]) if what else topics_of(options.get("topics"))
