"""A mail server for one connection that answers by script, for faults that a well-made one never shows."""

import socket
import threading
from io import BufferedRWPair
from types import TracebackType
from typing import Self

SILENCE = ""
"""no answer; None hangs up"""

_ANSWERS: dict[str, str | None] = {
    "": "220 ready",
    "ehlo": "250 hello",
    "mail": "250 ok",
    "rcpt": "250 ok",
    "data": "354 go on",
    ".": "250 ok",
    "rset": "250 ok",
    "quit": "221 bye",
}


class ScriptedSmtp:
    """`replies` by verb; "" is the greeting and "." the end of the mail."""

    host = "127.0.0.1"

    def __init__(self, replies: dict[str, str | None]) -> None:
        self._replies = _ANSWERS | replies
        self._server = socket.create_server((self.host, 0))
        self.port: int = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.join(10)
        self._server.close()
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        connection, _ = self._server.accept()
        with connection, connection.makefile("rwb") as stream:
            try:
                self._converse(stream)
            except OSError:
                return

    def _converse(self, stream: BufferedRWPair) -> None:
        in_data = False
        if not self._say(stream, ""):
            return
        for line in stream:
            verb = line.decode().strip().lower()
            if in_data and verb != ".":
                continue
            key = "." if in_data else verb.split(" ")[0]
            in_data = key == "data" and str(self._replies[key]).startswith("354")
            if not self._say(stream, key):
                return

    def _say(self, stream: BufferedRWPair, key: str) -> bool:
        reply = self._replies.get(key, "502 what")
        if reply is None:
            return False
        if reply != SILENCE:
            stream.write(f"{reply}\r\n".encode())
            stream.flush()
        return True
