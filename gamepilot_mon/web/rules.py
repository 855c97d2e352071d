"""/api/v1/rules: what is judged, rules of your own, and how often another threshold would have paged."""

from dataclasses import replace
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from flask import Response, abort, current_app
from flask_openapi import APIBlueprint
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    RootModel,
    TypeAdapter,
)

from gamepilot_mon import (
    backtest,
    measures,
    noise_report,
    rule_listing,
    rule_spec,
    runtime_config,
    stored_rules,
    why_not,
)
from gamepilot_mon.clock import DAY_MS, HOUR_MS, parse_iso, utcnow
from gamepilot_mon.rule_spec import Refused, Spec
from gamepilot_mon.settings import Settings
from gamepilot_mon.stored_rules import Gone, Taken
from gamepilot_mon.web import store
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.problems import Pointed
from gamepilot_mon.web.signed_in import author
from gamepilot_mon.web.spans import Moment, Zone

blueprint = APIBlueprint("rules", __name__, url_prefix="/api/v1/rules")


class RuleName(BaseModel):
    name: str = Field(max_length=80)


class RuleVersionOf(RuleName):
    version: int = Field(ge=1, le=2**62)


class Page(BaseModel):
    model_config = ConfigDict(extra="forbid")

    after: str = Field(default="", max_length=80, description="Only rules with later names: the next page.")
    limit: int = Field(default=200, ge=1, le=1000, description="Of the rules of your own.")


class RuleDocument(RootModel[dict[str, Any]]):
    """A threshold rule, or with `kind: burn_rate` a burn-rate rule; a new one also has its `name`."""

    @classmethod
    def __get_pydantic_json_schema__(cls, _: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        # Described as the two kinds; read by rule_spec, whose errors point into the one that was meant.
        return handler(TypeAdapter(Spec).core_schema)


class Backtest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    warning: float | None = Field(
        default=None,
        allow_inf_nan=False,
        description="Another warning threshold; of a rhythm rule in deviations.",
    )
    critical: float | None = Field(
        default=None, allow_inf_nan=False, description="Another critical threshold."
    )
    forMs: Annotated[int, Field(ge=0, le=DAY_MS)] | None = Field(
        default=None,
        description="How long it must be breached before it fires; the rule's own when left out.",
    )
    hours: int = Field(
        default=48, ge=1, le=720, description="How far back; single minutes are kept for 48 hours."
    )
    zone: Zone = Field(default="UTC", description="Time zone that says what is night (22 to 7).")


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
def list_rules(query: Page) -> Response:
    """The built-in rules with the thresholds in force, then the rules of your own by name."""
    rules = store.read(_listing, _settings(), query)
    own = [rule["type"] for rule in rules if not rule["builtIn"]]
    return success(utcnow(), data=rules, next=own[-1] if len(own) == query.limit else None)


@blueprint.get("/noise")
def noise(query: Days) -> Response:
    """How often each rule paged, how much of that nobody needed, and what would have spared the noisiest."""
    now = utcnow()
    found = store.read(noise_report.report, _settings(), query.days, ZoneInfo(query.zone), now)
    return success(now, data=found)


@blueprint.get("/<string:name>")
def get_rule(path: RuleName) -> Response:
    """One rule, and who changed it how."""
    found = store.read(_one, _settings(), path.name)
    if found is None:
        abort(404)
    return success(utcnow(), data=found)


@blueprint.post("")
def add_rule(body: RuleDocument) -> Response:
    """Judge something more, from now on."""
    document = dict(body.root)
    name, spec = document.pop("name", None), _parsed(document)
    return success(utcnow(), status=201, data=_changed(stored_rules.add, _text(name), spec))


@blueprint.put("/<string:name>")
def put_rule(path: RuleName, body: RuleDocument) -> Response:
    """Put this in place of the rule, or make it. What is left out has its default again."""
    document = dict(body.root)
    if document.pop("name", path.name) != path.name:
        raise Pointed(422, "The rule was not changed.", [("/name", "must be the name in the address")])
    return success(utcnow(), data=_changed(stored_rules.put, path.name, _parsed(document)))


@blueprint.delete("/<string:name>")
def delete_rule(path: RuleName) -> Response:
    """Judge it no more; what is open of it ends."""
    if path.name in measures.BUILT_IN:
        raise Pointed(409, "A built-in rule cannot be removed; change its thresholds in the configuration.")
    if not store.write(stored_rules.remove, path.name, author(), utcnow()):
        abort(404)
    return success(utcnow(), message="The rule is gone")


@blueprint.post("/<string:name>/versions/<int:version>/restore")
def restore_rule(path: RuleVersionOf) -> Response:
    """Put the rule back as it was after one of its changes; one that was removed comes back."""
    try:
        return success(utcnow(), data=_changed(stored_rules.restore, path.name, path.version))
    except KeyError:
        abort(404)
    except Gone:
        raise Pointed(409, "That version removed the rule; restore the one before it.") from None


@blueprint.get("/<string:name>/backtest")
def backtest_rule(path: RuleName, query: Backtest) -> Response:
    """Replay what was recorded through a rule: how often would it have paged, and how often at night?"""
    found = store.read(_replay, _settings(), path.name, query, utcnow())
    if found is None:
        abort(404)
    return success(utcnow(), data=found)


@blueprint.get("/<string:name>/why")
def why_not_then(path: RuleName, query: Then) -> Response:
    """What a rule saw at a moment in the past, clause by clause, and what would have held its messages back."""
    now, at = utcnow(), parse_iso(query.at)
    if at > now:
        raise Pointed(422, "That moment has not come.", [("/at", "lies in the future")])
    try:
        found = store.read(why_not.explain, _settings(), path.name, at, now, query.label)
    except KeyError:
        abort(404)
    except LookupError as error:
        raise Pointed(410, f"Nothing is kept of that moment: {error}.") from None
    return success(now, data=found)


def _parsed(document: dict[str, Any]) -> Spec:
    try:
        return rule_spec.parse(document)
    except Refused as error:
        raise Pointed(422, "The rule was not changed.", error.errors) from None


def _text(name: Any) -> str:
    if not isinstance(name, str):
        raise Pointed(422, "The rule was not changed.", [("/name", "must be a text")])
    return name


def _changed(how: Any, name: str, wanted: Spec | int) -> dict[str, Any]:
    """`wanted` as `how` takes it: a document, or the number of a version."""
    try:
        row = store.write(how, name, wanted, author(), utcnow())
    except Refused as error:
        raise Pointed(422, "The rule was not changed.", error.errors) from None
    except Taken:
        raise Pointed(409, "There is a rule of that name.", [("/name", "is taken")]) from None
    return rule_listing.stored(row)


def _listing(settings: Settings, query: Page) -> list[dict[str, Any]]:
    return rule_listing.listing(runtime_config.current(settings).config, query.after, query.limit)


def _one(settings: Settings, name: str) -> dict[str, Any] | None:
    return rule_listing.one(runtime_config.current(settings).config, name)


def _replay(settings: Settings, name: str, query: Backtest, now: int) -> dict[str, Any] | None:
    config = runtime_config.current(settings).config
    watch = backtest.watch_of(name, config, (settings.window_fast_ms, settings.window_slow_ms))
    if watch is None:
        return None
    try:
        watch = backtest.with_thresholds(watch, query.warning, query.critical)
    except ValueError as error:
        raise Pointed(422, "The thresholds are not acceptable.", [("/critical", str(error))]) from None
    if query.forMs is not None:
        watch = replace(watch, rule=replace(watch.rule, for_ms=query.forMs))
    result = backtest.over(watch, now - query.hours * HOUR_MS, now, config)
    return backtest.document(result, ZoneInfo(query.zone))


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
