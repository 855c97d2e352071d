"""Deliver: one worker a destination sends what the outbox owes it, so that a dead one delays no other."""

import contextlib
import logging
import threading
from dataclasses import replace

import peewee

from daemon.jobs import Context
from gamepilot_mon import (
    acknowledge_links,
    channel_health,
    channels,
    db,
    dead_letters,
    failover,
    outbox,
    runtime_config,
    series_limit,
    turns,
)
from gamepilot_mon.channels import Channel, DeliveryError, Message, Receipt
from gamepilot_mon.clock import utcnow
from gamepilot_mon.destinations import Destination, enabled, with_standbys
from gamepilot_mon.models import Attempt, Notification
from gamepilot_mon.settings import Settings

log = logging.getLogger(__name__)

PAUSE_AFTER_ERROR_S = 1.0
IDLE_S = 5.0


class Deliver:
    name = "deliver"
    every_ms = 5_000
    gap_ms = 20  # in a storm each write wakes it
    limit_ms = 60_000
    wakes_on = frozenset({"outbox", "config"})

    def __init__(self, context: Context) -> None:
        self._settings = context.settings
        self._plugins = channels.installed()
        self._workers: dict[str, _Worker] = {}
        self._recovered = False

    def run(self, now: int) -> int | None:
        self._recover_once(now)
        config = runtime_config.current(self._settings).config
        wanted = {d.name: d for d in with_standbys(self._settings, config)}
        self._drop_all_but(list(wanted), now)
        self._renew(now)
        standing_in = {name: config.failovers[name] for name in enabled(config) if name in config.failovers}
        failover.take_over(standing_in, config, now)
        dead_letters.report(self._settings, config, now)
        series_limit.report(self._settings, config, now)
        self._poke(wanted)
        return None

    def _recover_once(self, now: int) -> None:
        # What the last life left open is settled before anything new is claimed.
        if not self._recovered:
            again = outbox.recover(now)
            if again:
                log.warning("sending %d notifications again: the last life ended while sending them", again)
            self._recovered = True

    def _drop_all_but(self, names: list[str], now: int) -> None:
        if outbox.owed_elsewhere(names):
            with db.write():
                outbox.drop_channels_except(names, now)

    def _renew(self, now: int) -> None:
        if names := channel_health.outdated(runtime_config.changed_at()):
            with db.write():
                channel_health.renew(names, now)

    def _poke(self, wanted: dict[str, Destination]) -> None:
        for name in self._workers.keys() - wanted.keys():
            self._workers.pop(name).stop()
        for name, destination in wanted.items():
            worker = self._workers.get(name)
            if worker is not None and worker.kind != destination.kind:
                worker.stop()
                worker = None
            if worker is None or not worker.is_alive():
                worker = self._workers[name] = _Worker(
                    self._settings, self._plugins[destination.kind], destination
                )
                worker.start()
            worker.poke(destination)


class _Worker(threading.Thread):
    """Sends what is due to one destination, and sleeps until something is or until it is poked."""

    def __init__(self, settings: Settings, channel: Channel, destination: Destination) -> None:
        super().__init__(name=f"deliver-{destination.name}", daemon=True)
        self.kind = destination.kind
        self._settings = settings
        self._channel = channel
        self._traits = channels.traits(channel)
        self._destination = destination
        self._poked = threading.Event()
        self._stopped = False

    def poke(self, destination: Destination) -> None:
        self._destination = destination
        self._poked.set()

    def stop(self) -> None:
        self._stopped = True
        self._poked.set()

    def run(self) -> None:
        wait_s = 0.0
        while True:
            self._poked.wait(wait_s)
            self._poked.clear()
            if self._stopped:
                return
            wait_s = self._drain()

    def _drain(self) -> float:
        """Send until it is nobody's turn; returns the seconds until it will be somebody's."""
        name, traits = self._destination.name, self._traits
        try:
            while (turn := turns.next_turn(name, traits, utcnow())).row and not self._stopped:
                if claimed := outbox.journal(turn.row, traits.pace, utcnow()):
                    self._send(*claimed)
        except peewee.OperationalError as error:
            log.warning("delivery to %s pauses for a second: the store says %s", name, error)
            return PAUSE_AFTER_ERROR_S
        if turn.again_at is None:
            return IDLE_S
        return min(max(0.02, (turn.again_at - utcnow()) / 1000), IDLE_S)

    def _send(self, row: Notification, attempt: Attempt) -> None:
        to = self._destination
        try:
            receipt = self._channel.send(to.config, self._message(row, to, utcnow()))
        except DeliveryError as error:
            log.warning("notification %s to %s: %s", row.uid, row.channel, error.detail)
            self._note(row, attempt, error)
        except Exception as error:
            # A plugin's own bug must not stop the channel; whether the message left is not known.
            log.exception("channel %s failed", row.channel)
            self._note(row, attempt, DeliveryError(f"{type(error).__name__} in the channel", uncertain=True))
        else:
            self._note(row, attempt, receipt)

    def _message(self, row: Notification, to: Destination, now: int) -> Message:
        message = outbox.message(row, now)
        url = acknowledge_links.url_for(self._settings, to, message, now)
        return replace(message, acknowledge_url=url)

    def _note(self, row: Notification, attempt: Attempt, outcome: Receipt | DeliveryError) -> None:
        """Journal the outcome, for as long as it takes: an outcome that is lost means a doubled message."""
        pause = threading.Event()
        while not self._noted(row, attempt, outcome):
            pause.wait(0.5)

    def _noted(self, row: Notification, attempt: Attempt, outcome: Receipt | DeliveryError) -> bool:
        with contextlib.suppress(peewee.OperationalError):
            if isinstance(outcome, Receipt):
                outbox.delivered(row, attempt, outcome.detail, utcnow())
            else:
                outbox.failed(
                    row, attempt, outcome.detail, utcnow(), permanent=outcome.permanent,
                    retry_after_ms=outcome.retry_after_ms, uncertain=outcome.uncertain,
                )  # fmt: skip
            return True
        return False
