"""Canary: prove the channels that nothing went through for long, at a civil hour."""

from daemon.jobs import Context
from gamepilot_mon import canary, db, runtime_config


class Canary:
    name = "canary"
    every_ms = 60_000
    gap_ms = 1_000
    limit_ms = 60_000
    wakes_on = frozenset({"config"})

    def __init__(self, context: Context) -> None:
        self._settings = context.settings

    def run(self, now: int) -> int | None:
        config = runtime_config.current(self._settings).config
        unseen, owed = canary.unseen(config), canary.owed(self._settings, config, now)
        if unseen or owed:
            with db.write():
                canary.watch(unseen, now)
                canary.send(owed, self._settings.public_url, now)
        return None
