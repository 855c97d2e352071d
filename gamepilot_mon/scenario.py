"""Scenarios: what the rules should tell people, written down with a clock of its own.

A scenario runs through the real store, rollups, rules, lifecycle and paging; only the sending is left out. Its file:

    name: a spike pages once and its end is told
    config:                       # any part of the runtime configuration
      cooldown: 5m
    channels: [slack]             # who is looked at, slack and email when left out; a named channel is in config
    rules:                        # rules of its own, as the configuration file writes them
      mail-queue: {metric: queue_depth, by: [queue], statistic: last, warning: 100}
    stored: [payment-slo]         # rules of the installation
    steps:
      - at: 0s
        operations: {count: 100, failed: 20, duration_ms: 80}
        expect:
          - {type: error_rate, change: firing, severity: critical}
          - {type: success_rate, change: firing, severity: critical}
      - at: 10m
        operations: {count: 5000}
        metrics: [{name: queue_depth, value: 20, labels: {queue: mail}}]
        expect: []                # left out: not looked at; []: nobody is told anything

`expect` is what has been owed to each channel since the last `expect`, in any order.
"""

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from gamepilot_mon import (
    checks,
    db,
    destinations,
    evaluation,
    rollups,
    rule_spec,
    runtime_config,
    stored_rules,
)
from gamepilot_mon.clock import MINUTE_MS, format_duration, parse_duration
from gamepilot_mon.config_file.document import Document, Wrong, read_all
from gamepilot_mon.models import Check, Event, Notification
from gamepilot_mon.part import refused
from gamepilot_mon.probes import Reading
from gamepilot_mon.rule_spec import Refused, Spec
from gamepilot_mon.runtime_config.documents import pointer
from gamepilot_mon.settings import Settings

START = 1_800_000_000_000  # when a scenario's clock begins: any full minute will do
NO_RULES: Mapping[str, Spec] = {}


class ScenarioError(Exception):
    """The file cannot be read as a scenario; one line a problem."""


def _duration(text: str) -> str:
    parse_duration(text)
    return text


Duration = Annotated[str, AfterValidator(_duration)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Operations(Part):
    count: int = Field(ge=1, le=100_000)
    failed: int = Field(default=0, ge=0)
    duration_ms: float = Field(default=50, ge=0)
    operation: str = "operation"


class Error(Part):
    operation: str
    error: str = "an error"
    severity: Literal["error", "warning", "critical"] = "error"
    count: int = Field(default=1, ge=1, le=10_000)


class Measured(Part):
    name: str
    value: float
    labels: dict[str, str] = {}
    count: int = Field(default=1, ge=1, le=10_000)


class Seen(Part):
    check: str
    state: Literal["up", "down"]


class Expected(Part):
    type: str
    change: Literal["firing", "escalated", "deescalated", "repeat", "resolved"]
    severity: Literal["info", "warning", "critical"] | None = None


class Step(Part):
    at: Duration
    operations: Operations | None = None
    errors: list[Error] = []
    metrics: list[Measured] = []
    observations: list[Seen] = []
    expect: list[Expected] | None = None

    @property
    def now(self) -> int:
        return START + parse_duration(self.at)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a scenario is written down."""

    path: Path
    document: Document

    def wrong(self, errors: Iterable[tuple[str, str]]) -> ScenarioError:
        return ScenarioError("\n".join(f"{self.path}:{self.document.problem(*error)}" for error in errors))


class Scenario(Part):
    name: str
    config: dict[str, Any] = {}
    channels: list[str] = ["slack", "email"]
    rules: dict[str, dict[str, Any]] = {}
    stored: list[str] = []
    steps: list[Step] = Field(min_length=1)

    _source: Source = PrivateAttr()

    def wrong(self, *errors: tuple[str, str]) -> ScenarioError:
        """Of [(JSON pointer, what is wrong)], each with its place in the file."""
        return self._source.wrong(errors)


@dataclass(frozen=True, slots=True)
class Failure:
    """One step whose messages were not the expected ones."""

    at: str
    channel: str
    missing: list[str]
    unexpected: list[str]


def load(path: Path) -> list[Scenario]:
    """The scenarios of a file: one document each. Raises ScenarioError."""
    try:
        return [_parsed(Source(path, document)) for document in read_all(path.read_text())]
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{path}: is not UTF-8 text") from None
    except Wrong as wrong:
        raise ScenarioError("\n".join(f"{path}:{problem}" for problem in wrong.problems)) from None


def _parsed(source: Source) -> Scenario:
    try:
        found = Scenario.model_validate(source.document.value)
    except ValidationError as error:
        raise source.wrong((pointer(place), text) for place, text in refused(error)) from None
    found._source = source
    return found


def run(scenario: Scenario, stored: Mapping[str, Spec] = NO_RULES) -> list[Failure]:
    """Play it on a store of its own; binds the models to that store. `stored` are the rules that it may name.

    Raises ScenarioError for a bad `config`, a bad rule, or a name that `stored` does not have.
    """
    specs = _specs(scenario, stored)
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(Path(folder), scenario.channels)
        db.open_database(settings.database_url)
        try:
            _configure(settings, scenario, specs)
            return list(_play(settings, scenario))
        finally:
            db.database.close()


def _settings(folder: Path, channels: list[str]) -> Settings:
    environ = {"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{folder}/scenario.db"}
    if "slack" in channels:
        environ |= {"SLACK_ENABLED": "true", "SLACK_WEBHOOK_URL": "http://127.0.0.1:9/none"}
    if "email" in channels:
        environ |= {"EMAIL_ENABLED": "true", "EMAIL_TO": "nobody@example.org"}
    return Settings.from_env(environ, dotenv=None)


def _specs(scenario: Scenario, stored: Mapping[str, Spec]) -> dict[str, Spec]:
    missing = [name for name in scenario.stored if name not in stored]
    if missing:
        raise scenario.wrong(("/stored", f"there is no stored rule {', '.join(missing)}"))
    specs = {name: stored[name] for name in scenario.stored}
    for name, document in scenario.rules.items():
        try:
            stored_rules.require_free(name)
            specs[name] = rule_spec.parse(document)
        except Refused as error:
            raise scenario.wrong(*((f"/rules/{name}{at}", text) for at, text in error.errors)) from None
    return specs


def _configure(settings: Settings, scenario: Scenario, specs: Mapping[str, Spec]) -> None:
    try:
        with db.write():
            runtime_config.change(settings, scenario.config, "scenario", START)
            for name, spec in specs.items():
                stored_rules.put(name, spec, "scenario", START)
    except runtime_config.Problem as error:
        raise scenario.wrong(*((f"/config{at}", text) for at, text in error.errors)) from None
    on = destinations.enabled(runtime_config.current(settings).config)
    if missing := [name for name in scenario.channels if name not in on]:
        raise scenario.wrong(("/channels", f"{', '.join(missing)} is not switched on by config/channels"))


def _play(settings: Settings, scenario: Scenario) -> Iterator[Failure]:
    seen = 0
    clock = START
    for step in sorted(scenario.steps, key=lambda step: step.now):
        _pass_time(settings, clock, step.now)
        clock = step.now
        _happen(step)
        _judge(settings, step.now)
        if step.expect is not None:
            yield from _compare(step, scenario.channels, seen)
            newest = Notification.select().order_by(Notification.id.desc()).first()
            seen = newest.id if newest else 0


def _pass_time(settings: Settings, since: int, until: int) -> None:
    """Every check interval in between is judged too, as in life."""
    interval = max(settings.check_interval_ms, MINUTE_MS // 2)
    for now in range(since + interval, until, interval):
        _judge(settings, now)


def _judge(settings: Settings, now: int) -> None:
    while rollups.pending():
        with db.write():
            rollups.fold(settings.slow_ms, now)
    evaluation.evaluate(settings, now)


def _happen(step: Step) -> None:
    with db.write():
        rows = list(_events(step))
        for start in range(0, len(rows), 500):
            Event.insert_many(rows[start : start + 500]).execute()
        for seen in step.observations:
            checks.record(_check(seen.check, step.now), Reading(seen.state), step.now)


def _events(step: Step) -> Iterator[dict[str, Any]]:
    now = {"at": step.now, "received_at": step.now}
    none = {"value": None, "ok": None, "severity": None, "data": None}
    if ran := step.operations:
        for number in range(ran.count):
            result = {"value": ran.duration_ms, "ok": number >= ran.failed}
            yield {**none, **now, "kind": "operation", "name": ran.operation, **result}
    for error in step.errors:
        said = {"severity": error.severity, "data": {"error": error.error}}
        for _ in range(error.count):
            yield {**none, **now, "kind": "error", "name": error.operation, **said}
    for measured in step.metrics:
        gauge = {"value": measured.value, "data": {"labels": measured.labels}}
        for _ in range(measured.count):
            yield {**none, **now, "kind": "metric", "name": measured.name, **gauge}


def _check(name: str, now: int) -> Check:
    found: Check | None = Check.get_or_none(Check.name == name)
    if found:
        return found
    made: Check = Check.create(
        name=name, kind="scenario", spec={}, interval_ms=MINUTE_MS, origin="user", created_at=now
    )
    return made


def _compare(step: Step, channels: list[str], seen: int) -> Iterator[Failure]:
    wanted = Counter(_line(e.type, e.change, e.severity) for e in step.expect or [])
    bare = {_line(e.type, e.change, None) for e in step.expect or [] if e.severity is None}
    for channel in channels:
        rows = Notification.select().where((Notification.channel == channel) & (Notification.id > seen))
        told = Counter(_told(row, bare) for row in rows)
        if told != wanted:
            missing, unexpected = sorted((wanted - told).elements()), sorted((told - wanted).elements())
            yield Failure(format_duration(step.now - START), channel, missing, unexpected)


def _told(row: Notification, bare: set[str]) -> str:
    """The line of a message; without its severity where none was asked for."""
    without = _line(row.body["type"], row.change, None)
    return without if without in bare else _line(row.body["type"], row.change, row.severity)


def _line(type_: str, change: str, severity: str | None) -> str:
    return " ".join(word for word in (type_, change, severity) if word)
