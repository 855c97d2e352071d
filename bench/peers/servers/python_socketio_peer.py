"""python-socketio in its gevent mode: each line is emitted to all."""

import socketio

from bench.peers.servers import stdin

hub = socketio.Server(async_mode="gevent", ping_interval=600, ping_timeout=600)
app = socketio.WSGIApp(hub)

stdin.each_line(lambda line: hub.emit("item", line))
