"""Run in a process of its own, patched by gevent as the web process is: many requests open the store at once."""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402

import gevent  # noqa: E402

from gamepilot_mon import db  # noqa: E402
from gamepilot_mon.web import store  # noqa: E402

REQUESTS = 100
PATIENCE_S = 30


def reopen() -> int:
    db.database.close()
    db.database.connect()
    return 1


def main(url: str) -> None:
    db.open_database(url)
    requests = [gevent.spawn(store.read, reopen) for _ in range(REQUESTS)]
    gevent.joinall(requests, timeout=PATIENCE_S)
    print(sum(request.value or 0 for request in requests))


if __name__ == "__main__":
    main(sys.argv[1])
