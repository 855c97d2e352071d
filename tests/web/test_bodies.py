import socket
import time

from gamepilot_mon.web import bodies
from tests.serving import Server


def test_it_gives_up_on_a_body_that_never_comes(server: Server) -> None:
    head = f"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.tokens['ingest']}\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=bodies.LIMIT_S + 10) as client:
        client.sendall(head.encode() + b"Content-Length: 500\r\n\r\n{")
        began = time.monotonic()
        answer = client.recv(10_000)

    assert b" 408 " in answer.split(b"\r\n")[0]
    assert time.monotonic() - began < bodies.LIMIT_S + 5


def test_it_refuses_what_is_too_large_before_a_form_is_read(server: Server) -> None:
    assert server.post("/sign-in", data={"username": "x" * bodies.LIMIT_BYTES}).status_code == 413


def test_it_asks_for_the_credential_before_it_reads(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(b"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{")
        assert b" 401 " in client.recv(10_000)
