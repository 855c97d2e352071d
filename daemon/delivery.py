"""Delivery: the worker of one destination, which journals, and the threads in which its messages leave.

The worker alone decides and writes: one commit stores what came of the last attempts and that the next begin. A send
gets a thread of its own and puts its outcome into a queue, so that a channel may have several in the air and a hanging
one takes the place of one.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from queue import Empty, SimpleQueue

import peewee

from gamepilot_mon import acknowledge_links, attempts, channels, contents, turns
from gamepilot_mon.attempts import Outcome
from gamepilot_mon.channels import Channel, DeliveryError, Message, Receipt
from gamepilot_mon.clock import utcnow
from gamepilot_mon.destinations import Destination
from gamepilot_mon.models import Attempt, Notification
from gamepilot_mon.settings import Settings

log = logging.getLogger(__name__)

PAUSE_AFTER_ERROR_S = 0.5
IDLE_S = 5.0


class Worker(threading.Thread):
    """Sends what is due to one destination, and sleeps until something is, comes back, or it is poked."""

    def __init__(self, settings: Settings, channel: Channel, destination: Destination) -> None:
        super().__init__(name=f"deliver-{destination.name}", daemon=True)
        self.kind = destination.kind
        self._settings = settings
        self._channel = channel
        self._traits = channels.traits(channel)
        self._destination = destination
        self._poked = threading.Event()
        self._stopped = False
        self._in_air = 0
        self._answers: SimpleQueue[Outcome] = SimpleQueue()
        self._unwritten: list[Outcome] = []

    def poke(self, destination: Destination) -> None:
        self._destination = destination
        self._poked.set()

    def stop(self) -> None:
        """Send nothing more; what is in the air is still written down."""
        self._stopped = True
        self._poked.set()

    def run(self) -> None:
        self._prepare()
        wait_s = 0.0
        while not self._stopped or self._in_air or self._unwritten:
            self._poked.wait(wait_s)
            self._poked.clear()
            wait_s = self._drain()

    def _prepare(self) -> None:
        try:
            channels.prepare(self._channel)
        except Exception:
            # Its messages will say the same, each with an attempt that is kept.
            log.exception("channel %s cannot be prepared", self._destination.name)

    def _drain(self) -> float:
        """Go on until nothing can be done now; returns the seconds until something can."""
        try:
            while True:
                self._collect()
                if self._unwritten and not self._may_go_together():
                    self._write(())
                turn = turns.Turn() if self._stopped else self._next_turn()
                if not turn.rows and not self._unwritten:
                    return _seconds_until(turn.again_at)
                for row, attempt in self._write(turn.rows):
                    self._launch(row, attempt)
        except peewee.OperationalError as error:
            # An outcome that is lost means a doubled message: it is kept until it can be written.
            log.warning("delivery to %s pauses: the store says %s", self._destination.name, error)
            return PAUSE_AFTER_ERROR_S

    def _collect(self) -> None:
        while True:
            try:
                self._unwritten.append(self._answers.get_nowait())
            except Empty:
                return
            self._in_air -= 1

    def _may_go_together(self) -> bool:
        """Whether what comes next may be chosen before these outcomes are written: not when they bear on it."""
        return not self._traits.summarises and all(outcome.is_good for outcome in self._unwritten)

    def _next_turn(self) -> turns.Turn:
        return turns.next_turn(self._destination.name, self._traits, utcnow(), self._in_air)

    def _write(self, rows: Sequence[Notification]) -> list[tuple[Notification, Attempt]]:
        begun = attempts.exchange(self._unwritten, rows, self._traits.pace, utcnow())
        self._unwritten = []
        return begun

    def _launch(self, row: Notification, attempt: Attempt) -> None:
        self._in_air += 1
        to = self._destination
        try:
            # Read here, as a thread that reads the store opens it anew.
            message = self._message(row, to, utcnow())
        except peewee.OperationalError as error:
            self._answer(row, attempt, DeliveryError(f"the store says {error}"))
            return
        threading.Thread(
            target=self._send, args=(row, attempt, message, to), name=f"send-{to.name}", daemon=True
        ).start()

    def _send(self, row: Notification, attempt: Attempt, message: Message, to: Destination) -> None:
        self._answer(row, attempt, self._said(row, message, to))

    def _answer(self, row: Notification, attempt: Attempt, said: Receipt | DeliveryError) -> None:
        self._answers.put(Outcome(row, attempt, said, utcnow()))
        self._poked.set()

    def _said(self, row: Notification, message: Message, to: Destination) -> Receipt | DeliveryError:
        try:
            return self._channel.send(to.config, message)
        except DeliveryError as error:
            log.warning("notification %s to %s: %s", row.uid, row.channel, error.detail)
            return error
        except Exception as error:
            # A plugin's own bug must not stop the channel; whether the message left is not known.
            log.exception("channel %s failed", row.channel)
            return DeliveryError(f"{type(error).__name__} in the channel", uncertain=True)

    def _message(self, row: Notification, to: Destination, now: int) -> Message:
        message = contents.message(row, now)
        url = acknowledge_links.url_for(self._settings, to, message, now)
        return replace(message, acknowledge_url=url)


def _seconds_until(again_at: int | None) -> float:
    if again_at is None:
        return IDLE_S
    return min(max(0.02, (again_at - utcnow()) / 1000), IDLE_S)
