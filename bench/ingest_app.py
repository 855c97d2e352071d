"""The web process as the intake's benchmark runs it: with a probe of the event loop, and without group commit if asked.

GAMEPILOT_BENCH_LAG names the file that gets the loop's delays; GAMEPILOT_BENCH_ALONE=1 commits each request alone.
"""
# ruff: noqa: E402

from gevent import monkey

monkey.patch_all()

import os
import sys
import time
from pathlib import Path

import gevent

from gamepilot_mon.web import events
from wsgi import app

__all__ = ["app"]

STEP_S = 0.005


def watch_loop(file: Path) -> None:
    """How late each turn comes, and how long the loop itself ran before it, ms, a line each; once a second."""
    late: list[tuple[float, float]] = []
    written = time.monotonic()
    while True:
        began, ran = time.monotonic(), time.thread_time()
        gevent.sleep(STEP_S)
        late.append(((time.monotonic() - began - STEP_S) * 1e3, (time.thread_time() - ran) * 1e3))
        if began - written > 1:
            with file.open("a") as out:
                out.write("".join(f"{one:.3f} {busy:.3f}\n" for one, busy in late))
            late, written = [], began


if os.environ.get("GAMEPILOT_BENCH_SWITCH"):
    sys.setswitchinterval(float(os.environ["GAMEPILOT_BENCH_SWITCH"]))
if os.environ.get("GAMEPILOT_BENCH_ALONE"):
    events.committer._most = 0  # every request opens a group of its own
if place := os.environ.get("GAMEPILOT_BENCH_LAG"):
    gevent.spawn(watch_loop, Path(place))
