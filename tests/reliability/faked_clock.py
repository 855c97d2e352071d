"""The wall clock of a real daemon, set at will by libfaketime; its monotonic clock goes on as it is."""

import os
from pathlib import Path

import pytest

from gamepilot_mon.clock import utcnow

LIBRARIES = "/usr/lib/*/faketime/libfaketimeMT.so.1"


class FakedClock:
    """`environ` makes a process go by it; this process keeps the real one."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self._ahead_ms = 0
        self.set(0)
        self.environ = {
            "LD_PRELOAD": _library(), "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }  # fmt: skip

    def set(self, ahead_ms: int) -> None:
        """From now on it is so far ahead of the real one."""
        beside = self._file.with_suffix(".new")
        beside.write_text(f"{ahead_ms / 1000:+.3f}\n")
        beside.rename(self._file)
        self._ahead_ms = ahead_ms

    def set_to(self, moment: int) -> None:
        self.set(moment - utcnow())

    def now(self) -> int:
        return utcnow() + self._ahead_ms


def _library() -> str:
    found = sorted(Path("/").glob(LIBRARIES.lstrip("/")))
    if not found:
        message = "libfaketime is missing: sh tests/reliability/tools.sh"
        assert os.environ.get("CI") != "true", message
        pytest.skip(message)
    return str(found[0])
