"""Lines of stdin to a function, in a greenlet of the server."""

import sys
from collections.abc import Callable

import gevent
from gevent.fileobject import FileObjectThread


def each_line(publish: Callable[[str], None]) -> None:
    def read() -> None:
        for line in FileObjectThread(sys.stdin.buffer, "rb", close=False):
            publish(line.decode().rstrip("\n"))

    gevent.spawn(read)
