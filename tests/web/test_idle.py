"""A connection that waits for a request can be ended; one that has its request cannot."""

import socket

import gevent
from gevent.event import Event

from gamepilot_mon.web.idle import Idle


def test_it_ends_a_connection_that_waits() -> None:
    waiting: set[Idle] = set()
    here, there = socket.socketpair()
    ended = Event()

    def connection() -> None:
        with Idle(waiting, here, limit_s=60):
            Event().wait()
        ended.set()

    gevent.spawn(connection)
    gevent.sleep(0)
    [idle] = waiting
    idle.expire()

    assert ended.wait(5) and not waiting
    here.close()
    there.close()


def test_a_request_that_comes_at_that_moment_is_answered() -> None:
    here, there = socket.socketpair()
    answered = Event()

    def connection() -> None:
        with Idle(set(), here, limit_s=60) as idle:
            idle.expire()  # takes hold in the next turn of the loop; the request is here in this one
        gevent.sleep(0.001)  # the answer, which lets others run
        answered.set()

    gevent.spawn(connection)

    assert answered.wait(5)
    here.close()
    there.close()
