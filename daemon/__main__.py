"""`python -m daemon`: settings, store, one instance a store, signals, exit codes.

Exit 0 after SIGTERM or SIGINT, 2 for settings that are wrong, 1 for anything else that stops the start.
"""

import logging
import signal
import sys

import peewee

from daemon.notify import Notifier
from daemon.scheduler import Scheduler
from gamepilot_mon import checks, db, logs, pseudonym
from gamepilot_mon.clock import utcnow
from gamepilot_mon.locks import AlreadyRunning, only_one
from gamepilot_mon.settings import Settings, SettingsError

log = logging.getLogger("daemon")


def main() -> int:
    try:
        settings = Settings.from_env()
        logs.configure(settings)
        pseudonym.use(settings.user_ids)
        path = db.open_database(settings.database_url)
        lock = only_one(path)
        with db.write():
            checks.synchronise(settings, utcnow())
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except (db.StoreError, AlreadyRunning, peewee.OperationalError) as error:
        print(f"gamepilot-mon daemon: {error}", file=sys.stderr)
        return 1
    with lock:
        run(settings)
    return 0


def run(settings: Settings) -> None:
    scheduler = Scheduler(settings, Notifier())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: scheduler.stop())
    scheduler.run()
    log.info("daemon stopped")


if __name__ == "__main__":
    sys.exit(main())
