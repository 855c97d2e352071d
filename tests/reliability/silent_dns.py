"""A silent name server, then one that answers, in a network of its own: what the daemon does meanwhile.

    unshare -rnm python -m tests.reliability.silent_dns FOLDER

The system's own resolver asks 127.0.0.1, where a socket takes every question. Exit 1 when an expectation fails.
"""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Attempt, Notification, Process
from tests.processes import eventually
from tests.reliability.house import PROMPT_MS, House, house, told

NAME = "hooks.slack.example"
A_RECORD = 1
HEADER = 12


def main() -> None:
    folder = Path(sys.argv[1])
    own_network(folder)
    with name_server() as server, house(folder, slack_host=NAME) as our:
        our.alert("while names are not resolved")
        attempt = eventually(
            lambda: Attempt.get_or_none(Attempt.outcome == "temporary"), within_s=20, what="a failed attempt"
        )
        assert "was not resolved within" in attempt.detail, attempt.detail
        assert max(our.took_ms("webhook") + our.took_ms("email")) < PROMPT_MS
        our.alert("still not")
        eventually(lambda: len(our.took_ms("webhook")) == 2, what="the second alert by webhook")
        assert max(our.took_ms("webhook")) < PROMPT_MS
        assert is_alive() and server.asked

        server.answers.set()
        our.settled(what="delivery after the name server's return")
        expect_each_once(our)


def is_alive() -> bool:
    beat = Process.get(Process.name == "daemon")
    return utcnow() - beat.beat_at < 5_000 and beat.stalled is None


def expect_each_once(our: House) -> None:
    marks = [told(post) for post in our.slack.attempts]
    assert len(marks) == len({uid for uid, _ in marks}) == 2
    assert not any(again for _, again in marks), "nothing had left, so nothing is a resend"
    assert Notification.select().where(Notification.state != "sent").count() == 0


def own_network(folder: Path) -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    resolver = folder / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.1\n")
    subprocess.run(["mount", "--bind", resolver, Path("/etc/resolv.conf").resolve()], check=True)


class NameServer(threading.Thread):
    """Takes questions, and says nothing until `answers` is set; then every name is 127.0.0.1."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.answers = threading.Event()
        self.asked = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 53))

    def run(self) -> None:
        while True:
            question, asker = self._socket.recvfrom(512)
            self.asked += 1
            if self.answers.is_set():
                self._socket.sendto(answer(question), asker)


def answer(question: bytes) -> bytes:
    """One A record for a question about one; no record for any other (RFC 1035, 4.1)."""
    end = question.index(b"\0", HEADER) + 5
    is_address = int.from_bytes(question[end - 4 : end - 2]) == A_RECORD
    head = question[:2] + b"\x81\x80\0\1" + (b"\0\1" if is_address else b"\0\0") + b"\0\0\0\0"
    record = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x7f\0\0\1" if is_address else b""
    return head + question[HEADER:end] + record


@contextmanager
def name_server() -> Iterator[NameServer]:
    server = NameServer()
    server.start()
    yield server


if __name__ == "__main__":
    main()
