"""From what a stranger's request holds to durable rows: the way that OTLP and Sentry share with our own intake."""

from collections.abc import Sequence

from flask import request

from gamepilot_mon.clock import utcnow
from gamepilot_mon.sources import releases
from gamepilot_mon.sources.intake import Row, rows_of
from gamepilot_mon.sources.otlp import counters
from gamepilot_mon.sources.otlp.points import Total
from gamepilot_mon.sources.releases import Version
from gamepilot_mon.sources.taken import Taken
from gamepilot_mon.web import events, store
from gamepilot_mon.web.committer import Interrupted, QueueFull
from gamepilot_mon.web.compressed import Corrupt, TooLarge, UnknownEncoding, inflated
from gamepilot_mon.web.metrics import events_received, passed_over
from gamepilot_mon.web.problems import Pointed

PLAIN_MAX_BYTES = 4 * 1024 * 1024
VERSIONS_MAX = 1_000

_known: set[Version] = set()


def body() -> bytes:
    """Of this request, inflated; otherwise 400, 413 or 415."""
    encoding = request.headers.get("Content-Encoding", "")
    try:
        return inflated(request.get_data(), encoding, PLAIN_MAX_BYTES)
    except UnknownEncoding:
        raise Pointed(415, "Content-Encoding must be gzip, deflate or absent.") from None
    except TooLarge:
        raise Pointed(413, f"At most {PLAIN_MAX_BYTES} bytes, once inflated.") from None
    except Corrupt:
        raise Pointed(400, "The body is not what its Content-Encoding says, or it is cut short.") from None


def keep(taken: Taken, totals: Sequence[Total] = ()) -> None:
    """Returns once everything is durable; 429 or 503 when it is not, and the whole may be sent again."""
    now = utcnow()
    rows = rows_of(taken.events, now)
    if totals:
        accepted = len(rows) + store.write(counters.keep, rows, totals, now)
    else:
        accepted = len(rows)
        _commit(rows)
    _note(taken.versions, now)
    events_received.add("accepted", accepted)
    events_received.add("rejected", taken.rejected)
    for what, count in taken.passed_over.items():
        passed_over.add(what, count)


def _commit(rows: list[Row]) -> None:
    try:
        if rows:
            events.committer.commit(rows)
    except QueueFull:
        raise Pointed(429, "Too many events are waiting.", retry_after_s=events.RETRY_AFTER_S) from None
    except Interrupted:
        raise Pointed(503, "Stopping; send this again.", retry_after_s=events.RETRY_AFTER_S) from None


def _note(versions: set[Version], now: int) -> None:
    """Deploys of versions that are new to this process; the store knows whether they are new to it as well."""
    fresh = versions - _known
    if not fresh:
        return
    store.write(releases.note, fresh, now)
    if len(_known) > VERSIONS_MAX:
        _known.clear()
    _known.update(fresh)
