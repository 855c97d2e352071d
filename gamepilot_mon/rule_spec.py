"""The document of a stored rule, as the API and the configuration file write it, and the watch that it means. Pure.

A threshold rule:                                       A burn-rate rule (a rhythm rule: see RhythmRule):

    metric: operation_duration_ms                           kind: burn_rate
    matchers: [operation=payment]                           objective: 0.999
    statistic: p95                                          total: operation_duration_ms
    window: 5m                                              bad: operation_failures
    warning: 800                                            matchers: [operation=payment]
    critical: 2000
    for: 2m

`fields` of both: by, for, clearFor, minSamples, noData, enabled, description, labels.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from gamepilot_mon import burn_rate, mutes
from gamepilot_mon.clock import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    SECOND_MS,
    format_duration,
    parse_duration,
    time_zone,
)
from gamepilot_mon.queries import OPERATIONS, Query, Watch
from gamepilot_mon.rhythm import Rhythm
from gamepilot_mon.rules import Pair, Rule

LONGEST_WINDOW_MS = 90 * DAY_MS
PULSE_MS = 5 * MINUTE_MS  # what rhythms are counted by
FINEST_MS = 10 * SECOND_MS  # a shorter window would see less than one bucket
NAME = re.compile(r"(?=.{1,80}\Z)[a-z0-9]+(?:[._-][a-z0-9]+)*")
RESERVED = frozenset({"type", "severity"})  # what matchers of silences call the alert's own


class Refused(Exception):
    """A refused document: [(JSON pointer, what is wrong)], all of them."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{pointer}: {detail}" for pointer, detail in errors))
        self.errors = errors


def _duration(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError('must be a duration such as "5m", or a whole number of milliseconds')
    return format_duration(parse_duration(value) if isinstance(value, str) else value)


def _window(text: str) -> str:
    if not FINEST_MS <= parse_duration(text) <= LONGEST_WINDOW_MS:
        raise ValueError("must be from 10s to 90d")
    return text


def _pulses(text: str) -> str:
    if not PULSE_MS <= parse_duration(text) <= DAY_MS or parse_duration(text) % PULSE_MS:
        raise ValueError("must be from 5m to 1d, in steps of 5m")
    return text


def _zone(name: str) -> str:
    time_zone(name)  # raises ValueError with the reason
    return name


def _matcher(text: str) -> str:
    mutes.parse(text)
    return text


def _one_line(value: str) -> str:
    if any(ord(character) < 32 for character in value):
        raise ValueError("must not hold control characters")
    return value


def _free(name: str) -> str:
    if name in RESERVED:
        raise ValueError("is the alert's own; take another name")
    return name


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


Wait = Annotated[str, BeforeValidator(_duration)]
Span = Annotated[str, BeforeValidator(_duration), AfterValidator(_window)]
Metric = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_one_line)]
Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w.-]{0,99}$"), AfterValidator(_free)]
Text = Annotated[str, StringConstraints(max_length=200), AfterValidator(_one_line)]
Condition = Annotated[str, StringConstraints(max_length=300), AfterValidator(_matcher)]
Threshold = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]


Pulses = Annotated[str, BeforeValidator(_duration), AfterValidator(_pulses)]
Zone = Annotated[str, StringConstraints(max_length=60), AfterValidator(_zone)]
Deviations = Annotated[float, BeforeValidator(_number), Field(gt=0, le=1000, allow_inf_nan=False)]


class Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, alias_generator=to_camel, populate_by_name=False,
        hide_input_in_errors=True,
    )  # fmt: skip


class Common(Part):
    """What every kind of rule may say."""

    enabled: bool = True
    description: Text = Field(default="", description="Begins the message; the name does when it is empty.")
    matchers: list[Condition] = Field(default=[], max_length=20, description="All must match the labels.")
    by: list[Label] = Field(default=[], max_length=5, description="One alert for each combination of these.")
    for_: Wait = Field(default="0", alias="for", description="How long it must be breached before it fires.")
    clear_for: Wait = Field(default="0", description="How long it must be well before the alert ends.")
    min_samples: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    no_data: Literal["ignore", "keep", "alert"] = "ignore"
    labels: dict[Label, Text] = Field(default={}, max_length=20, description="Go onto the alert.")

    @model_validator(mode="after")
    def distinct(self) -> Self:
        if len(set(self.by)) != len(self.by):
            raise _at("by", "names a label twice")
        if set(self.by) & set(self.labels):
            raise _at("labels", "must not repeat a label of by")
        return self

    def _conditions(self) -> tuple[mutes.Matcher, ...]:
        return tuple(mutes.parse(text) for text in self.matchers)


class ThresholdRule(Common):
    kind: Literal["threshold"] = "threshold"
    metric: Metric
    statistic: Literal["mean", "sum", "count", "min", "max", "p50", "p95", "p99", "last", "ratio"]
    per: Metric | None = Field(default=None, description="With ratio: the metric that is divided by.")
    window: Span = "5m"
    operator: Literal[">", ">=", "<", "<="] = ">"
    warning: Threshold | None = None
    critical: Threshold | None = None
    clear: Threshold | None = None

    @model_validator(mode="after")
    def complete(self) -> Self:
        if (self.statistic == "ratio") != (self.per is not None):
            raise _at("per", "is needed with the statistic ratio, and with no other")
        if self.warning is None and self.critical is None:
            raise _at("critical", "is needed, or warning is")
        if self.statistic == "last" and parse_duration(self.window) > HOUR_MS:
            raise _at("window", "must be at most 1h with the statistic last")
        return self

    @model_validator(mode="after")
    def ordered(self) -> Self:
        rule = self.rule("")
        if (
            self.warning is not None
            and self.critical is not None
            and rule.breaches(self.warning, self.critical)
        ):
            raise _at("critical", "must be worse than warning")
        mildest = rule.rungs[-1][1] if rule.rungs else None
        if (
            self.clear is not None
            and mildest not in (None, self.clear)
            and rule.breaches(self.clear, mildest)
        ):
            raise _at("clear", "must not be worse than the threshold that fires")
        return self

    def rule(self, name: str) -> Rule:
        return Rule(
            name, self.description or name, self._unit(), self.warning, self.critical, self.operator,
            self.min_samples, parse_duration(self.for_), self.clear, parse_duration(self.clear_for), self.no_data,
        )  # fmt: skip

    def watch(self, name: str) -> Watch:
        query = Query(
            (self.metric,), self.statistic, self.per, matchers=self._conditions(), by=tuple(self.by)
        )
        return Watch(self.rule(name), query, (parse_duration(self.window),), self.labels)

    def _unit(self) -> str:
        if self.statistic == "ratio":
            return "ratio"
        timed = self.metric.endswith("_ms") or self.metric == "slow_operations"
        return "ms" if timed and self.statistic != "count" else "count"


class Pace(Part):
    """Two windows that must both be faster than `factor` times the budget."""

    long: Span
    short: Span
    factor: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
    severity: Literal["info", "warning", "critical"]

    @model_validator(mode="after")
    def ordered(self) -> Self:
        if parse_duration(self.short) >= parse_duration(self.long):
            raise _at("short", "must be shorter than long")
        return self

    def pair(self) -> Pair:
        return Pair(parse_duration(self.long), parse_duration(self.short), self.factor, self.severity)


def _recommended() -> list[Pace]:
    names = ("long", "short", "factor", "severity")
    return [
        Pace.model_validate(dict(zip(names, (p.long_ms, p.short_ms, p.factor, p.severity), strict=True)))
        for p in burn_rate.RECOMMENDED
    ]


class BurnRateRule(Common):
    """One of `good` and `bad`; without either, failed operations are what is bad."""

    kind: Literal["burn_rate"]
    objective: Annotated[float, Field(gt=0, lt=1, description="The share that must be good, e.g. 0.999.")]
    total: Metric = OPERATIONS
    good: Metric | None = None
    bad: Metric | None = None
    windows: list[Pace] = Field(default_factory=_recommended, min_length=1, max_length=10)

    @model_validator(mode="after")
    def complete(self) -> Self:
        if self.good and self.bad:
            raise _at("bad", "must not be given together with good")
        if self.total != OPERATIONS and not (self.good or self.bad):
            raise _at("bad", "is needed, or good is, with a total of your own")
        return self

    def rule(self, name: str) -> Rule:
        return Rule(
            name, self.description or f"{name}: error budget", "times", None, None, ">", self.min_samples,
            parse_duration(self.for_), None, parse_duration(self.clear_for), self.no_data,
            tuple(pace.pair() for pace in self.windows),
        )  # fmt: skip

    def watch(self, name: str) -> Watch:
        rule = self.rule(name)
        query = Query(
            (self.good or self.bad or "operation_failures",), "ratio", self.total, self.good is not None,
            burn_rate.budget(self.objective), self._conditions(), tuple(self.by),
        )  # fmt: skip
        return Watch(rule, query, burn_rate.spans(rule.pairs), self.labels)


class RhythmRule(Common):
    """The last window against the same one of past weeks; thresholds are in usual deviations from what is usual."""

    kind: Literal["rhythm"]
    metric: Literal["mood_selection", "user_action", "recommendation"]
    window: Pulses = "20m"
    direction: Literal["low", "high"] = Field(default="low", description="Too few, or too many.")
    weeks: Annotated[int, Field(ge=2, le=8, description="How many past weeks are compared with.")] = 4
    min_samples: Annotated[
        int, Field(ge=2, le=8, description="Past weeks without which it says nothing.")
    ] = 2
    zone: Zone = Field(default="UTC", description="On whose clock it is the same hour of the week.")
    warning: Deviations | None = 3.0
    critical: Deviations | None = None

    @model_validator(mode="after")
    def complete(self) -> Self:
        if self.matchers or self.by:
            raise _at("by" if self.by else "matchers", "is not for this kind of rule")
        if self.min_samples > self.weeks:
            raise _at("minSamples", "must not be more than weeks")
        if self.warning is None and self.critical is None:
            raise _at("critical", "is needed, or warning is")
        if self.warning is not None and self.critical is not None and self.critical <= self.warning:
            raise _at("critical", "must be worse than warning")
        return self

    def rule(self, name: str) -> Rule:
        return Rule(
            name, self.description or name, "times", self.warning, self.critical,
            "<" if self.direction == "low" else ">", self.min_samples, parse_duration(self.for_), None,
            parse_duration(self.clear_for), self.no_data,
        )  # fmt: skip

    def watch(self, name: str) -> Watch:
        span_ms = parse_duration(self.window)
        rhythm = Rhythm(self.metric, span_ms, self.weeks, self.zone)
        return Watch(self.rule(name), Query((self.metric,), "count"), (span_ms,), self.labels, rhythm)


Spec = ThresholdRule | BurnRateRule | RhythmRule
KINDS: dict[str, type[ThresholdRule] | type[BurnRateRule] | type[RhythmRule]] = {
    "threshold": ThresholdRule,
    "burn_rate": BurnRateRule,
    "rhythm": RhythmRule,
}


def parse(document: Any) -> Spec:
    """The rule of a document without its name. Raises Refused with every refused field."""
    if not isinstance(document, dict):
        raise Refused([("", "must be an object")])
    kind = document.get("kind", "threshold")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Refused([("/kind", f"must be one of {', '.join(KINDS)}")])
    try:
        return KINDS[kind].model_validate(document)
    except ValidationError as error:
        raise Refused([(_pointer(e), _text(e)) for e in error.errors(include_url=False)]) from None


def document(spec: Spec) -> dict[str, Any]:
    """What was said, without what is the default anyway: parse() reads it back as the same rule."""
    said = spec.model_dump(by_alias=True, exclude_defaults=True)
    return {"kind": spec.kind, **said} if spec.kind != "threshold" else said


def whole(spec: Spec) -> dict[str, Any]:
    """Every field with its value."""
    return spec.model_dump(by_alias=True)


def _at(field: str, detail: str) -> PydanticCustomError:
    """A contradiction between fields, said at the one to look at."""
    return PydanticCustomError("contradiction", "{detail}", {"field": field, "detail": detail})


def _pointer(error: Mapping[str, Any]) -> str:
    location = (*error["loc"], *([error["ctx"]["field"]] if error["type"] == "contradiction" else []))
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def _text(error: Mapping[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return "is not a known member"
    return str(error["msg"]).removeprefix("Value error, ")
