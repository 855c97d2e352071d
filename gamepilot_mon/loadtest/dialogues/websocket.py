"""/ws: JSON messages, each in a frame."""

import json

from gamepilot_mon.loadtest.dialogues import Answered, Heard, Ready, Settled, Unreadable, Visit
from gamepilot_mon.loadtest.dialogues.framed import Framed
from gamepilot_mon.loadtest.dialogues.frames import TEXT, frame, upgrade
from gamepilot_mon.loadtest.items import Item, Reader


class WebSocket(Framed):
    def __init__(self, visit: Visit, reader: Reader) -> None:
        super().__init__()
        self._visit = visit
        self._reader = reader

    def opening(self) -> bytes:
        return upgrade("/ws", self._visit.authority, f"Authorization: Bearer {self._visit.token}")

    def ask(self, what: str) -> bytes:
        return frame(TEXT, json.dumps({"type": "request", "what": what}).encode())

    def hear(self, message: bytes) -> Heard | None:
        return self._reader.known(message) or self._hear_new(message)

    def _hear_new(self, text: bytes) -> Heard | None:
        try:
            message = json.loads(text)
        except ValueError:
            raise Unreadable("a message that is not JSON") from None
        match message.get("type"):
            case None:
                return self._item(message, text)
            case "hello":
                return self._begin(message["id"])
            case "pong":
                return Settled()
            case "response" | "error":
                return Answered()
        return None

    def _item(self, message: dict[str, object], text: bytes) -> Item:
        item = self._reader.item(int(str(message["id"])), str(message["event"]), text)
        return self._reader.keep(text, item)

    def _begin(self, head: int) -> Ready:
        since = head if self._visit.since is None else self._visit.since
        wish = {"type": "subscribe", "topics": list(self._visit.topics), "since": since}
        self.say(json.dumps(wish).encode())
        self.say(b'{"type":"ping"}')
        return Ready(since, head, settled=False)
