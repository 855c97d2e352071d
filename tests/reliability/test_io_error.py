"""A disk that fails for a while: what is owed is sent once it works again, and nobody is called down."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from gamepilot_mon import db
from gamepilot_mon.catchers.slack import SlackCatcher
from gamepilot_mon.models import Alert
from tests.processes import Running, daemon, eventually
from tests.reliability.sweep import Tally, done, end, judge, owed


def need_strace() -> None:
    if shutil.which("strace") is None:
        assert os.environ.get("CI") != "true", "strace is missing: sh tests/reliability/tools.sh"
        pytest.skip("strace is missing: sh tests/reliability/tools.sh")


@pytest.mark.parametrize(
    ("syscall", "first"), [("pwrite64", 3), ("pwrite64", 12), ("fsync", 3)], ids=["start", "write", "sync"]
)
def test_it_delivers_although_the_disk_failed_for_some_calls(
    syscall: str, first: int, tmp_path: Path
) -> None:
    """Of every thread six calls, from the n-th on. A daemon that cannot even start ends, to be started again."""
    need_strace()
    tally = Tally()
    inject = ("-e", f"trace={syscall}", "-e", f"inject={syscall}:error=EIO:when={first}..{first + 5}")
    command = ("strace", "-f", "-qq", "-o", str(tmp_path / "calls"), *inject, sys.executable, "-m", "daemon")
    with SlackCatcher() as hook, owed(tmp_path, hook) as environ:
        failing = Running(command, environ, tmp_path, "failing").start()
        eventually(lambda: failing.process.poll() is not None or done(), within_s=60, what="an end")
        if failing.process.poll() is None:
            end(failing)
        with daemon(environ, tmp_path):
            eventually(done, within_s=60, what="delivery after the errors")
        judge(f"{syscall} {first}", hook, tally)
        assert tally.problems == []
        assert not Alert.select().where(Alert.type == "system_down").exists()
        db.database.close()
    assert "EIO" in (tmp_path / "calls").read_text()
    assert "Traceback" not in failing.output()
