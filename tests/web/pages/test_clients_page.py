"""/clients by a real app: who follows the live feed, by which transport."""

import json

import websocket

from tests.processes import eventually
from tests.serving import Server


def page(server: Server) -> str:
    return server.get("/clients", "viewer", headers={"Accept": "text/html"}).text


def test_it_shows_who_is_connected(served: Server) -> None:
    socket = websocket.create_connection(
        served.url.replace("http", "ws") + "/ws",
        header=[f"Authorization: Bearer {served.tokens['operator']}"],
    )
    socket.send(json.dumps({"type": "subscribe", "topics": ["performance"]}))
    text = eventually(lambda: (shown := page(served)) and "performance" in shown and shown, what="the client")
    assert ">operator</th>" in text and "WebSocket" in text and "Level" in text
    socket.close()
    eventually(lambda: ">operator</th>" not in page(served), what="its leaving")
