"""The line of writers: masses let everybody else go first."""

import fcntl
import threading
from pathlib import Path

from gamepilot_mon import db
from tests.processes import eventually


def test_it_lets_a_waiting_writer_go_before_masses(store: Path) -> None:
    order: list[str] = []
    in_line = threading.Event()

    def writer(name: str, bulk: bool) -> None:
        if bulk:
            eventually(lambda: _is_held(store), what="the other writer in line")
            in_line.set()
        with db.write(bulk=bulk):
            order.append(name)
        db.database.close()

    threads = [threading.Thread(target=writer, args=one) for one in (("masses", True), ("alert", False))]
    with db.write():
        for thread in threads:
            thread.start()
        assert in_line.wait(10)
    for thread in threads:
        thread.join()

    assert order == ["alert", "masses"]


def _is_held(store: Path) -> bool:
    with store.with_name(store.name + ".first").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_it_writes_masses_when_nobody_else_waits(store: Path) -> None:
    with db.write(bulk=True):
        db.touch("events")
    with db.write(bulk=True):
        pass
