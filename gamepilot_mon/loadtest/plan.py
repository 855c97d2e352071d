"""What a load test is asked to do, checked before the first connection."""

import resource
from dataclasses import dataclass

from gamepilot_mon.loadtest.address import Address

STAGES = (100, 500, 1000, 1500)
# GamePilot's own clients speak Socket.IO, the pages of the monitor read events, other programs use WebSocket.
MIX = (("socket.io", 40.0), ("websocket", 30.0), ("sse", 30.0))
MOST_CLIENTS = 20_000
SPARE_DESCRIPTORS = 100  # for the epoll, the posting connections, the terminal and psutil


class PlanRefused(Exception):
    """The text says why, for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Plan:
    address: Address
    token: str
    operator_token: str
    ingest_token: str | None  # None: users report no events
    stages: tuple[int, ...] = STAGES
    transports: tuple[tuple[str, float], ...] = MIX
    hold_s: float = 20.0
    connects_per_s: float = 300.0
    items_per_s: float = 2.0
    item_bytes: int = 850  # about 1 KB with its envelope
    storm: int = 50  # items at once, in the middle of a stage
    storm_kind: str = "broadcast"  # or "alert"
    cuts_per_minute: float = 0.1  # share of the clients whose connection breaks
    stuck: float = 0.01  # share that stops reading while a stage is held
    target_ms: float = 150.0
    target_share: float = 0.99
    settle_s: float = 15.0
    longest_s: float = 900.0
    seed: int = 1


def check(plan: Plan) -> None:
    """Raises PlanRefused."""
    if not plan.stages or list(plan.stages) != sorted(set(plan.stages)) or plan.stages[0] < 1:
        raise PlanRefused("stages are rising numbers of clients, e.g. 100,500,1000")
    if plan.stages[-1] > MOST_CLIENTS:
        raise PlanRefused(f"at most {MOST_CLIENTS} clients; this is a test of one machine, by one process")
    if not plan.transports or any(share <= 0 for _, share in plan.transports):
        raise PlanRefused("each transport needs a share above 0, e.g. websocket=70,sse=30")


def raise_descriptors(clients: int) -> None:
    """Raise this process's limit of open files. Raises PlanRefused when the hard limit is too low."""
    needed = clients + SPARE_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise PlanRefused(
            f"{clients} clients need {needed} open files; the hard limit is {hard} (ulimit -Hn), "
            f"so at most {hard - SPARE_DESCRIPTORS} clients"
        )
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
