"""The WebSocket feed: what clients may say and what they are answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import gevent
import msgspec

from gamepilot_mon import feed
from gamepilot_mon.feed import Item
from gamepilot_mon.web.live import frames
from gamepilot_mon.web.live.client import BIT, Client
from gamepilot_mon.web.live.frames import Message, Parser, ProtocolError
from gamepilot_mon.web.live.hub import Hub
from gamepilot_mon.web.live.store import Store

MESSAGES_PER_WINDOW = 50
WINDOW_MS = 1000
MAX_HOURS = 24 * 90
AHEAD_PATIENCE_S = 2.0  # for this process's tail to read what another process has already shown

Snapshot = Callable[[int | None], dict[str, Any]]


class Mistake(Exception):
    """A message that means nothing here; the text goes back to the client."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    topics: int
    since: int | None


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    topics: int


@dataclass(frozen=True, slots=True)
class Request:
    what: str
    hours: int | None


@dataclass(frozen=True, slots=True)
class Ping:
    pass


Wish = Subscribe | Unsubscribe | Request | Ping


class WebSocketProtocol:
    transport = "websocket"
    answers_pings = True
    answers_farewell = True

    def __init__(self, hub: Hub, store: Store, requests: Mapping[str, Snapshot]) -> None:
        self._hub = hub
        self._store = store
        self._requests = requests

    def encode(self, item: Item) -> bytes:
        return frames.encode(frames.TEXT, item.envelope().encode())

    def ping(self) -> bytes:
        return frames.encode(frames.PING, b"")

    def farewell(self, code: int, reason: str) -> bytes:
        return frames.encode_close(code, reason)

    def welcome(self, client: Client) -> None:
        self._say(client, {"type": "hello", "id": self._hub.head, "epoch": self._hub.epoch})

    def farewell_answered(self, client: Client, data: bytes) -> bool:
        parser = self._parser_of(client)
        try:
            return any(message.opcode == frames.CLOSE for message in parser.feed(data))
        except ProtocolError:
            client.parser = None
            return False

    def received(self, client: Client, data: bytes) -> None:
        parser = self._parser_of(client)
        try:
            for message in parser.feed(data):
                self._hear(client, message)
                if client.closing_at is not None or client.fd < 0:
                    return
        except ProtocolError as error:
            client.parser = None
            self._hub.close(client, error.code, error.reason)
            return
        if parser.idle:
            client.parser = None

    @staticmethod
    def _parser_of(client: Client) -> Parser:
        if not isinstance(client.parser, Parser):
            client.parser = Parser()
        return client.parser

    def _hear(self, client: Client, message: Message) -> None:
        self._count(client)
        match message.opcode:
            case frames.TEXT:
                self._hear_text(client, frames.text_of(message.payload))
            case frames.BINARY:
                raise ProtocolError(frames.UNSUPPORTED, "messages are JSON text")
            case frames.PING:
                self._hub.send(client, frames.encode(frames.PONG, message.payload))
            case frames.CLOSE:
                self._answer_close(client, frames.close_code(message.payload))

    def _count(self, client: Client) -> None:
        now = self._hub.wires.now
        if now - client.messages_since >= WINDOW_MS:
            client.messages, client.messages_since = 0, now
        client.messages += 1
        if client.messages > MESSAGES_PER_WINDOW:
            raise ProtocolError(frames.POLICY, f"at most {MESSAGES_PER_WINDOW} messages a second")

    def _answer_close(self, client: Client, code: int) -> None:
        self._hub.close(client, frames.NORMAL if code == frames.NO_STATUS else code, "")
        self._hub.hang_up(client)

    def _hear_text(self, client: Client, text: str) -> None:
        try:
            wish = parse(text, self._requests)
        except Mistake as mistake:
            self._say(client, {"type": "error", "message": str(mistake)})
            return
        if self._needs_store(wish) or client.steps is not None:
            self._hub.in_order(client, partial(self._grant_slowly, client, wish))
        else:
            self._grant(client, wish)

    def _needs_store(self, wish: Wish) -> bool:
        match wish:
            case Request():
                return True
            case Subscribe(since=int() as since):
                return since > self._hub.head
        return False

    def _grant_slowly(self, client: Client, wish: Wish) -> None:
        """Runs where waiting for the store is fine; the hub's greenlet does the rest."""
        match wish:
            case Request(what, hours):
                data = self._store.read(self._requests[what], hours)
                answer = {"type": "response", "what": what, "data": data}
                self._hub.call(self._hub.attempt, client, self._say, client, answer)
            case Subscribe(topics, int() as since) if not self._reaches(since):
                grant = (client, topics, since, "ahead of the log")
                self._hub.call(self._hub.attempt, client, self._hub.subscribe_after_gap, *grant)
            case _:
                self._hub.call(self._hub.attempt, client, self._grant, client, wish)

    def _reaches(self, since: int) -> bool:
        """Whether the log has `since`; if so, waits until this process has read that far."""
        if since > self._hub.head and since > self._store.read(feed.last_id):
            return False
        with gevent.Timeout(AHEAD_PATIENCE_S, False):
            while self._hub.head < since:
                gevent.sleep(0.01)
        return self._hub.head >= since

    def _grant(self, client: Client, wish: Wish) -> None:
        if client.closing_at is not None:
            return
        match wish:
            case Subscribe(topics, since):
                self._hub.subscribe(client, topics, since)
            case Unsubscribe(topics):
                self._hub.unsubscribe(client, topics)
            case Ping():
                self._say(client, {"type": "pong"})

    def _say(self, client: Client, message: dict[str, Any]) -> None:
        if client.closing_at is None:
            self._hub.send(client, frames.encode(frames.TEXT, msgspec.json.encode(message)))


def parse(text: str, requests: Mapping[str, Snapshot]) -> Wish:
    """Raises Mistake with a sentence for the client."""
    try:
        message = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise Mistake("a message is a JSON object") from None
    if not isinstance(message, dict):
        raise Mistake("a message is a JSON object")
    match message.get("type"):
        case "subscribe":
            return Subscribe(_topics(message), _since(message.get("since")))
        case "unsubscribe":
            return Unsubscribe(_topics(message))
        case "request":
            return _request(message, requests)
        case "ping":
            return Ping()
    raise Mistake("type is one of subscribe, unsubscribe, request, ping")


def _topics(message: dict[str, Any]) -> int:
    topics = message.get("topics")
    if not isinstance(topics, list) or not all(isinstance(topic, str) for topic in topics):
        raise Mistake("topics is a list of names")
    return bits_of(topics)


def bits_of(topics: list[str]) -> int:
    """Raises Mistake when one is not a topic."""
    bits = 0
    for topic in topics:
        if topic not in BIT:
            raise Mistake(f"unknown topic {topic[:40]!r}; topics are {', '.join(feed.TOPICS)}")
        bits |= BIT[topic]
    return bits


def _since(since: object) -> int | None:
    if since is None:
        return None
    if not isinstance(since, int) or isinstance(since, bool) or since < 0:
        raise Mistake("since is the id of the last item seen, a whole number")
    return since


def _request(message: dict[str, Any], requests: Mapping[str, Snapshot]) -> Request:
    what, hours = message.get("what"), message.get("hours")
    if not isinstance(what, str) or what not in requests:
        raise Mistake(f"what is one of {', '.join(requests)}")
    whole = isinstance(hours, int) and not isinstance(hours, bool)
    if hours is not None and not (whole and 1 <= hours <= MAX_HOURS):
        raise Mistake(f"hours is a whole number from 1 to {MAX_HOURS}")
    return Request(what, hours)
