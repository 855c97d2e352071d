"""What the users do while they are connected: ask for snapshots, use the app, lose their network."""

import random
import time
from typing import Any

from gamepilot_mon.loadtest.client import Client, State
from gamepilot_mon.loadtest.courier import Courier, Errand
from gamepilot_mon.loadtest.crowd import Crowd
from gamepilot_mon.loadtest.people import event
from gamepilot_mon.loadtest.plan import Plan

REPORT_EVERY_S = 0.25  # GamePilot's server sends what its users did together
EVENTS_MAX = 500


class Behaviour:
    def __init__(self, plan: Plan, crowd: Crowd, courier: Courier) -> None:
        self.events = 0
        self.active = True
        self._plan = plan
        self._crowd = crowd
        self._courier = courier
        self._random = random.Random(plan.seed + 1)
        self._reports: list[dict[str, Any]] = []

    def begin(self) -> None:
        self._crowd.at(time.monotonic() + REPORT_EVERY_S, self._send_reports)
        if self._plan.cuts_per_minute:
            self._crowd.at(time.monotonic() + 1, self._cut)

    def join(self, client: Client) -> None:
        """Connect it, and let it act from time to time."""
        self._crowd.clients.append(client)
        self._crowd.open(client)
        if client.kind.asks or client.kind.reports:
            self._later(client)

    def _later(self, client: Client) -> None:
        wait = self._random.expovariate(1 / client.kind.every_s)
        self._crowd.at(time.monotonic() + wait, lambda: self._act(client))

    def _act(self, client: Client) -> None:
        if client.state is State.LIVE and self.active:
            self._ask(client)
            if self._plan.ingest_token:
                self._reports += [event(kind, client.number, self._random) for kind in client.kind.reports]
        self._later(client)

    def _ask(self, client: Client) -> None:
        if not client.kind.asks:
            return
        what = self._random.choice(client.kind.asks)
        if not self._crowd.ask(client, what):
            self._courier.send(Errand("status", "GET", "/api/realtime/status", self._plan.token))

    def _send_reports(self) -> None:
        batch, self._reports = self._reports[:EVENTS_MAX], self._reports[EVENTS_MAX:]
        if batch and self._plan.ingest_token:
            self.events += len(batch)
            self._courier.send(
                Errand("events", "POST", "/api/v1/events", self._plan.ingest_token, lambda: {"events": batch})
            )
        self._crowd.at(time.monotonic() + REPORT_EVERY_S, self._send_reports)

    def _cut(self) -> None:
        """Every second as many as the share in a minute asks for, at random."""
        clients = self._crowd.clients
        wanted = len(clients) * self._plan.cuts_per_minute / 60
        wanted = wanted if self.active else 0.0
        number = int(wanted) + (self._random.random() < wanted % 1)
        for client in self._random.sample(clients, min(number, len(clients))):
            self._crowd.cut(client)
        self._crowd.at(time.monotonic() + 1, self._cut)
