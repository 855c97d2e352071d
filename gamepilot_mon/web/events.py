"""POST /api/v1/events: events of the app, answered only once they are durable."""

from collections.abc import Sequence
from typing import Any

import gevent
from flask import Response
from flask_openapi import APIBlueprint

from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.clock import utcnow
from gamepilot_mon.sources import intake
from gamepilot_mon.sources.intake import Row
from gamepilot_mon.web import allowances, bodies, loop_turn, store
from gamepilot_mon.web.committer import Committer, Interrupted, QueueFull
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.event_schema import REQUEST_BODY, RESPONSES
from gamepilot_mon.web.metrics import events_received, events_skewed
from gamepilot_mon.web.problems import Pointed
from gamepilot_mon.web.signed_in import current_principal

WAITING_MAX_ROWS = 50_000
WAITING_MAX_BYTES = 64 * 1024 * 1024
COMMIT_MAX_ROWS = 4_000  # 10 ms, 60 with random ids and users, which an acknowledgement may have to wait
RETRY_AFTER_S = 1

blueprint = APIBlueprint("events", __name__, url_prefix="/api/v1/events")


def _write(rows: Sequence[Row]) -> None:
    store.write_bulk(intake.insert, rows)


committer = Committer(_write, WAITING_MAX_ROWS, most=COMMIT_MAX_ROWS, limit_bytes=WAITING_MAX_BYTES)


@blueprint.post("", request_body=REQUEST_BODY, responses=RESPONSES)
def post_events() -> Response:
    """Report what happened in the app.

    The good events of a request are stored although others are refused; each refused one is named by its index.
    The answer comes once they are on disk. An event with an id that was seen before is accepted and counted once.
    """
    if committer.is_full():
        raise too_much()
    now = utcnow()
    return success(now, status=202, **take(bodies.plain(), current_principal(), now))


def take(body: bytes, principal: Principal | None, now: int) -> dict[str, Any]:
    """The members of the answer, once the events of `body` are durable; Pointed when nothing of it is taken."""
    if committer.is_full():
        raise too_much()
    rows, rejected = _rows(body, now)
    rows, rejected = _allowed(rows, rejected, principal, now)
    if rows:
        _commit(rows, len(body))
    _count(rows, len(rejected), now)
    return {"accepted": len(rows), "rejected": intake.described(rejected)}


def _rows(body: bytes, now: int) -> tuple[list[Row], list[intake.Rejection]]:
    rows: list[Row] = []
    rejected: list[intake.Rejection] = []
    try:
        for number, (more, refused) in enumerate(intake.parts_of_body(body, now)):
            if number:
                gevent.sleep(0)  # a body of 5,000 events takes longer than others should wait
            rows += more
            rejected += refused
        return rows, rejected
    except intake.Malformed as error:
        raise Pointed(400, error.detail, [(error.pointer, error.detail)]) from None
    except intake.TooMany:
        detail = f"At most {intake.EVENTS_MAX} events in one request."
        raise Pointed(422, detail, [("/events", detail)]) from None


def _allowed(
    rows: list[Row], rejected: list[intake.Rejection], principal: Principal | None, now: int
) -> tuple[list[Row], list[intake.Rejection]]:
    """Without the metrics beyond the sender's series limit; they are among the rejected then."""
    judged = allowances.judge(rows, principal, now)
    if not judged.refused:
        return judged.rows, rejected
    bad = {one.index for one in rejected}
    indexes = [index for index in range(len(rows) + len(bad)) if index not in bad]
    more = [
        intake.Rejection(indexes[at], "/labels" if rows[at].data else "/name", allowances.BEYOND)
        for at in judged.refused
    ]
    return judged.rows, sorted([*rejected, *more], key=lambda one: one.index)


def _commit(rows: list[Row], size: int) -> None:
    try:
        committer.commit(rows, size)
    except QueueFull:
        raise too_much() from None
    except Interrupted:
        raise Pointed(503, "Stopping; send these events again.", retry_after_s=RETRY_AFTER_S) from None
    loop_turn.wait()  # one commit wakes many


def _count(rows: list[Row], rejected: int, now: int) -> None:
    events_received.add("accepted", len(rows))
    events_received.add("rejected", rejected)
    events_skewed.add("ahead", sum(map(intake.is_clamped, rows)))
    events_skewed.add("behind", sum(row.at < now - intake.BEHIND_MS for row in rows))


def too_much() -> Pointed:
    return Pointed(429, "Too many events are waiting.", retry_after_s=RETRY_AFTER_S)
