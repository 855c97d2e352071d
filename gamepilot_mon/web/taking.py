"""From what a stranger's request holds to durable rows: the way that OTLP and Sentry share with our own intake."""

from collections.abc import Callable, Sequence
from typing import Any

import peewee
from flask import Blueprint, Response
from werkzeug.exceptions import HTTPException

from gamepilot_mon.clock import utcnow
from gamepilot_mon.sources import releases
from gamepilot_mon.sources.intake import Row, rows_of
from gamepilot_mon.sources.otlp import counters
from gamepilot_mon.sources.otlp.points import Total
from gamepilot_mon.sources.releases import Version
from gamepilot_mon.sources.taken import Taken
from gamepilot_mon.web import allowances, bodies, events, store
from gamepilot_mon.web.committer import Interrupted, QueueFull
from gamepilot_mon.web.metrics import events_received, passed_over
from gamepilot_mon.web.problems import Pointed
from gamepilot_mon.web.signed_in import current_principal

PLAIN_MAX_BYTES = 4 * 1024 * 1024
VERSIONS_MAX = 1_000

Refused = Callable[[int, str, int | None], Response]  # of status, detail and seconds to wait

_known: set[Version] = set()


def body() -> bytes:
    """Of this request, inflated; otherwise 400, 413 or 415."""
    return bodies.plain(PLAIN_MAX_BYTES)


def keep(taken: Taken, totals: Sequence[Total] = ()) -> None:
    """Returns once everything is durable; 429 or 503 when it is not, and the whole may be sent again.

    Metrics beyond the sender's series limit are among the rejected then.
    """
    now = utcnow()
    if events.committer.is_full():  # before anything is written
        raise events.too_much()
    rows, totals = _allowed(taken, totals, now)
    accepted = len(rows)
    if totals:
        accepted += store.write(counters.keep, rows, totals, now)
    else:
        _commit(rows)
    _note(taken.versions, now)
    events_received.add("accepted", accepted)
    events_received.add("rejected", taken.rejected)
    for what, count in taken.passed_over.items():
        passed_over.add(what, count)


def _allowed(taken: Taken, totals: Sequence[Total], now: int) -> tuple[list[Row], list[Total]]:
    """Without the metrics beyond the sender's series limit, which become rejected ones of `taken`."""
    rows = rows_of(taken.events, now)
    samples = rows_of((total.sample for total in totals), now)
    judged = allowances.judge([*rows, *samples], current_principal(), now)
    for _ in judged.refused:
        taken.reject(allowances.BEYOND)
    refused = set(judged.refused)
    kept = len(rows) - sum(index < len(rows) for index in refused)
    wanted = [total for index, total in enumerate(totals, start=len(rows)) if index not in refused]
    return judged.rows[:kept], wanted


def _commit(rows: list[Row]) -> None:
    try:
        if rows:
            events.committer.commit(rows)
    except QueueFull:
        raise events.too_much() from None
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


def refuse_by(blueprint: Blueprint, refused: Refused) -> None:
    """What goes wrong in the blueprint is told in its protocol's own words."""
    handle: Any = blueprint.register_error_handler
    handle(Pointed, lambda error: refused(error.status, error.detail, error.retry_after_s))
    handle(HTTPException, lambda error: refused(error.code or 500, error.description or error.name, None))
    busy = "The store is busy; send this again."
    handle(peewee.OperationalError, lambda error: refused(503, busy, events.RETRY_AFTER_S))
