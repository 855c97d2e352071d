"""The feed as server-sent events in a chunked body, as fetch or EventSource reads it."""

from gamepilot_mon.loadtest.dialogues import Ended, Head, Heard, Ready, Refused, Unreadable, Visit
from gamepilot_mon.loadtest.items import Item, Reader


class Sse:
    def __init__(self, visit: Visit, reader: Reader) -> None:
        self._visit = visit
        self._reader = reader
        self._since = visit.newest if visit.since is None else visit.since
        self._head: Head | None = Head()
        self._chunks = b""
        self._text = b""

    def opening(self) -> bytes:
        topics = ",".join(self._visit.topics)
        return (
            f"GET /api/realtime/stream?topics={topics}&since={self._since} HTTP/1.1\r\n"
            f"Host: {self._visit.authority}\r\nAccept: text/event-stream\r\n"
            f"Authorization: Bearer {self._visit.token}\r\n\r\n"
        ).encode()

    def replies(self) -> bytes:
        return b""

    def ask(self, what: str) -> bytes:
        return b""

    def receive(self, data: bytes) -> list[Heard]:
        heard: list[Heard] = []
        if self._head is not None:
            if not self._head.feed(data):
                return []
            if self._head.status != 200:
                return [Refused(self._head.status)]
            heard.append(Ready(self._since, self._since, settled=True))
            data, self._head = self._head.rest, None
        ended = self._unchunk(data)
        *blocks, self._text = self._text.split(b"\n\n")
        heard += [item for block in blocks if (item := self._item(block)) is not None]
        return [*heard, Ended(0)] if ended else heard

    def _unchunk(self, data: bytes) -> bool:
        """Move whole chunks' contents to the text; true at the last one."""
        buffer = self._chunks + data if self._chunks else data
        at = 0
        while (line := buffer.find(b"\r\n", at)) >= 0:
            try:
                size = int(buffer[at:line], 16)
            except ValueError:
                raise Unreadable("a chunk without a length") from None
            begin = line + 2
            if size == 0:
                return True
            if len(buffer) < begin + size + 2:
                break
            self._text += buffer[begin : begin + size]
            at = begin + size + 2
        self._chunks = buffer[at:]
        return False

    def _item(self, block: bytes) -> Item | None:
        known = self._reader.known(block)
        if known is not None:
            return known
        id = event = data = b""
        for line in block.split(b"\n"):
            name, _, value = line.partition(b": ")
            if name == b"id":
                id = value
            elif name == b"event":
                event = value
            elif name == b"data":
                data += value
        if not data or not id.isdigit():
            return None  # a comment, the retry time, or a position alone
        return self._reader.keep(block, self._reader.item(int(id), event.decode(), data))
