"""A monitor that answers what a test tells it to, over plain sockets, and keeps what it was sent."""

import json
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

DEADLINE_S = 20


class Trouble:
    """`answers` are used up in order, the last one for ever: bytes to answer with, or None to cut the connection."""

    def __init__(self, *answers: bytes | None) -> None:
        self._answers = list(answers)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.bodies: list[bytes] = []
        self.heads: list[str] = []
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def events(self) -> list[list[dict[str, Any]]]:
        """Of each request."""
        return [json.loads(body)["events"] for body in self.bodies]

    def wait(self, requests: int) -> None:
        self.wait_for(lambda: len(self.bodies) >= requests)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, DEADLINE_S)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        """One request a connection."""
        with connection.makefile("rb") as reader:
            head = b"".join(iter(reader.readline, b"\r\n")).decode()
            if not head:
                return
            length = next(
                int(line[15:]) for line in head.lower().splitlines() if line.startswith("content-length")
            )
            body = reader.read(length)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        with self._changed:
            self.heads.append(head)
            self.bodies.append(body)
            self._changed.notify_all()
        if answer is not None:
            connection.sendall(answer)


def answered(status: str, body: bytes = b"{}", *headers: str) -> bytes:
    lines: Sequence[str] = (
        f"HTTP/1.1 {status}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
    )
    return "\r\n".join((*lines, "", "")).encode() + body


ACCEPTED = answered("202 Accepted", b'{"accepted": 1, "rejected": []}')
