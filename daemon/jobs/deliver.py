"""Deliver: one worker a destination sends what the outbox owes it, so that a dead one delays no other."""

import logging

from daemon.delivery import Worker
from daemon.jobs import Context
from gamepilot_mon import (
    attempts,
    channel_health,
    channels,
    db,
    dead_letters,
    failover,
    outbox,
    runtime_config,
    series_limit,
)
from gamepilot_mon.destinations import Destination, enabled, with_standbys

log = logging.getLogger(__name__)


class Deliver:
    name = "deliver"
    every_ms = 5_000
    gap_ms = 20  # in a storm each write wakes it
    limit_ms = 60_000
    wakes_on = frozenset({"outbox", "config"})

    def __init__(self, context: Context) -> None:
        self._settings = context.settings
        self._plugins = channels.installed()
        self._workers: dict[str, Worker] = {}
        self._recovered = False

    def run(self, now: int) -> int | None:
        self._recover_once(now)
        config = runtime_config.current(self._settings).config
        wanted = {d.name: d for d in with_standbys(self._settings, config)}
        self._drop_all_but(list(wanted), now)
        self._renew(now)
        standing_in = {name: config.failovers[name] for name in enabled(config) if name in config.failovers}
        failover.take_over(standing_in, config, now)
        dead_letters.report(self._settings, now)
        series_limit.report(self._settings, now)
        self._poke(wanted)
        return None

    def _recover_once(self, now: int) -> None:
        # What the last life left open is settled before anything new is claimed.
        if not self._recovered:
            again = attempts.recover(now)
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
                worker = self._workers[name] = Worker(
                    self._settings, self._plugins[destination.kind], destination
                )
                worker.start()
            worker.poke(destination)
