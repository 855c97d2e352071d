"""The web process is killed while events come in: what was acknowledged is there, and once."""

import itertools
import os
import random
import threading
import uuid
from pathlib import Path

import psutil
import requests

from gamepilot_mon.models import Event
from tests.processes import eventually
from tests.serving import Server

KILLS = int(os.environ.get("KILLS_OF_WEB", "3"))
SENDERS = 6
PER_BODY = 20


class Sender(threading.Thread):
    """Sends bodies of events with ids of their own until told to stop, and again until they are acknowledged."""

    def __init__(self, server: Server, ended: threading.Event) -> None:
        super().__init__()
        self._server = server
        self._ended = ended
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()
        self.cut = 0

    def run(self) -> None:
        while not self._ended.is_set():
            ids = [uuid.uuid4().hex for _ in range(PER_BODY)]
            self.sent.update(ids)
            while not self._post(ids) and not self._ended.wait(0.02):
                self.cut += 1
            if not self._ended.is_set():
                self.acknowledged.update(ids)

    def _post(self, ids: list[str]) -> bool:
        events = [{"kind": "deploy", "version": "1", "id": one} for one in ids]
        try:
            answer = self._server.post("/api/v1/events", "ingest", json={"events": events})
        except requests.RequestException:
            return False
        return answer.status_code == 202 and answer.json()["accepted"] == len(ids)


def kill(server: Server) -> None:
    """All of its processes at once, so that nobody can tidy up after another."""
    master = psutil.Process(server.process.pid)
    for process in (master, *master.children(recursive=True)):
        process.kill()
    server.process.wait()


def test_it_loses_no_acknowledged_event_and_counts_none_twice(tmp_path: Path) -> None:
    chance = random.Random(7)
    ended = threading.Event()
    server = Server(tmp_path / "server").start()
    token, port = server.tokens, server.port
    senders = [Sender(server, ended) for _ in range(SENDERS)]
    try:
        for sender in senders:
            sender.start()
        for number in itertools.count(1):
            before = sum(len(sender.acknowledged) for sender in senders)
            more = before + chance.randrange(PER_BODY, 20 * PER_BODY)
            eventually(lambda: sum(len(s.acknowledged) for s in senders) > more, within_s=60, what="load")  # noqa: B023
            if number > KILLS:
                break
            kill(server)
            server.start(port)
            server.tokens = token
    finally:
        ended.set()
        for sender in senders:
            sender.join()
        server.stop()

    server.open_store()
    stored = [key for (key,) in Event.select(Event.key).tuples()]
    acknowledged = set[str]().union(*(sender.acknowledged for sender in senders))
    assert sum(sender.cut for sender in senders) >= KILLS  # or nothing was killed under load
    assert acknowledged - set(stored) == set()
    assert len(stored) == len(set(stored))
    assert set(stored) <= set[str]().union(*(sender.sent for sender in senders))
