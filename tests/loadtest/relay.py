"""A relay between clients and the web process that withholds, or sends twice, one WebSocket item."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

WEBSOCKETS = (b"GET /ws ", b"GET /socket.io/")
Tamper = Callable[[bytes], bytes]  # gets a whole frame of the server, gives what goes on


class Relay:
    """Tampers with the first WebSocket connection alone; all others pass."""

    def __init__(self, port: int, tamper: Tamper) -> None:
        self._target = port
        self._tamper: Tamper | None = tamper
        self._choice = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        """Call when the clients are gone."""
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._serve, args=(client,)))
            self._threads[-1].start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            head = client.recv(65536)
            server.sendall(head)
            upwards = threading.Thread(target=_pass_on, args=(client, server))
            upwards.start()
            tamper = self._chosen() if head.startswith(WEBSOCKETS) else None
            _pass_frames(server, client, tamper) if tamper else _pass_on(server, client)
            upwards.join()

    def _chosen(self) -> Tamper | None:
        with self._choice:
            tamper, self._tamper = self._tamper, None
            return tamper


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    _end(source, sink)


def _pass_frames(source: socket.socket, sink: socket.socket, tamper: Tamper) -> None:
    with source.makefile("rb") as stream:
        try:
            while (line := stream.readline()) != b"\r\n":
                sink.sendall(line)
            sink.sendall(line)
            while start := stream.read(2):
                long = {126: 2, 127: 8}.get(start[1], 0)
                length = stream.read(long)
                size = int.from_bytes(length) if long else start[1]
                sink.sendall(tamper(start + length + stream.read(size)))
        except OSError:
            pass
    _end(source, sink)


def _end(*sockets: socket.socket) -> None:
    """Wakes whoever reads from them."""
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
