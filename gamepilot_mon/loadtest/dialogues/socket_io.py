"""The feed by Socket.IO 5 over a WebSocket, as its npm client speaks it with transports: ["websocket"]."""

import json
import re

from gamepilot_mon.loadtest.dialogues import Answered, Heard, Ready, Unreadable, Visit
from gamepilot_mon.loadtest.dialogues.websocket import TEXT, WebSocket, frame
from gamepilot_mon.loadtest.items import Item, Reader

_ITEM = re.compile(rb'42\["([^"]+)",(\{"feedId":(\d+)[,}].*)\]', re.DOTALL)


class SocketIo(WebSocket):
    path = "/socket.io/?EIO=4&transport=websocket"

    def __init__(self, visit: Visit, reader: Reader) -> None:
        super().__init__(visit, reader)
        self._since = visit.newest if visit.since is None else visit.since

    def ask(self, what: str) -> bytes:
        return self._emit(f"request:{what}", {})

    def _hear_text(self, payload: bytes) -> Heard | None:
        match payload[:2]:
            case b"2":
                self._replies += frame(TEXT, b"3")
            case b"42":
                return self._item_of(payload)
            case b"40":
                self._replies += self._emit("subscribe", {"topics": self._visit.topics, "since": self._since})
                return Ready(self._since, self._since, settled=True)
            case b"44":
                raise Unreadable("Socket.IO refused to connect")
            case _ if payload.startswith(b"0"):
                self._replies += frame(TEXT, b"40" + json.dumps({"token": self._visit.token}).encode())
        return None

    def _item_of(self, payload: bytes) -> Item | Answered:
        found = _ITEM.fullmatch(payload)
        if found is None:
            return Answered()  # what was asked for has no feedId
        return self._reader.keep(payload, self._reader.item(int(found[3]), found[1].decode(), found[2]))

    @staticmethod
    def _emit(event: str, options: dict[str, object]) -> bytes:
        return frame(TEXT, b"42" + json.dumps([event, options]).encode())
