"""/api/v1/rules: what is judged, and how often another threshold would have paged."""

from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Response, abort, current_app
from flask_openapi import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field, field_validator

from gamepilot_mon import backtest, measures, noise_report, runtime_config, why_not
from gamepilot_mon.clock import DAY_MS, HOUR_MS, parse_iso, utcnow
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import store
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.problems import Pointed
from gamepilot_mon.web.spans import Moment, Zone

blueprint = APIBlueprint("rules", __name__, url_prefix="/api/v1/rules")


class RuleType(BaseModel):
    type: str = Field(max_length=50)


class Backtest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    warning: float | None = Field(default=None, allow_inf_nan=False, description="Another warning threshold.")
    critical: float | None = Field(
        default=None, allow_inf_nan=False, description="Another critical threshold."
    )
    forMs: int = Field(
        default=0, ge=0, le=DAY_MS, description="How long it must be breached before it fires."
    )
    hours: int = Field(default=48, ge=1, le=48, description="How far back; minutes are kept for 48 hours.")
    zone: str = Field(
        default="UTC", max_length=60, description="Time zone that says what is night (22 to 7)."
    )

    @field_validator("zone")
    @classmethod
    def known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("is not a known time zone") from None
        return name


class Then(BaseModel):
    model_config = ConfigDict(extra="forbid")

    at: Moment = Field(description="ISO 8601.")
    label: str | None = Field(
        default=None, max_length=200, description="One target: an operation or check, e.g. operation=payment."
    )


class Days(BaseModel):
    model_config = ConfigDict(extra="forbid")

    days: int = Field(default=7, ge=1, le=30)
    zone: Zone = Field(default="UTC", description="Time zone that says what is night (22 to 7).")


@blueprint.get("")
def list_rules() -> Response:
    """The rules with the thresholds in force."""
    config = store.read(runtime_config.current, _settings()).config
    return success(utcnow(), data=[asdict(rule) for rule in measures.rules(config).values()])


@blueprint.get("/noise")
def noise(query: Days) -> Response:
    """How often each rule paged, how much of that nobody needed, and what would have spared the noisiest."""
    now = utcnow()
    found = store.read(noise_report.report, _settings(), query.days, ZoneInfo(query.zone), now)
    return success(now, data=found)


@blueprint.get("/<string:type>/backtest")
def backtest_rule(path: RuleType, query: Backtest) -> Response:
    """Replay what was recorded through a rule: how often would it have paged, and how often at night?"""
    if path.type not in backtest.VALUES:
        abort(404)
    return success(utcnow(), data=store.read(_replay, _settings(), path.type, query, utcnow()))


@blueprint.get("/<string:type>/why")
def why_not_then(path: RuleType, query: Then) -> Response:
    """What a rule saw at a moment in the past, clause by clause, and what would have held its messages back."""
    now, at = utcnow(), parse_iso(query.at)
    if at > now:
        raise Pointed(422, "That moment has not come.", [("/at", "lies in the future")])
    try:
        found = store.read(why_not.explain, _settings(), path.type, at, now, query.label)
    except KeyError:
        abort(404)
    except LookupError as error:
        raise Pointed(410, f"Nothing is kept of that moment: {error}.") from None
    return success(now, data=found)


def _replay(settings: Settings, type_: str, query: Backtest, now: int) -> dict[str, Any]:
    config = runtime_config.current(settings).config
    try:
        rule = backtest.with_thresholds(measures.rules(config)[type_], query.warning, query.critical)
    except ValueError as error:
        raise Pointed(422, "The thresholds are not acceptable.", [("/critical", str(error))]) from None
    result = backtest.replay(
        rule, backtest.recorded(now - query.hours * HOUR_MS, now), (settings.window_fast_ms, settings.window_slow_ms),
        cooldown_ms=config.cooldown_ms, repeat_ms=config.repeat_interval_ms, for_ms=query.forMs,
    )  # fmt: skip
    return backtest.document(result, ZoneInfo(query.zone))


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
