"""The items whose way is timed: broadcasts, which reach everybody, and alerts in a storm."""

import time
from collections.abc import Mapping
from typing import Any

from gamepilot_mon.loadtest.courier import Courier, Errand
from gamepilot_mon.loadtest.items import mark
from gamepilot_mon.loadtest.plan import Plan


class Publisher:
    """`confirmed` are the numbers of the items that the server said it has stored."""

    def __init__(self, plan: Plan, courier: Courier, run: str) -> None:
        self.confirmed: set[int] = set()
        self._plan = plan
        self._courier = courier
        self._run = run
        self._number = 0
        self._alerts: list[int] = []

    def item(self, *, storm: bool = False) -> None:
        self._number += 1
        number = self._number
        self._courier.send(
            Errand(
                "items", "POST", "/api/realtime/broadcast", self._plan.operator_token,
                lambda: {"event": "loadtest", "data": self._mark(number, storm)},
                lambda answer: self.confirmed.add(number),
            )
        )  # fmt: skip

    def storm(self) -> None:
        for _ in range(self._plan.storm):
            self._alert() if self._plan.storm_kind == "alert" else self.item(storm=True)

    def resolve(self) -> bool:
        """End the alerts of the storms; whether there were any."""
        had = bool(self._alerts)
        while self._alerts:
            path = f"/api/v1/alerts/{self._alerts.pop()}/resolve"
            self._courier.send(Errand("resolved", "POST", path, self._plan.operator_token))
        return had

    def _alert(self) -> None:
        self._number += 1
        number = self._number
        self._courier.send(
            Errand(
                "alerts", "POST", "/api/realtime/alerts/custom", self._plan.operator_token,
                lambda: self._alert_body(number), lambda answer: self._raised(number, answer),
            )
        )  # fmt: skip

    def _alert_body(self, number: int) -> Mapping[str, Any]:
        message = f"load test {self._run}, alert {number}"
        return {
            "type": "loadtest",
            "severity": "info",
            "message": message,
            "metadata": self._mark(number, True),
        }

    def _raised(self, number: int, answer: Any) -> None:
        self.confirmed.add(number)
        self._alerts.append(answer["data"]["id"])

    def _mark(self, number: int, storm: bool) -> Mapping[str, Any]:
        return mark(self._run, number, storm, time.monotonic(), self._plan.item_bytes)
