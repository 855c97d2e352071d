"""The store is locked at the moment when the provider's answer is to be written."""

import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gamepilot_mon.db import BUSY_TIMEOUT_S
from gamepilot_mon.models import Attempt, Notification
from tests.processes import eventually
from tests.reliability.house import house, told


@dataclass(frozen=True)
class AnswersUnderLock:
    """`200 ok`, while somebody else holds the store's write lock until `release`."""

    store: Path
    release: threading.Event
    locked: threading.Event = field(default_factory=threading.Event)
    accepted: bool = True

    def answer(self, handler: Any) -> None:
        threading.Thread(target=self._hold).start()
        assert self.locked.wait(30)
        handler.reply(200, "ok")

    def _hold(self) -> None:
        with closing(sqlite3.connect(self.store, timeout=30, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            self.locked.set()
            self.release.wait(60)
            connection.execute("ROLLBACK")


def test_it_keeps_an_outcome_until_it_can_be_stored(tmp_path: Path) -> None:
    with house(tmp_path) as our:
        fault = AnswersUnderLock(tmp_path / "mon.db", threading.Event())
        our.slack.fail_next(fault)
        our.alert()
        assert fault.locked.wait(20)
        over = threading.Timer(BUSY_TIMEOUT_S + 2, fault.release.set)
        over.start()
        eventually(fault.release.is_set, what="a lock that outlasts the wait for it")
        our.settled()
        assert [again for _, again in map(told, our.slack.attempts)] == [False]
        [row] = Notification.select().where(Notification.channel == "slack")
        assert (row.state, row.attempts, row.uncertain) == ("sent", 1, False)
        assert Attempt.select().where(Attempt.outcome != "ok").count() == 0
