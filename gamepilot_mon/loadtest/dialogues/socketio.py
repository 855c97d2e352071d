"""The feed as the npm client reads it by WebSocket: Socket.IO 5 packets over Engine.IO 4, each in a frame."""

import json
from typing import Any

from gamepilot_mon.loadtest.dialogues import (
    Answered,
    Ended,
    Heard,
    Ready,
    Refused,
    Settled,
    Unreadable,
    Visit,
)  # fmt: skip
from gamepilot_mon.loadtest.dialogues.framed import Framed
from gamepilot_mon.loadtest.dialogues.frames import TEXT, frame, upgrade
from gamepilot_mon.loadtest.items import Item, Reader

PATH = "/socket.io/?EIO=4&transport=websocket"

OPEN, CLOSE, PING, PONG, MESSAGE, NOOP = b"0", b"1", b"2", b"3", b"4", b"6"
CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR = b"0", b"1", b"2", b"3", b"4"


class SocketIo(Framed):
    def __init__(self, visit: Visit, reader: Reader) -> None:
        super().__init__()
        self._visit = visit
        self._reader = reader
        self._since = visit.newest if visit.since is None else visit.since
        self._asked = 0  # the number of the newest packet that wants to be acknowledged
        self._wishes: set[int] = set()  # subscriptions that are not granted yet

    def opening(self) -> bytes:
        return upgrade(PATH, self._visit.authority)

    def ask(self, what: str) -> bytes:
        return frame(TEXT, self._event(f"request:{what}"))

    def hear(self, message: bytes) -> Heard | None:
        return self._reader.known(message) or self._hear_packet(message)

    def _hear_packet(self, packet: bytes) -> Heard | None:
        kind = packet[:1]
        if kind == MESSAGE:
            return self._hear_message(packet[1:2], packet[2:])
        if kind == CLOSE:
            return Ended(0)
        if kind == OPEN:
            self.say(MESSAGE + CONNECT + json.dumps({"token": self._visit.token}).encode())
        elif kind == PING:
            self.say(PONG + packet[1:])
        elif kind != NOOP:
            raise Unreadable("not an Engine.IO packet")
        return None

    def _hear_message(self, kind: bytes, body: bytes) -> Heard | None:
        if kind == CONNECT:
            return self._begin()
        if kind == EVENT:
            return self._hear_event(body)
        if kind == ACK:
            return self._granted(body)
        if kind == CONNECT_ERROR:
            return Refused(_read(body)["data"]["status"])
        if kind == DISCONNECT:
            return Ended(0)
        raise Unreadable("not a Socket.IO packet")

    def _begin(self) -> Ready:
        """Nothing says how far the log is, so all that comes before the subscriptions is live, ahead of them."""
        if not self._visit.topics:
            self._subscribe("subscribe", topics=[])
        for topic in self._visit.topics:
            self._subscribe(f"subscribe:{topic}")
        return Ready(self._since, self._since, settled=False)

    def _subscribe(self, name: str, **options: Any) -> None:
        self.say(self._event(name, {**options, "since": self._since}))
        self._wishes.add(self._asked)

    def _event(self, *parts: Any) -> bytes:
        self._asked += 1
        return MESSAGE + EVENT + f"{self._asked}{json.dumps(parts)}".encode()

    def _hear_event(self, body: bytes) -> Item | None:
        name, data = _read(body)
        if not isinstance(data, dict) or "feedId" not in data:
            return None  # a document that was asked for, which its acknowledgement holds as well
        item = self._reader.item(data["feedId"], name, body[body.index(b",") + 1 : -1])
        return self._reader.keep(MESSAGE + EVENT + body, item)

    def _granted(self, body: bytes) -> Heard | None:
        number, bracket, rest = body.partition(b"[")
        if not number.isdigit():
            raise Unreadable("an acknowledgement without a number")
        if int(number) not in self._wishes:
            return Answered()
        [answer] = _read(bracket + rest)
        if not answer["success"]:
            raise Unreadable(f"a subscription was refused: {answer['error']}")
        self._wishes.discard(int(number))
        return None if self._wishes else Settled()


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise Unreadable("a packet that is not JSON") from None
