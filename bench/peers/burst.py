"""What items at once cost against one: those that come within a tick of the hub travel in one write a client."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.peers.contestants import Running
from bench.peers.crowd import Crowd
from bench.peers.fan_out import PAUSE_S, warm_up

HEADS = f"{'server':<24} {'clients':>7} {'items':>6} {'CPU ms':>8} {'ratio':>6} {'last ms':>9}"


@dataclass(slots=True)
class Shape:
    """One way to publish, and what each time cost the server, for all clients."""

    name: str
    items: int
    publish: Callable[[list[str]], None]  # items that end in these marks
    cpu_ms: list[float] = field(default_factory=list)
    last_ms: list[float] = field(default_factory=list)

    @property
    def cost(self) -> float:
        return statistics.mean(self.cpu_ms)


def measure(name: str, running: Running, clients: int, items: int, rounds: int) -> str:
    """A line each for one item, for `items` in one commit, and for as many commits one after the other."""

    def one_by_one(marks: list[str]) -> None:
        for mark in marks:
            running.publish(mark)

    together = running.publish_together or one_by_one
    one = Shape("1", 1, one_by_one)
    shapes = (one, Shape(f"{items}", items, together), Shape(f"{items} x1", items, one_by_one))
    warm_up(running, clients)
    crowd = Crowd(running.port, running.talk)
    crowd.grow(clients)
    for turn in range(rounds):
        for shape in shapes:  # in turn, so that a busy moment of the machine meets all alike
            _publish(running, crowd, shape, turn)
    crowd.close()
    return "\n".join(
        f"{name:<24} {clients:>7} {shape.name:>6} {shape.cost:>8.1f} {shape.cost / one.cost:>6.2f}"
        f" {statistics.median(shape.last_ms):>9.1f}"
        for shape in shapes
    )


def _publish(running: Running, crowd: Crowd, shape: Shape, turn: int) -> None:
    marks = [f"turn-{turn}-{shape.name}-item-{number}-end" for number in range(shape.items)]
    cpu = running.cpu_s()
    time.sleep(PAUSE_S)
    begun = time.monotonic()
    shape.publish(marks)
    shape.last_ms.append(crowd.wait_for(marks[-1].encode(), begun)[1])
    time.sleep(PAUSE_S / 2)
    shape.cpu_ms.append((running.cpu_s() - cpu) * 1000)
