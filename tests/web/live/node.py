"""The npm client of Socket.IO in a node process, kept in the user's cache between runs."""

import json
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any

from tests import npm
from tests.web.live.raw import DEADLINE_S

VERSION = "4.8.3"
HERE = Path(__file__).parent


def installed() -> Path:
    return npm.installed(f"socket.io-client@{VERSION}")


class Node:
    def __init__(self, script: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            ["node", str(HERE / script), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reports: queue.Queue[Any] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._reports.put(json.loads(line))

    def next(self, deadline_s: float = DEADLINE_S) -> Any:
        return self._reports.get(timeout=deadline_s)

    def is_silent(self, duration_s: float) -> bool:
        try:
            self._reports.get(timeout=duration_s)
        except queue.Empty:
            return True
        return False

    def until(self, *beginning: Any) -> Any:
        """The next report that begins so; what comes before it is passed over."""
        while (report := self.next())[: len(beginning)] != list(beginning):
            pass
        return report

    def tell(self, **command: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()

    def ask(self, *emit: Any) -> Any:
        """Emit with a callback; what it is called with."""
        self.tell(emit=emit, ack=True)
        return self.until("ack", emit[0])[2]

    def close(self) -> None:
        """Ends the script's input, at which it takes its leave."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(DEADLINE_S)
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
