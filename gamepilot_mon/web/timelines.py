"""/api/v1/metrics: any metric over time, as the pages draw it."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from flask import Response, abort
from flask_openapi import APIBlueprint
from pydantic import Field, StringConstraints

from gamepilot_mon import mutes
from gamepilot_mon.clock import parse_duration, utcnow
from gamepilot_mon.mutes import Matcher
from gamepilot_mon.queries import COUNTED, INCIDENTS, RATES
from gamepilot_mon.timeline import figures, names
from gamepilot_mon.timeline.axis import Refused
from gamepilot_mon.timeline.figures import Question
from gamepilot_mon.web import store
from gamepilot_mon.web.documentation import ENVELOPE_OR_CSV
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.problems import Pointed
from gamepilot_mon.web.ranges import Ranged
from gamepilot_mon.web.tables import table

blueprint = APIBlueprint("timelines", __name__, url_prefix="/api/v1/metrics")

BUILT_IN = INCIDENTS | COUNTED | RATES.keys()  # there from the start, although nothing was measured yet
Label = Annotated[str, StringConstraints(max_length=300)]


class Asked(Ranged):
    name: str = Field(min_length=1, max_length=200, description="The metric, such as operation_duration_ms.")
    statistic: Literal["count", "sum", "mean", "min", "max", "p50", "p95", "p99", "rate"] = Field(
        default="mean", description="rate: samples a second."
    )
    label: list[Label] = Field(
        default=[], max_length=20, description="operation=login, !=, =~ or !~; all of them must match."
    )
    by: list[Label] = Field(default=[], max_length=5, description="A line for each value of this label.")
    step: str | None = Field(
        default=None, max_length=20, description="10s, 1m, 5m, 1h, 1d …; else what makes at most 400 points."
    )
    compare: Literal["yesterday", "last-week"] | None = Field(
        default=None, description="Beside each value, that of the same time of day then."
    )


@blueprint.get("", responses=ENVELOPE_OR_CSV)
def timeline(query: Asked) -> Response:
    """One statistic of a metric over time: times, and for each series a value a step, null where nothing was measured.

    At most 2,000 points a series and 500 series.
    """
    now = utcnow()
    question = _question(query, now)
    found = store.read(_answer, question, now)
    if found is None:
        abort(404, description="No metric of that name was ever reported; see /api/v1/metrics/names.")
    if query.as_csv:
        header = ["time", *question.by, "value", *(["compare"] if question.against else [])]
        return table(question.name, header, _rows(found))
    return success(now, data=found)


@blueprint.get("/names")
def metric_names() -> Response:
    """The metrics that were ever reported, with their labels."""
    return success(utcnow(), data=store.read(names.names))


def _answer(question: Question, now: int) -> dict[str, Any] | None:
    if question.name not in BUILT_IN and not names.is_known(question.name):
        return None
    try:
        return figures.answer(question, now)
    except Refused as error:
        raise Pointed(422, "The figures cannot be had so.", [(error.pointer, error.detail)]) from None


def _question(query: Asked, now: int) -> Question:
    asked = query.range(now)
    return Question(
        query.name, query.statistic, asked.since, asked.until, query.zone,
        tuple(_matcher(text, number) for number, text in enumerate(query.label)), tuple(dict.fromkeys(query.by)),
        _step(query.step), query.compare,
    )  # fmt: skip


def _matcher(text: str, number: int) -> Matcher:
    try:
        return mutes.parse(text)
    except ValueError as error:
        raise Pointed(422, "A label filter is not one.", [(f"/label/{number}", str(error))]) from None


def _step(text: str | None) -> int | None:
    try:
        return parse_duration(text) if text else None
    except ValueError as error:
        raise Pointed(422, "The step is not a duration.", [("/step", str(error))]) from None


def _rows(found: dict[str, Any]) -> Iterator[list[Any]]:
    for series in found["series"]:
        labels = list(series["labels"].values())
        columns = [series["values"], *([series["compare"]] if "compare" in series else [])]
        for time, *values in zip(found["times"], *columns, strict=True):
            yield [time, *labels, *values]
