"""/alerts: the inbox, the page of one alert, and the history in figures."""

from collections.abc import Mapping
from typing import Any

from flask import abort, request
from flask_openapi import APIBlueprint
from pydantic import BaseModel, Field

from gamepilot_mon import alert_view
from gamepilot_mon import inbox as inboxes
from gamepilot_mon.alert_figure import Figure
from gamepilot_mon.clock import iso, parse_iso, utcnow
from gamepilot_mon.models import Alert
from gamepilot_mon.rules import RANK
from gamepilot_mon.settings import Settings
from gamepilot_mon.web.pages import alert_forms, alert_plot, deeds, shell
from gamepilot_mon.web.pages.alert_filter import SPANS, STATES, Filter
from gamepilot_mon.web.pages.alert_forms import DURATIONS

blueprint = APIBlueprint("alert_pages", __name__, url_prefix="/alerts")


class AlertPath(BaseModel):
    id: int = Field(ge=1, le=2**62)


@blueprint.get("", doc_ui=False)
def inbox() -> str:
    return show_inbox(Filter.of(request.args), deed=deeds.read(request.args.get("done")))


@blueprint.get("/<int:id>", doc_ui=False)
def detail(path: AlertPath) -> str:
    return show_alert(path.id)


def show_inbox(
    chosen: Filter, *, deed: deeds.Deed | None = None, said: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    """`said` and `errors`: what was sent by the form of this page, and what was wrong with it."""
    return shell.render(
        "alerts/inbox.html", _inbox, chosen, utcnow(),
        chosen=chosen, deed=deed, done=request.args.get("done"), said=said or {}, errors=errors or {},
        states=STATES, severities=sorted(RANK, key=RANK.__getitem__, reverse=True), spans=list(SPANS),
        durations=list(DURATIONS),
    )  # fmt: skip


def show_alert(
    alert_id: int, *, form: str = "", said: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    """`form`: which of its forms `said` and `errors` belong to."""
    return shell.render(
        "alerts/detail.html", _alert, shell.settings(), alert_id, utcnow(),
        form=form, said=said or {}, errors=errors or {}, durations=list(DURATIONS),
    )  # fmt: skip


def _inbox(chosen: Filter, now: int) -> dict[str, Any]:
    return {
        "inbox": inboxes.page(chosen.wanted(now), chosen.page, now),
        "types": inboxes.types(chosen.type or None),
    }


def _alert(settings: Settings, alert_id: int, now: int) -> dict[str, Any]:
    row: Alert | None = Alert.get_or_none(Alert.id == alert_id)
    if row is None:
        abort(404, description="This alert is not known; alerts are kept for a while after they end.")
    found = alert_view.of(settings, row, now)
    return {
        **found, "plot": _plot(found["figure"], found), "conditions": alert_forms.written(found["conditions"]),
        "now": iso(now),
    }  # fmt: skip


def _plot(figure: Figure | None, found: Mapping[str, Any]) -> dict[str, Any] | None:
    if figure is None:
        return None
    ended_at = found["alert"]["endedAt"]
    marks = {"fired": parse_iso(found["fired_at"]), **({"ended": parse_iso(ended_at)} if ended_at else {})}
    for number, deploy in enumerate((found["explanation"] or {}).get("deploys", [])):
        marks[f"deploy {number}"] = parse_iso(deploy["at"])
    levels = {"warning": figure.rule.warning, "critical": figure.rule.critical}
    span, unit = (figure.since, figure.until), figure.rule.unit
    return {
        **alert_plot.drawn(figure.points, *span, levels=levels, marks=marks, unit=unit),
        "unit": unit, "title": figure.rule.title,
        "rungs": {name: level for name, level in levels.items() if level is not None},
        "since": iso(figure.since), "until": iso(figure.until),
        "rows": [(iso(at), value) for at, value in figure.points if value is not None],
    }  # fmt: skip
