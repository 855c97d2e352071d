"""/alerts/history: what the alerts of a while were like, which rule is noise, and why there was none at a moment.

By the clock of `zone`; without one by UTC, until a script says where the reader is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import request

from gamepilot_mon import alert_analytics, noise_report, rule_listing, runtime_config, why_not
from gamepilot_mon.alert_history import Span
from gamepilot_mon.clock import DAY_MS, HOUR_MS, iso, parse_moment, time_zone, utcnow
from gamepilot_mon.settings import Settings
from gamepilot_mon.web.pages import shell
from gamepilot_mon.web.pages.alert_pages import blueprint

DAYS = {"24h": 1, "7d": 7, "30d": 30}
USUAL = "7d"
UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Asked:
    """`at` is None when nobody asked why, or could not be told; `errors` are {field: what is wrong}."""

    span: str
    zone: ZoneInfo
    rule: str
    at: int | None
    label: str | None
    errors: Mapping[str, str]


@blueprint.get("/history", doc_ui=False)
def history() -> tuple[str, int]:
    now = utcnow()
    asked = _asked(request.args, now)
    page = shell.render(
        "alerts/history.html", _history, shell.settings(), asked, now,
        asked=asked, said=request.args, errors=asked.errors, spans=list(DAYS),
    )  # fmt: skip
    return page, 422 if asked.errors else 200


def _asked(said: Mapping[str, str], now: int) -> Asked:
    errors: dict[str, str] = {}
    span = said.get("span", "")
    zone = _zone(said.get("zone", "").strip() or "UTC", errors)
    rule, at = said.get("rule", "").strip()[:100], None
    if said.get("at", "").strip() or rule:
        at = _moment(said.get("at", "").strip(), zone, now, errors)
    return Asked(span if span in DAYS else USUAL, zone, rule, at, _label(said, errors), errors)


def _zone(name: str, errors: dict[str, str]) -> ZoneInfo:
    try:
        return time_zone(name)
    except ValueError as error:
        errors["zone"] = f"This {error}; write for example Europe/Berlin."
        return UTC


def _moment(text: str, zone: ZoneInfo, now: int, errors: dict[str, str]) -> int | None:
    try:
        at = parse_moment(text, zone, now)
    except ValueError:
        errors["at"] = "Write 14:05 for the last one, or a moment such as 2026-11-24T14:05:00Z."
        return None
    if at > now:
        errors["at"] = "That moment has not come."
        return None
    return at


def _label(said: Mapping[str, str], errors: dict[str, str]) -> str | None:
    label = said.get("label", "").strip()
    if len(label) > 200:
        errors["label"] = "At most 200 characters."
        return None
    return label or None


def _history(settings: Settings, asked: Asked, now: int) -> dict[str, Any]:
    days = DAYS[asked.span]
    span = Span(now + 1 - days * DAY_MS, now + 1)
    config = runtime_config.current(settings).config
    figures = alert_analytics.analyse(span, asked.zone)
    return {
        "figures": figures,
        "most_in_an_hour": max(figures["byHour"]),
        "noise": noise_report.report(settings, days, asked.zone, now),
        "rules": [rule["type"] for rule in rule_listing.listing(config)],
        "answer": _why_not(settings, asked, now),
        "file_query": f"?from={iso(span.since)}&to={iso(span.until)}",
        "an_hour_ago": datetime.fromtimestamp((now - HOUR_MS) / 1000, asked.zone).strftime("%H:%M"),
    }


def _why_not(settings: Settings, asked: Asked, now: int) -> dict[str, Any] | None:
    """The answer, or {"problem": why there is none}; None when nothing was asked."""
    if asked.at is None or asked.errors:
        return None
    try:
        return why_not.explain(settings, asked.rule, asked.at, now, asked.label)
    except KeyError:
        return {"problem": "rule", "rule": asked.rule}
    except LookupError as error:
        return {"problem": "kept", "reason": str(error)}
