"""The live feeds that run in this process, for the hooks of the web server."""

from typing import Protocol


class Stoppable(Protocol):
    def stop(self) -> None: ...


running: set[Stoppable] = set()


def stop_all() -> None:
    for live in list(running):
        live.stop()
