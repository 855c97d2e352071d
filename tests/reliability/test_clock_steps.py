"""The clock of the running daemon is set forward and back: nobody is told twice, and nobody has to wait for it.

CLOCK_STEPS=all begins with steps back as well.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from gamepilot_mon import db
from gamepilot_mon.catchers.slack import Status
from gamepilot_mon.clock import HOUR_MS, SECOND_MS
from gamepilot_mon.models import Alert, Check, Notification, Observation, Process
from gamepilot_mon.simulator.server import GamePilotServer
from gamepilot_mon.simulator.stage import Stage
from gamepilot_mon.sources import heartbeats, intake
from gamepilot_mon.sources.heartbeats import Ping
from gamepilot_mon.web import health
from tests.processes import eventually
from tests.reliability.faked_clock import FakedClock
from tests.reliability.house import House, house

# Hours ahead of the real clock, one after the other.
STEPS = (1, 0, 24, 0) if os.environ.get("CLOCK_STEPS") != "all" else (1, 0, -1, 0, 24, 0, -24, 0)
COOLDOWN_S = 3
TOLD_WITHIN_S = 15
KEY = "heartbeat-of-the-night"
WATCHDOG_S = 15  # what systemd is told to wait; the daemon shows a sign of life every 5 s


def test_it_goes_on_as_before_whatever_the_clock_is_set_to(tmp_path: Path) -> None:
    clock = FakedClock(tmp_path)
    with gamepilot(clock) as game, Watchdog(tmp_path) as watchdog:
        more = {
            **clock.environ, "NOTIFY_SOCKET": watchdog.path, "GAMEPILOT_URL": game.url,
            "GAMEPILOT_MON_CHECK_INTERVAL": "1s", "GAMEPILOT_MON_COOLDOWN": f"{COOLDOWN_S}s",
        }  # fmt: skip
        with house(tmp_path, **more) as our:
            night = nightly(clock)
            still_open = our.alert("stays open", at=clock.now())
            report_critical(clock)
            our.settled()
            eventually(lambda: rule_alert() and told_of(rule_alert()) == 3, what="the rule's alert is told")
            slowest = 0.0
            for number, hours in enumerate(STEPS):
                slowest = max(slowest, step(our, clock, hours, f"step {number} to {hours} h"))
                assert told_of(still_open) == told_of(rule_alert()) == 3, [*Notification.select().dicts()]
                assert Check.get_by_id(night).state == "up"
            fired = Alert.select().where(Alert.fired_at.is_null(False))
            assert {row.type for row in fired} == {"drill", "critical_error"}
            assert Alert.get_by_id(still_open).status == rule_alert().status == "firing"

            our.resolve(still_open, at=clock.now())
            our.settled()
            ends = Notification.select().where(
                (Notification.alert_id == still_open) & (Notification.change == "resolved")
            )
            assert {row.channel for row in ends} == {"slack", "email", "webhook"}
        assert watchdog.longest_gap_s() < WATCHDOG_S
        print(f"{len(STEPS)} steps; a new alert told {slowest:.1f} s after one at most")


def step(our: House, clock: FakedClock, hours: int, name: str) -> float:
    """One step, with a message that waits for its next try; the seconds until a new alert was told."""
    our.hook.fail_next(Status(503))
    tried = len(our.hook.attempts)
    first = our.alert(name, "warning", at=clock.now(), identity=name)
    eventually(lambda: len(our.hook.attempts) > tried, what="a send that fails")
    looked, began = seen(), time.monotonic()

    clock.set(hours * HOUR_MS)
    new = our.alert(f"after {name}", at=clock.now())
    eventually(lambda: sent(new) == 3, within_s=TOLD_WITHIN_S, what="a new alert is told")
    took = time.monotonic() - began
    eventually(lambda: sent(first) == 3, within_s=TOLD_WITHIN_S, what="what waited for its next try")

    our.resolve(first, at=clock.now())
    again = our.alert(name, "warning", at=clock.now(), identity=name)
    eventually(lambda: sent(again) == 3, within_s=COOLDOWN_S + TOLD_WITHIN_S, what="the end of the cooldown")
    eventually(lambda: ready(clock), within_s=TOLD_WITHIN_S, what="ready after the step")
    our.resolve(again, at=clock.now())
    our.resolve(new, at=clock.now())
    our.settled()
    # Each check every second, and a second look a second after a failure: no more than that.
    assert seen() - looked <= 2 * (time.monotonic() - began) + 4
    return took


def ready(clock: FakedClock) -> bool:
    """As /readyz says it, by a web process that has the same clock."""
    now = clock.now()
    beat = Process.get(Process.name == "daemon")
    return not health.missing(health.state(now), now) and abs(now - beat.beat_at) < 7 * SECOND_MS


def sent(alert_id: int) -> int:
    """How many channels were told that it fires."""
    told = (
        (Notification.alert_id == alert_id)
        & (Notification.state == "sent")
        & (Notification.change == "firing")
    )
    return int(Notification.select().where(told).count())


def told_of(alert: Alert | int) -> int:
    """How many messages there are about it."""
    return int(Notification.select().where(Notification.alert_id == alert).count())


def rule_alert() -> Alert:
    return Alert.get_or_none(Alert.type == "critical_error")  # type: ignore[no-any-return]


def seen() -> int:
    return int(
        Observation.select().where(Observation.check_id != Check.get(Check.ping_key == KEY).id).count()
    )


def nightly(clock: FakedClock) -> int:
    """A heartbeat that is expected within half an hour, and came just now."""
    with db.write():
        made = Check.create(
            name="nightly", kind="heartbeat", spec={"grace_ms": HOUR_MS // 2}, interval_ms=2_000, origin="user",
            ping_key=KEY, created_at=clock.now(),
        )  # fmt: skip
        db.touch("check-list")
        heartbeats.receive(KEY, Ping("success"), clock.now())
    return int(made.id)


def report_critical(clock: FakedClock) -> None:
    event = {"kind": "error", "operation": "payment", "error": "boom", "severity": "critical"}
    rows, rejected = intake.rows_of_json([msgspec.Raw(msgspec.json.encode(event))], clock.now())
    assert not rejected
    with db.write():
        intake.insert(rows)
        db.touch("events")


@contextmanager
def gamepilot(clock: FakedClock) -> Iterator[GamePilotServer]:
    server = GamePilotServer(("127.0.0.1", 0), Stage("calm", 1, 1.0, clock.now()), lambda: 0)
    server.start()
    yield server
    server.close()


class Watchdog:
    """Stands in for systemd, and keeps when it was told that the daemon is alive."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._fed: list[float] = []

    def __enter__(self) -> "Watchdog":
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _listen(self) -> None:
        while True:
            try:
                if self._socket.recv(256) == b"WATCHDOG=1":
                    self._fed.append(time.monotonic())
            except OSError:
                return

    def longest_gap_s(self) -> float:
        return max(later - earlier for earlier, later in zip(self._fed, self._fed[1:], strict=False))
