"""/performance: how long what GamePilot does takes and how often it succeeds, over any time, by operation."""

from typing import Any
from urllib.parse import urlencode

from flask import Response, abort, make_response, request
from flask_openapi import APIBlueprint
from pydantic import BaseModel

from gamepilot_mon import measures, rollups, runtime_config, sketch
from gamepilot_mon.clock import DAY_MS, iso, utcnow
from gamepilot_mon.measures import Totals
from gamepilot_mon.runtime_config import RuntimeConfig
from gamepilot_mon.settings import Settings
from gamepilot_mon.snapshots import operations
from gamepilot_mon.timeline.axis import Refused
from gamepilot_mon.web import store
from gamepilot_mon.web.pages import operation_table, performance_charts, shell, span
from gamepilot_mon.web.pages.key_figures import KeyFigure
from gamepilot_mon.web.pages.operation_table import COLUMNS, Wanted
from gamepilot_mon.web.pages.picker import picker
from gamepilot_mon.web.pages.span import Picked
from gamepilot_mon.web.tables import as_csv

blueprint = APIBlueprint("performance_page", __name__)

STATEMENTS = 20


class Named(BaseModel):
    """An operation; its name may hold slashes."""

    name: str


@blueprint.get("/performance", doc_ui=False)
def page() -> Response:
    now = utcnow()
    picked, wanted = span.picked(request.args, now), operation_table.wanted(request.args)
    if request.args.get("format") == "csv":
        return _csv(picked, wanted, now)
    return _answer("performance/page.html", picked, now, _page, shell.settings(), picked, wanted, now)


@blueprint.get("/performance/<path:name>", doc_ui=False)
def operation(path: Named) -> Response:
    now, name = utcnow(), path.name
    picked = span.picked(request.args, now)
    return _answer(
        "performance/operation.html", picked, now, _operation, shell.settings(), picked, name, now, name=name
    )


def _answer(
    template: str, picked: Picked, now: int, build: Any, *args: Any, **members: Any
) -> Response:  # fmt: skip
    """422 with the reason at the field when the span is none, and the usual span shown."""
    shown = picker(picked, request.path, request.args.items(), now)
    text = shell.render(template, build, *args, picked=picked, picker=shown, **members)
    return make_response(text, 422 if picked.problems else 200)


def _page(settings: Settings, picked: Picked, wanted: Wanted, now: int) -> dict[str, Any]:
    config = runtime_config.current(settings).config
    every = operation_table.rows(operations.during(picked.since, picked.until, picked.back_ms, now))
    return {
        "figures": _figures(picked, now),
        **_charts(picked, None, sum(row["totalOperations"] for row in every), config, now),
        "table": operation_table.table(every, wanted),
        "wanted": wanted,
        "regressions": _regressions(now),
        "statements": operations.statements_of(_parts(picked, now), "total", STATEMENTS),
        "address": _address,
    }


def _operation(settings: Settings, picked: Picked, name: str, now: int) -> dict[str, Any]:
    if not operations.is_known(name):
        abort(404, description="No operation of that name was ever reported.")
    config = runtime_config.current(settings).config
    found = operations.during(picked.since, picked.until, picked.back_ms, now).get(name, {})
    changed = _regressions(now)
    return {
        "figures": of_one(found),
        **_charts(picked, name, found.get("totalOperations", 0), config, now),
        "regressions": changed and {
            **changed, "regressions": [one for one in changed["regressions"] if one["operation"] == name],
        },
        "address": _address,
    }  # fmt: skip


def _charts(
    picked: Picked, name: str | None, count: int, config: RuntimeConfig, now: int
) -> dict[str, Any]:  # fmt: skip
    try:
        charts = performance_charts.build(picked, name, count, config, now)
    except Refused as error:
        return {"charts": [], "refused": error.detail, "marks": []}
    return {"charts": charts, "refused": None, "marks": list(charts[0].marks)[::-1]}


def _parts(picked: Picked, now: int, back_ms: int = 0) -> rollups.Parts:
    return rollups.between(picked.since - back_ms, picked.until - back_ms, now)


def _figures(picked: Picked, now: int) -> list[KeyFigure]:
    here = _values(measures.totals_of(_parts(picked, now), picked.length_ms))
    then: dict[str, float | None] = {}
    if picked.back_ms:
        then = _values(measures.totals_of(_parts(picked, now, picked.back_ms), picked.length_ms))
    return of_all(here, then)


def of_all(here: dict[str, float | None], then: dict[str, float | None]) -> list[KeyFigure]:
    return [
        KeyFigure("Operations", "count", here.get("count"), then.get("count"), "neither", "throughput"),
        KeyFigure("Mean duration", "ms", here.get("mean"), then.get("mean"), "lower", "durations"),
        KeyFigure("p95 duration", "ms", here.get("p95"), then.get("p95"), "lower", "durations"),
        KeyFigure("Success ratio", "ratio", here.get("success"), then.get("success"), "higher", "success"),
        KeyFigure("Error ratio", "ratio", here.get("errors"), then.get("errors"), "lower", "errors"),
    ]


def _values(totals: Totals) -> dict[str, float | None]:
    return {
        "count": totals.operations.count or None,
        "mean": totals.operations.mean,
        "p95": sketch.quantiles(totals.operations.counts, [0.95])[0],
        "success": measures.success_ratio(totals),
        "errors": measures.error_ratio(totals),
    }


def of_one(found: dict[str, Any]) -> list[KeyFigure]:
    then = found.get("compare") or {}
    asked = (
        ("Operations", "count", "totalOperations", "neither", "throughput"),
        ("Mean duration", "ms", "avgDuration", "lower", "durations"),
        ("p95 duration", "ms", "p95", "lower", "durations"),
        ("Success ratio", "ratio", "successRate", "higher", "success"),
        ("Slow operations", "count", "slowOperations", "lower", "durations"),
    )
    return [
        KeyFigure(label, form, found.get(name), then.get(name), better, chart)  # type: ignore[arg-type]
        for label, form, name, better, chart in asked
    ]


def _regressions(now: int) -> dict[str, Any] | None:
    """Since the newest deploy that is over, by the rules of the API; None without one that is kept."""
    deploy = operations.deployed()
    if deploy is None or deploy.at >= now:
        return None
    try:
        found = operations.regressed(deploy.at, DAY_MS, None, now)
    except LookupError:
        return None
    return {**found, "version": deploy.name, "at": iso(deploy.at)}


def _csv(picked: Picked, wanted: Wanted, now: int) -> Response:
    """The whole table of operations, or with `table=statements` that of the statements."""
    if request.args.get("table") == "statements":
        found = store.read(_statements, picked, now)
        return as_csv("statements", operations.STATEMENT_COLUMNS, found)
    return as_csv("operations", COLUMNS, store.read(_ordered, picked, wanted, now))


def _statements(picked: Picked, now: int) -> list[dict[str, Any]]:
    return operations.statements_of(_parts(picked, now), "total", 500)


def _ordered(picked: Picked, wanted: Wanted, now: int) -> list[dict[str, Any]]:
    every = operation_table.rows(operations.during(picked.since, picked.until, picked.back_ms, now))
    return operation_table.ordered(every, wanted)


def _address(path: str, *parts: dict[str, Any], **more: Any) -> str:
    """An address with the parameters of all `parts`, those that are empty left out."""
    asked = {name: value for part in (*parts, more) for name, value in part.items()}
    filled = {name: value for name, value in asked.items() if value not in (None, "")}
    return f"{path}?{urlencode(filled)}" if filled else path
