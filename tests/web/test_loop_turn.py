"""Turns of the event loop: others run between, and whoever waits comes to his turn in order."""

import time

import gevent

from gamepilot_mon.web import loop_turn

LONG_S = 2 * loop_turn.LONGEST_MS / 1e3


def work() -> None:
    """Holds the loop for longer than a turn may last."""
    end = time.monotonic() + LONG_S
    while time.monotonic() < end:
        pass


def test_it_lets_a_timer_run_once_a_turn_is_old() -> None:
    seen: list[str] = []

    def begin() -> None:
        gevent.spawn_later(0, seen.append, "timer")
        work()
        loop_turn.wait()
        seen.append("work")

    gevent.spawn(begin).join()

    assert seen == ["timer", "work"]


def test_it_lets_everybody_through_in_the_order_of_their_coming() -> None:
    seen: list[int] = []

    def begin(number: int) -> None:
        work()
        loop_turn.wait()
        seen.append(number)
        work()

    gevent.joinall([gevent.spawn(begin, number) for number in range(5)], raise_error=True)

    assert seen == [0, 1, 2, 3, 4]
