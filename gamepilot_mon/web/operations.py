"""/api/v1/operations and /queries: how long what GamePilot does takes, beside earlier times and since a deploy."""

from collections.abc import Iterator
from typing import Any, Literal

from flask import Response, abort
from flask_openapi import APIBlueprint
from pydantic import Field

from gamepilot_mon.clock import DAY_MS, HOUR_MS, iso, parse_iso, utcnow
from gamepilot_mon.snapshots import operations
from gamepilot_mon.web import store
from gamepilot_mon.web.documentation import ENVELOPE_OR_CSV
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.formatted import Formatted, answer
from gamepilot_mon.web.problems import Pointed
from gamepilot_mon.web.spans import Moment
from gamepilot_mon.web.tables import table

blueprint = APIBlueprint("operations", __name__, url_prefix="/api/v1")

HOURS_MOST = 720
BACK_MS = {"before": None, "yesterday": DAY_MS, "last-week": 7 * DAY_MS}


class Hours(Formatted):
    hours: int = Field(default=24, ge=1, le=HOURS_MOST, description="How far back.")


class Statements(Hours):
    order: Literal["total", "mean", "max", "count"] = Field(
        default="total", description="What is most first."
    )
    limit: int = Field(default=50, ge=1, le=500)


class Since(Formatted):
    since: Moment | None = Field(default=None, description="ISO 8601; else the newest deploy.")
    version: str | None = Field(
        default=None, min_length=1, max_length=200, description="Since the deploy of this version."
    )
    hours: int = Field(default=24, ge=1, le=168, description="At most so long after it, and as long before.")
    baseline: Literal["before", "yesterday", "last-week"] = Field(
        default="before", description="Against what: just before it, or the same time of day earlier."
    )


@blueprint.get("/operations", responses=ENVELOPE_OR_CSV)
def list_operations(query: Hours) -> Response:
    """Every operation: count, mean, extremes, percentiles, successes, slow ones, beside yesterday and last week."""
    now = utcnow()
    found = store.read(operations.compared, now, query.hours)
    if query.as_csv:
        return table("operations", _header(), _rows(found))
    data = {
        "period": f"{query.hours}h",
        "from": iso(now - query.hours * HOUR_MS),
        "to": iso(now),
        "operations": found,
    }
    return success(now, data=data, operations=found)


@blueprint.get("/operations/regressions", responses=ENVELOPE_OR_CSV)
def list_regressions(query: Since) -> Response:
    """What became slower or fails more often since a deploy or another moment, the worst first."""
    now = utcnow()
    at, version = store.read(_moment, query)
    if at is None:
        if query.version:
            abort(404, description="No deploy of that version is kept.")
        nothing: dict[str, Any] = {"since": None, "version": None, "regressions": []}
        return answer(query, now, "regressions", operations.FINDING_COLUMNS, [], data=nothing)
    if at >= now:
        raise Pointed(422, "That is not over yet.", [("/since", "must be before now")])
    back_ms = BACK_MS[query.baseline]
    found = store.read(_regressed, at, query.hours * HOUR_MS, back_ms, now)
    data = {"since": iso(at), "version": version, "baseline": query.baseline, **found}
    rows = map(_flat, found["regressions"])
    return answer(query, now, "regressions", operations.FINDING_COLUMNS, rows, data=data)


@blueprint.get("/queries", responses=ENVELOPE_OR_CSV)
def list_queries(query: Statements) -> Response:
    """The SQL statements that took most, without literals: count, total, mean, maximum, p95, and how many were slow."""
    now = utcnow()
    rows = store.read(operations.statements, now, query.hours, query.order, query.limit)
    return answer(query, now, "queries", operations.STATEMENT_COLUMNS, rows, data=rows)


def _moment(query: Since) -> tuple[int | None, str | None]:
    if query.since and query.version:
        raise Pointed(422, "Say `since` or `version`, not both.", [("/version", "stands beside `since`")])
    if query.since:
        return parse_iso(query.since), None
    deploy = operations.deployed(query.version)
    return (deploy.at, deploy.name) if deploy else (None, None)


def _regressed(at: int, span_ms: int, back_ms: int | None, now: int) -> dict[str, Any]:
    try:
        return operations.regressed(at, span_ms, back_ms, now)
    except LookupError as error:
        raise Pointed(422, "That is too long ago.", [("/since", str(error))]) from None


def _flat(finding: dict[str, Any]) -> dict[str, Any]:
    sides = {f"{side}.{name}": value for side in operations.SIDES for name, value in finding[side].items()}
    return {**finding, **sides}


def _header() -> list[str]:
    figures = ["operation", *operations.FIGURES]
    return figures + [f"{when}.{name}" for when in operations.EARLIER_MS for name in operations.COMPARED]


def _rows(found: dict[str, dict[str, Any]]) -> Iterator[list[Any]]:
    for name, figures in found.items():
        earlier = [figures["compare"][when] or {} for when in operations.EARLIER_MS]
        yield [
            name,
            *(figures[figure] for figure in operations.FIGURES),
            *(then.get(figure) for then in earlier for figure in operations.COMPARED),
        ]
