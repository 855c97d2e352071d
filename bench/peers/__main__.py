"""Fan-out by us and by others: the same clients and items, one run, server and clients on a core each.

    python -m bench.peers [--clients 5000] [--items 20] [--quick] [--ours] [--only NAME ...]
    python -m bench.peers --burst 10 [--clients 2000]

`KB idle`: resident memory a client, its subscription included; `KB busy`: after the items. `s/100k`: the server's
CPU seconds for 100,000 items sent. `last ms`: from before publishing until the last client has the whole item,
median of the items. Ours also stores each item and reads it back; the others take it from a pipe. `deflate`: with
permessage-deflate, without memory between the messages.

--burst asks ours alone: the server's CPU for 1 item, for 10 in one commit, and for 10 commits in a row (`10 x1`).
"""

import argparse
import os
import resource
from collections.abc import Callable

from bench.peers import burst, fan_out
from bench.peers.contestants import CLIENT_CORE, CONTESTANTS, Running
from bench.peers.crowd import Stuck
from bench.peers.tools import Missing


def run(name: str, clients: int, measure: Callable[[Running], str]) -> None:
    try:
        with CONTESTANTS[name]() as running:
            print(measure(running), flush=True)
    except Missing as error:
        print(f"{name:<24} left out: {error}", flush=True)
    except (Stuck, OSError) as error:
        print(f"{name:<24} did not finish with {clients} clients: {error}", flush=True)


def compare(names: list[str], clients: int, items: int) -> None:
    print(fan_out.HEADS)
    for name in names:
        run(name, clients, lambda running, name=name: fan_out.measure(name, running, clients, items))  # type: ignore[misc]


def compare_bursts(names: list[str], clients: int, items: int, rounds: int) -> None:
    print(burst.HEADS)
    for name in names:
        run(name, clients, lambda running, name=name: burst.measure(name, running, clients, items, rounds))  # type: ignore[misc]


def allow_files(clients: int) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if clients + 200 > hard:
        raise SystemExit(f"{clients} clients need more open files than the hard limit of {hard}")


def main() -> None:
    arguments = argparse.ArgumentParser(prog="bench.peers", description=__doc__.split("\n")[0])
    arguments.add_argument("--clients", type=int, default=5000)
    arguments.add_argument("--items", type=int, default=20, help="how many; with --burst, how many rounds")
    arguments.add_argument("--quick", action="store_true", help="500 clients and 10 items")
    arguments.add_argument("--burst", type=int, metavar="N", help="N items at once against one")
    arguments.add_argument("--ours", action="store_true", help="ours alone, by every transport")
    arguments.add_argument("--only", nargs="+", choices=list(CONTESTANTS), metavar="NAME")
    wanted = arguments.parse_args()
    clients, items = (500, 10) if wanted.quick else (wanted.clients, wanted.items)
    allow_files(clients)
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {CLIENT_CORE})
    names = wanted.only or list(CONTESTANTS)
    if wanted.ours or wanted.burst:
        names = [name for name in names if name.startswith("ours")]
    if wanted.burst:
        compare_bursts(names, clients, wanted.burst, items)
    else:
        compare(names, clients, items)


if __name__ == "__main__":
    main()
