"""One stage: grow to so many clients, hold them while items flow, and let everything arrive."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from gamepilot_mon.loadtest.behaviour import Behaviour
from gamepilot_mon.loadtest.client import Client, State
from gamepilot_mon.loadtest.courier import Courier
from gamepilot_mon.loadtest.crowd import Crowd, Seen
from gamepilot_mon.loadtest.machine import Listeners, Usage
from gamepilot_mon.loadtest.people import Kind
from gamepilot_mon.loadtest.plan import Plan
from gamepilot_mon.loadtest.publisher import Publisher

STUCK_MAX = 50
CALM_S = 1.0


@dataclass(slots=True)
class Outcome:
    """`held_s` is how long items flowed; CPU is the server's in that time."""

    wanted: int
    connected: int = 0
    connects_per_s: float = 0.0
    held_s: float = 0.0
    server_cpu_s: float | None = None
    server_rss: int | None = None
    client_cpu_s: float = 0.0
    stuck: int = 0
    missing: int = 0
    twice: int = 0
    disordered: int = 0
    gaps: int = 0
    complete: bool = False
    seen: Seen = field(default_factory=Seen)


@dataclass(frozen=True, slots=True)
class Progress:
    stage: int
    wanted: int
    phase: str
    connected: int
    seen: Seen
    usage: Usage | None


@dataclass(slots=True)
class Stages:
    """What all stages share. `stopped` tells that time is up or somebody asked to end."""

    plan: Plan
    crowd: Crowd
    couriers: tuple[Courier, Courier]  # of items, and of all else: a slow snapshot must not delay an item
    behaviour: Behaviour
    publisher: Publisher
    listeners: Listeners
    people: list[tuple[Kind, str]]
    stopped: Callable[[], bool]
    tell: Callable[[Progress], None]
    told_at: float = 0.0

    def run(self, number: int, wanted: int) -> Outcome:
        self.crowd.seen = Seen()
        outcome = Outcome(wanted, seen=self.crowd.seen)
        self._grow(number, outcome)
        self._hold(number, outcome)
        self._settle(number, outcome)
        outcome.complete = not self.stopped() and outcome.connected >= wanted
        return outcome

    def _step(self, number: int, wanted: int, phase: str) -> None:
        self.crowd.step()
        now = time.monotonic()
        if now - self.told_at > 0.25:
            self.told_at = now
            usage = self.listeners.usage()
            connected = self.crowd.count(State.LIVE, State.STUCK)
            self.tell(Progress(number, wanted, phase, connected, self.crowd.seen, usage))

    def _grow(self, number: int, outcome: Outcome) -> None:
        crowd, begun, had = self.crowd, time.monotonic(), len(self.crowd.clients)
        patience = begun + (outcome.wanted - had) / self.plan.connects_per_s * 4 + self.plan.settle_s
        while not self.stopped() and time.monotonic() < patience:
            due = had + int((time.monotonic() - begun) * self.plan.connects_per_s) + 1
            while len(crowd.clients) < min(due, outcome.wanted):
                kind, transport = self.people[len(crowd.clients)]
                self.behaviour.join(Client(len(crowd.clients), kind, transport))
            self._step(number, outcome.wanted, "connecting")
            there = crowd.count(State.LIVE, State.STUCK, State.REFUSED)
            if len(crowd.clients) == outcome.wanted and there >= outcome.wanted * 0.999:
                break
        took_s = max(time.monotonic() - begun, 0.001)
        outcome.connects_per_s = (crowd.count(State.LIVE, State.STUCK) - had) / took_s

    def _hold(self, number: int, outcome: Outcome) -> None:
        plan, crowd = self.plan, self.crowd
        before, own, begun = self.listeners.usage(), time.process_time(), time.monotonic()
        stuck = self._stuck()
        outcome.stuck = len(stuck)
        self.behaviour.active = True
        stormed, storming, next_item = False, False, begun
        while not self.stopped() and (now := time.monotonic()) < begun + plan.hold_s:
            if plan.items_per_s and now >= next_item:
                self.publisher.item()
                next_item += 1 / plan.items_per_s
            if not stormed and now > begun + plan.hold_s / 2:
                stormed = storming = True
                self.publisher.storm()
            if storming:
                # What flows behind a storm is late because of it, and would be timed as if it were not.
                storming, next_item = not self.couriers[0].idle, now + CALM_S
            self._step(number, outcome.wanted, "holding")
        after = self.listeners.usage()
        outcome.held_s = time.monotonic() - begun
        outcome.client_cpu_s = time.process_time() - own
        if before is not None and after is not None and after.cpu_s >= before.cpu_s:
            outcome.server_cpu_s = after.cpu_s - before.cpu_s
        outcome.server_rss = after.rss if after else None
        for client in stuck:
            crowd.get_going(client)

    def _settle(self, number: int, outcome: Outcome) -> None:
        """Until nobody lacks anything, as far as patience goes."""
        crowd, patience = self.crowd, time.monotonic() + self._patience_s(outcome)
        until: int | None = None  # what comes later is on its way, and is judged after the next stage
        self.behaviour.active = False
        while True:
            for _ in range(5):
                self._step(number, outcome.wanted, "settling")
            idle = all(courier.idle for courier in self.couriers)
            # The last alerts of a storm may still have been on their way to the server.
            if not self.publisher.resolve() and idle and until is None:
                until = crowd.log.newest()
            away = crowd.count(State.AWAY, State.OPENING)
            if until is not None and not away and not self._missing(until):
                break
            if time.monotonic() > patience:
                break
        for client in crowd.clients:
            client.late = False
        outcome.connected = crowd.count(State.LIVE, State.STUCK)
        accounts = [client.account for client in crowd.clients]
        outcome.missing = self._missing(crowd.log.newest() if until is None else until)
        outcome.twice = sum(account.twice for account in accounts)
        outcome.disordered = sum(account.disordered for account in accounts)
        outcome.gaps = sum(account.gaps for account in accounts)

    def _patience_s(self, outcome: Outcome) -> float:
        """TCP tries a reader that was stuck again only after up to as long as it was stuck."""
        return self.plan.settle_s + (outcome.held_s if outcome.stuck else 0.0)

    def _missing(self, until: int) -> int:
        """Of those who are connected: who was refused or is still away may yet get its items."""
        return sum(
            client.account.missing(self.crowd.log, until)
            for client in self.crowd.clients
            if client.state is State.LIVE
        )

    def _stuck(self) -> list[Client]:
        live = [client for client in self.crowd.clients if client.state is State.LIVE]
        count = min(round(len(live) * self.plan.stuck), STUCK_MAX)
        chosen = random.Random(self.plan.seed + len(live)).sample(live, count)
        for client in chosen:
            self.crowd.get_stuck(client)
        return chosen
