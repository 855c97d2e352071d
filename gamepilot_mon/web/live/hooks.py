"""What a gunicorn configuration has to call so that live clients are told of a stop.

from gamepilot_mon.web.live.hooks import post_worker_init, worker_exit
"""

import signal
from types import FrameType
from typing import Any

import gevent

from gamepilot_mon.web.live.running import stop_all


def post_worker_init(worker: Any) -> None:
    """On SIGTERM tell the clients at once, not only when the last request has ended."""
    before = signal.getsignal(signal.SIGTERM)

    def told(number: int, frame: FrameType | None) -> None:
        gevent.spawn(stop_all)
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGTERM, told)


def worker_exit(server: Any, worker: Any) -> None:
    """However the worker ends: after SIGINT and SIGQUIT nothing else is called."""
    stop_all()
