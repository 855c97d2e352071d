"""A WebSocket client of bare bytes, for what proper clients never send and for readers of any slowness."""

import contextlib
import os
import socket

DEADLINE_S = 10.0


class Raw:
    """`first`: the server speaks first, and `hello` is what it says."""

    def __init__(
        self,
        port: int,
        token: str | None,
        *,
        path: str = "/ws",
        first: bool = True,
        receive_buffer: int | None = None,
        **headers: str,
    ) -> None:
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(DEADLINE_S)
        self.socket.connect(("127.0.0.1", port))
        self._buffer = b""
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
        ]
        lines += ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13"]
        lines += [f"Authorization: Bearer {token}"] if token else []
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.head = self._until(b"\r\n\r\n").decode()
        self.status = int(self.head.split()[1])
        if self.status == 101 and first:
            self.hello = self.frame()[1]

    def send(
        self, opcode: int, payload: bytes, *, final: bool = True, masked: bool = True, rsv: int = 0
    ) -> None:
        self.socket.sendall(frame(opcode, payload, final=final, masked=masked, rsv=rsv))

    def pour(self, data: bytes) -> None:
        """Send what the server may refuse halfway."""
        with contextlib.suppress(ConnectionError):
            self.socket.sendall(data)

    def text(self, text: str) -> None:
        self.send(1, text.encode())

    def frame(self) -> tuple[int, bytes]:
        """(opcode, payload) of the server's next frame but pings; EOFError at the end of the stream."""
        while (frame := self.any_frame())[0] == 9:
            pass
        return frame

    def any_frame(self) -> tuple[int, bytes]:
        first, second = self._exactly(2)
        length = second
        if second >= 126:
            length = int.from_bytes(self._exactly(2 if second == 126 else 8))
        return first & 0x0F, self._exactly(length)

    def close_code(self) -> int:
        while True:
            opcode, payload = self.frame()
            if opcode == 8:
                return int.from_bytes(payload[:2])

    def close(self) -> None:
        self.socket.close()

    def ended(self) -> bool:
        """Reads to the end of the stream, whichever way it ends."""
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionResetError:
            pass
        return True

    def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._fill()
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._fill()
        taken, _, self._buffer = self._buffer.partition(mark)
        return taken

    def _fill(self) -> None:
        data = self.socket.recv(65536)
        if not data:
            raise EOFError
        self._buffer += data


def frame(opcode: int, payload: bytes, *, final: bool = True, masked: bool = True, rsv: int = 0) -> bytes:
    size = len(payload)
    short = size if size < 126 else 126 if size < 65536 else 127
    header = bytes((final << 7 | rsv << 4 | opcode, masked << 7 | short))
    header += b"" if size < 126 else size.to_bytes(2 if size < 65536 else 8)
    if not masked:
        return header + payload
    key = os.urandom(4)
    pad = int.from_bytes((key * (size // 4 + 1))[:size])
    return header + key + (int.from_bytes(payload) ^ pad).to_bytes(size)
