"""The WebSocket feed: what clients may say and what they are answered."""

from collections.abc import Collection
from functools import partial
from typing import Any

import msgspec

from gamepilot_mon.feed import Item
from gamepilot_mon.web.live import frames
from gamepilot_mon.web.live.client import Client
from gamepilot_mon.web.live.conversation import Conversation
from gamepilot_mon.web.live.documents import Documents
from gamepilot_mon.web.live.hub import Hub
from gamepilot_mon.web.live.wishes import (
    May,
    Mistake,
    Ping,
    Request,
    Subscribe,
    Unsubscribe,
    Wish,
    check_may,
    request_of,
    since_of,
    topics_of,
)


class WebSocketProtocol:
    """One object for the clients that agreed to compression (`deflated`), another for the rest."""

    transport = "websocket"
    answers_pings = True
    answers_farewell = True

    def __init__(self, hub: Hub, documents: Documents, may: May, *, deflated: bool) -> None:
        self._hub = hub
        self._may = may
        self._documents = documents
        self._conversation = Conversation(hub, self._hear, deflated=deflated)
        self.farewell = self._conversation.farewell
        self.farewell_answered = self._conversation.farewell_answered
        self.received = self._conversation.received

    def encode(self, item: Item) -> bytes:
        return self._conversation.text(item.envelope().encode())

    def ping(self) -> bytes:
        return frames.encode(frames.PING, b"")

    def welcome(self, client: Client) -> None:
        self._hub.subscriptions.hold(client)
        self._say(client, {"type": "hello", "id": self._hub.head, "epoch": self._hub.epoch})

    def _hear(self, client: Client, text: str) -> None:
        try:
            wish = parse(text, self._documents)
            check_may(self._may, client.principal, wish)
        except Mistake as mistake:
            self._say(client, {"type": "error", "message": str(mistake)})
            return
        if isinstance(wish, Request) or client.steps is not None:
            self._hub.in_order(client, partial(self._grant_slowly, client, wish))
        else:
            self._grant(client, wish)

    def _grant_slowly(self, client: Client, wish: Wish) -> None:
        """Runs where waiting for the store is fine; the hub's greenlet does the rest."""
        if isinstance(wish, Request):
            self._hub.call(self._hub.attempt, client, self._say, client, self._answer(wish))
        else:
            self._hub.call(self._hub.attempt, client, self._grant, client, wish)

    def _answer(self, request: Request) -> dict[str, Any]:
        try:
            data = self._documents.answer(request)
        except Mistake as mistake:
            return {"type": "error", "message": str(mistake)}
        return {"type": "response", "what": request.what, "data": data}

    def _grant(self, client: Client, wish: Wish) -> None:
        match wish:
            case Subscribe(topics, None):
                self._hub.subscriptions.begin(client, topics, None)
            case Subscribe(topics, int() as since):
                self._hub.subscriptions.resume(client, topics, since)
            case Unsubscribe(topics):
                self._hub.subscriptions.end(client, topics)
            case Ping():
                self._answer_ping(client)

    def _answer_ping(self, client: Client) -> None:
        """The answer says that all before it is done."""
        self._hub.subscriptions.settle(client)
        pong = partial(self._say, client, {"type": "pong"})
        if client.steps is None:
            pong()
        else:
            self._hub.in_order(client, partial(self._hub.call, self._hub.attempt, client, pong))

    def _say(self, client: Client, message: dict[str, Any]) -> None:
        self._hub.send(client, self._conversation.text(msgspec.json.encode(message)))


def parse(text: str, documents: Collection[str]) -> Wish:
    """Raises Mistake with a sentence for the client."""
    try:
        message = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise Mistake("a message is a JSON object") from None
    if not isinstance(message, dict):
        raise Mistake("a message is a JSON object")
    match message.get("type"):
        case "subscribe":
            return Subscribe(topics_of(message.get("topics")), since_of(message.get("since")))
        case "unsubscribe":
            return Unsubscribe(topics_of(message.get("topics")))
        case "request":
            return request_of(message.get("what"), message.get("hours"), documents)
        case "ping":
            return Ping()
    raise Mistake("type is one of subscribe, unsubscribe, request, ping")
