"""What items at once cost against one: those that come within a tick of the hub travel in one write a client."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.peers.contestants import Running
from bench.peers.crowd import Crowd
from bench.peers.fan_out import PAUSE_S, warm_up

HEADS = f"{'server':<24} {'clients':>7} {'items':>6} {'CPU ms':>8} {'ratio':>6} {'last ms':>9}"


@dataclass(frozen=True, slots=True)
class Cost:
    cpu_ms: float  # the server's, for all clients
    last_ms: float


def measure(name: str, running: Running, clients: int, items: int, rounds: int) -> str:
    """A line each for one item, for `items` in one commit, and for as many commits one after the other."""
    warm_up(running, clients)
    crowd = Crowd(running.port, running.talk)
    crowd.grow(clients)
    one = _cost(running, crowd, 1, rounds, _one_by_one(running))
    together = _cost(running, crowd, items, rounds, running.publish_together or _one_by_one(running))
    apart = _cost(running, crowd, items, rounds, _one_by_one(running))
    crowd.close()
    shown = (("1", one), (f"{items}", together), (f"{items} ×1", apart))
    return "\n".join(
        f"{name:<24} {clients:>7} {what:>6} {cost.cpu_ms:>8.1f} {cost.cpu_ms / one.cpu_ms:>6.2f} {cost.last_ms:>9.1f}"
        for what, cost in shown
    )


def _one_by_one(running: Running) -> Callable[[list[str]], None]:
    def publish(marks: list[str]) -> None:
        for mark in marks:
            running.publish(mark)

    return publish


def _cost(
    running: Running, crowd: Crowd, items: int, rounds: int, publish: Callable[[list[str]], None]
) -> Cost:
    cpu, lasts = running.cpu_s(), []
    for turn in range(rounds):
        marks = [f"turn-{turn}-item-{number}-end" for number in range(items)]
        time.sleep(PAUSE_S)
        begun = time.monotonic()
        publish(marks)
        lasts.append(crowd.wait_for(marks[-1].encode(), begun)[1])
    return Cost((running.cpu_s() - cpu) / rounds * 1000, statistics.median(lasts))
