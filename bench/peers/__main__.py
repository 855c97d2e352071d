"""Fan-out by us and by others: the same clients and items, one run, server and clients on a core each.

    python -m bench.peers [--clients 5000] [--items 20] [--quick] [--only NAME ...]

`KB idle`: resident memory a client, its subscription included. `s/100k`: the server's CPU seconds for 100,000
items sent. `last ms`: from before publishing until the last client has the whole item, median of the items.
Ours also stores each item and reads it back; the others take it from a pipe.
"""

import argparse
import os
import resource
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from bench.peers.contestants import CLIENT_CORE, CONTESTANTS, Running
from bench.peers.crowd import Crowd, Stuck
from bench.peers.tools import Missing

WARM = 200
PAUSE_S = 0.1  # items close behind one another would travel together


@dataclass(frozen=True, slots=True)
class Measured:
    accepts_per_s: float
    idle_kb: float
    cpu_s: float  # for 100,000 items sent
    first_ms: float
    last_ms: float
    worst_ms: float


def measure(running: Running, clients: int, items: int) -> Measured:
    warm = Crowd(running.port, running.talk)
    warm.grow(min(WARM, clients))
    published(running, warm, "warm-end")
    warm.close()
    time.sleep(0.5)
    before = running.rss()
    crowd = Crowd(running.port, running.talk)
    took_s = crowd.grow(clients)
    time.sleep(0.5)
    idle = running.rss()
    published(running, crowd, "first-end")
    cpu = running.cpu_s()
    times = [published(running, crowd, f"item-{number}-end") for number in range(items)]
    time.sleep(0.2)
    used = running.cpu_s() - cpu
    crowd.close()
    firsts, lasts = zip(*times, strict=True)
    return Measured(
        clients / took_s, (idle - before) / clients / 1024, used / (clients * items) * 100_000,
        statistics.median(firsts), statistics.median(lasts), max(lasts),
    )  # fmt: skip


def published(running: Running, crowd: Crowd, mark: str) -> tuple[float, float]:
    time.sleep(PAUSE_S)
    begun = time.monotonic()
    running.publish(mark)
    return crowd.wait_for(mark.encode(), begun)


def run(
    name: str, contestant: Callable[[], AbstractContextManager[Running]], clients: int, items: int
) -> None:
    try:
        with contestant() as running:
            found = measure(running, clients, items)
    except Missing as error:
        print(f"{name:<18} left out: {error}", flush=True)
        return
    except (Stuck, OSError) as error:
        print(f"{name:<18} did not finish with {clients} clients: {error}", flush=True)
        return
    print(
        f"{name:<18} {clients:>7} {found.accepts_per_s:>10.0f} {found.idle_kb:>9.2f} {found.cpu_s:>8.2f}"
        f" {found.first_ms:>9.1f} {found.last_ms:>9.1f} {found.worst_ms:>9.1f}",
        flush=True,
    )


def main() -> None:
    arguments = argparse.ArgumentParser(prog="bench.peers", description=__doc__.split("\n")[0])
    arguments.add_argument("--clients", type=int, default=5000)
    arguments.add_argument("--items", type=int, default=20)
    arguments.add_argument("--quick", action="store_true", help="500 clients and 10 items")
    arguments.add_argument("--only", nargs="+", choices=list(CONTESTANTS), metavar="NAME")
    wanted = arguments.parse_args()
    clients, items = (500, 10) if wanted.quick else (wanted.clients, wanted.items)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if clients + 200 > hard:
        raise SystemExit(f"{clients} clients need more open files than the hard limit of {hard}")
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {CLIENT_CORE})
    print(
        f"{'server':<18} {'clients':>7} {'accepts/s':>10} {'KB idle':>9} {'s/100k':>8} {'first ms':>9}"
        f" {'last ms':>9} {'worst ms':>9}"
    )
    for name in wanted.only or CONTESTANTS:
        run(name, CONTESTANTS[name], clients, items)


if __name__ == "__main__":
    main()
