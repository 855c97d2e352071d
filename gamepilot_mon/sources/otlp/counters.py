"""Running totals, as most libraries send them: what came on top since the last one is the sample.

The last total of each series is kept in the store, so that neither a restart nor a repeated request counts twice.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from gamepilot_mon.clock import DAY_MS, MINUTE_MS
from gamepilot_mon.models.counter import Counter
from gamepilot_mon.sources.intake import Row, insert, row_of
from gamepilot_mon.sources.kinds import Metric
from gamepilot_mon.sources.otlp.points import Total

FORGOTTEN_MS = 2 * DAY_MS
NEW_MS = 5 * MINUTE_MS
CHUNK = 200


def keep(rows: list[Row], totals: Sequence[Total], now: int) -> int:
    """Inside the caller's write(): the rows and the samples that the totals give; returns how many those are."""
    samples = [row_of(sample, now) for sample in settled(totals, now)]
    insert([*rows, *samples])
    Counter.delete().where(Counter.seen_at < now - FORGOTTEN_MS).execute()
    return len(samples)


def settled(totals: Sequence[Total], now: int) -> Iterator[Metric]:
    """The samples, with each series' newest total kept for the next time."""
    for start in range(0, len(totals), CHUNK):
        chunk = totals[start : start + CHUNK]
        last = _last(chunk)
        for total in chunk:
            more = added(total, last.get(total.series))
            if total.at_ms > last.get(total.series, total).at_ms or total.series not in last:
                last[total.series] = total
            if more is not None:
                yield msgspec.structs.replace(total.sample, value=more)
        rows = [(each.series, each.start_ms, each.at_ms, each.value, now) for each in last.values()]
        Counter.insert_many(rows).on_conflict_replace().execute()


def added(total: Total, last: Total | None) -> float | None:
    """What `total` counts beyond the one before; None when it is no newer, or when there is nothing to compare.

    A series that is new to us counts whole if it has just begun. One that begins again counts from nothing.
    """
    if last is None:
        return total.value if total.start_ms and total.at_ms - total.start_ms <= NEW_MS else None
    if total.at_ms <= last.at_ms:
        return None
    restarted = total.start_ms > last.start_ms or total.value < last.value
    return total.value if restarted else total.value - last.value


def _last(totals: Iterable[Total]) -> dict[str, Total]:
    samples = {total.series: total.sample for total in totals}
    known = Counter.select().where(Counter.series.in_(list(samples)))
    return {
        row.series: Total(row.series, row.start_ms, row.at_ms, row.value, samples[row.series])
        for row in known
    }
