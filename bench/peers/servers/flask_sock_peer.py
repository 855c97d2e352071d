"""flask-sock as its documentation begins: a greenlet waits in each connection, and a loop sends to all."""

from contextlib import suppress

from flask import Flask
from flask_sock import Sock
from simple_websocket import ConnectionClosed, Server

from bench.peers.servers import stdin

app = Flask(__name__)
clients: set[Server] = set()


def publish(line: str) -> None:
    for client in list(clients):
        with suppress(ConnectionClosed, OSError):
            client.send(line)


@Sock(app).route("/ws")
def websocket(connection: Server) -> None:
    clients.add(connection)
    try:
        while True:
            connection.receive()
    finally:
        clients.discard(connection)


stdin.each_line(publish)
