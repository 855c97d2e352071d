"""The web process as the intake's benchmark runs it: with a probe of the event loop, and without group commit if asked.

GAMEPILOT_BENCH_LAG names the file that gets the loop's delays; GAMEPILOT_BENCH_ALONE=1 commits each request alone.
"""
# ruff: noqa: E402

from gevent import monkey

monkey.patch_all()

import os
import time
from pathlib import Path

import gevent

from gamepilot_mon.web import events
from wsgi import app

__all__ = ["app"]

STEP_S = 0.005


def watch_loop(file: Path) -> None:
    """How late each turn comes, ms, a line each; written once a second."""
    late: list[float] = []
    written = time.monotonic()
    while True:
        began = time.monotonic()
        gevent.sleep(STEP_S)
        late.append((time.monotonic() - began - STEP_S) * 1e3)
        if began - written > 1:
            with file.open("a") as out:
                out.write("".join(f"{value:.3f}\n" for value in late))
            late, written = [], began


if os.environ.get("GAMEPILOT_BENCH_ALONE"):
    events.committer._most = 0  # every request opens a group of its own
if place := os.environ.get("GAMEPILOT_BENCH_LAG"):
    gevent.spawn(watch_loop, Path(place))
