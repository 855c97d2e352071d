"""Progress on the terminal's error stream, so that standard output holds the report alone."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from gamepilot_mon.loadtest.histogram import Histogram
from gamepilot_mon.loadtest.stage import Progress


class Screen:
    """A table that is redrawn on a terminal; elsewhere a line for each phase."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stderr)
        self._live = Live(console=self._console, auto_refresh=False) if self._console.is_terminal else None
        self._phase = ""

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def tell(self, progress: Progress) -> None:
        if self._live:
            self._live.update(_table(progress), refresh=True)
            return
        phase = f"stage {progress.stage + 1}: {progress.phase}, {progress.wanted} clients"
        if phase != self._phase:
            self._phase = phase
            print(phase, file=sys.stderr, flush=True)


def _table(progress: Progress) -> Table:
    times = Histogram()
    for histogram in progress.seen.latency.values():
        times.merge(histogram)
    table = Table(title=f"stage {progress.stage + 1}, {progress.phase}", title_justify="left")
    row = {
        "clients": f"{progress.connected} / {progress.wanted}",
        "items": f"{sum(progress.seen.received.values())}",
        "p50 ms": _ms(times.percentile(0.5)),
        "p99 ms": _ms(times.percentile(0.99)),
        "back": f"{progress.seen.returned} of {progress.seen.cuts + progress.seen.ended}",
        "refused": f"{progress.seen.refused.total()}",
        "server MB": "-" if progress.usage is None else f"{progress.usage.rss / 1e6:.0f}",
    }
    for name in row:
        table.add_column(name, justify="right")
    table.add_row(*row.values())
    return table


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
