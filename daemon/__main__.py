"""`python -m daemon`: settings, store, one instance a store, signals, exit codes.

Exit 0 after SIGTERM or SIGINT, 2 for settings that are wrong, 1 for anything else that stops the start.
"""

import fcntl
import logging
import signal
import sys
from pathlib import Path
from typing import IO

from daemon.notify import Notifier
from daemon.scheduler import Scheduler
from gamepilot_mon import checks, db, logs
from gamepilot_mon.clock import utcnow
from gamepilot_mon.settings import Settings, SettingsError

log = logging.getLogger("daemon")


class AlreadyRunning(Exception):
    """Another daemon works on the same store."""


def main() -> int:
    try:
        settings = Settings.from_env()
        logs.configure(settings)
        path = db.open_database(settings.database_url)
        lock = only_one(path)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except (db.StoreError, AlreadyRunning) as error:
        print(f"gamepilot-mon daemon: {error}", file=sys.stderr)
        return 1
    with lock:
        run(settings)
    return 0


def run(settings: Settings) -> None:
    with db.write():
        checks.synchronise(settings, utcnow())
    scheduler = Scheduler(settings, Notifier())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: scheduler.stop())
    scheduler.run()
    log.info("daemon stopped")


def only_one(store: Path) -> IO[str]:
    """Hold a lock beside the store for as long as the file is open; the kernel frees it when the process dies."""
    lock = store.with_name(store.name + ".daemon-lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise AlreadyRunning(f"another daemon is running on the store {store}") from None
    return lock


if __name__ == "__main__":
    sys.exit(main())
