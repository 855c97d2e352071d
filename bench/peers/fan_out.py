"""One item after the other to all clients: what a client and a send cost, and when the last client has it."""

import statistics
import time

from bench.peers.contestants import Running
from bench.peers.crowd import Crowd

WARM = 200
PAUSE_S = 0.1  # items close behind one another would travel together
HEADS = (
    f"{'server':<24} {'clients':>7} {'accepts/s':>9} {'KB idle':>8} {'KB busy':>8} {'s/100k':>7} {'first ms':>8}"
    f" {'last ms':>8} {'worst ms':>8}"
)


def measure(name: str, running: Running, clients: int, items: int) -> str:
    warm_up(running, min(WARM, clients))
    before = running.rss()
    crowd = Crowd(running.port, running.talk)
    took_s = crowd.grow(clients)
    time.sleep(0.5)
    idle = running.rss()
    published(running, crowd, "first-end")
    cpu = running.cpu_s()
    times = [published(running, crowd, f"item-{number}-end") for number in range(items)]
    time.sleep(0.2)
    cpu_s = (running.cpu_s() - cpu) / (clients * items) * 100_000
    busy = running.rss()
    crowd.close()
    firsts, lasts = zip(*times, strict=True)
    return (
        f"{name:<24} {clients:>7} {clients / took_s:>9.0f} {(idle - before) / clients / 1024:>8.2f}"
        f" {(busy - before) / clients / 1024:>8.2f} {cpu_s:>7.2f} {statistics.median(firsts):>8.1f}"
        f" {statistics.median(lasts):>8.1f} {max(lasts):>8.1f}"
    )


def warm_up(running: Running, clients: int) -> None:
    """What the server needs once is then not counted as the clients'."""
    crowd = Crowd(running.port, running.talk)
    crowd.grow(clients)
    published(running, crowd, "warm-end")
    crowd.close()
    time.sleep(0.5)


def published(running: Running, crowd: Crowd, mark: str) -> tuple[float, float]:
    """(ms until the first, ms until the last) client has the item."""
    time.sleep(PAUSE_S)
    begun = time.monotonic()
    running.publish(mark)
    return crowd.wait_for(mark.encode(), begun)
