"""The configuration that can change while running: defaults from the settings, overridden by stored versions.

The document is camelCase JSON outside and a frozen model inside. An override holds only the leaves
that differ from the settings, so a changed environment still reaches everything that nobody overrode.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from gamepilot_mon import db
from gamepilot_mon.clock import format_duration, parse_duration
from gamepilot_mon.models import ConfigVersion
from gamepilot_mon.settings import Settings

MASK = "***"
SECRETS = frozenset({("slack", "webhookUrl"), ("email", "smtpPass")})
READ_ONLY = frozenset({"version", "sources"})

Path = tuple[str, ...]
PartT = TypeVar("PartT", bound="Part")


class Problem(Exception):
    """A refused document: [(JSON pointer, what is wrong)], all of them."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{pointer}: {detail}" for pointer, detail in errors))
        self.errors = errors


class VersionMismatch(Exception):
    """Somebody stored another version in between."""


def _duration(value: Any) -> Any:
    """Text such as "5m"; a bare number is milliseconds."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError('must be a duration such as "5m", or a whole number of milliseconds')
    return format_duration(parse_duration(value) if isinstance(value, str) else value)


def _http_url(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        raise ValueError("must be an http(s) URL")
    return value


def _one_line(value: str) -> str:
    if any(ord(character) < 32 for character in value):
        raise ValueError("must not hold control characters")
    return value


def _address(value: str) -> str:
    name, at, host = value.rpartition("@")
    if not (at and name and host) or any(c.isspace() or ord(c) < 32 for c in value):
        raise ValueError("must be an e-mail address")
    return value


Duration = Annotated[str, BeforeValidator(_duration)]
Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
Address = Annotated[str, Field(max_length=254), AfterValidator(_address)]
Ratio = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]


class Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, alias_generator=to_camel, populate_by_name=False,
        hide_input_in_errors=True,
    )  # fmt: skip


class RatioLadder(Part):
    warning: Ratio
    critical: Ratio

    @model_validator(mode="after")
    def ordered(self) -> Self:
        return _ordered(self, self.warning <= self.critical, "warning must not be above critical")


class FallingLadder(Part):
    warning: Ratio
    critical: Ratio

    @model_validator(mode="after")
    def ordered(self) -> Self:
        return _ordered(self, self.warning >= self.critical, "warning must not be below critical")


class AmountLadder(Part):
    warning: Amount
    critical: Amount

    @model_validator(mode="after")
    def ordered(self) -> Self:
        return _ordered(self, self.warning <= self.critical, "warning must not be above critical")


def _ordered(part: PartT, holds: bool, otherwise: str) -> PartT:
    if not holds:
        raise ValueError(otherwise)
    return part


class Thresholds(Part):
    error_rate: RatioLadder
    response_time: AmountLadder
    success_rate: FallingLadder
    slow_queries: AmountLadder


class Slack(Part):
    enabled: bool
    webhook_url: Annotated[str, Field(max_length=2000), AfterValidator(_http_url)] | None = Field(repr=False)
    channel: Line

    @model_validator(mode="after")
    def complete(self) -> Self:
        return _ordered(self, not self.enabled or bool(self.webhook_url), "enabled needs a webhookUrl")


class Email(Part):
    enabled: bool
    smtp_host: Line
    smtp_port: Annotated[int, Field(ge=1, le=65535)]
    smtp_secure: bool
    smtp_user: Line | None
    smtp_pass: Annotated[str, Field(max_length=1000)] | None = Field(repr=False)
    sender: Address = Field(alias="from")
    to: Annotated[list[Address], Field(max_length=50)]

    @model_validator(mode="after")
    def complete(self) -> Self:
        return _ordered(self, not self.enabled or bool(self.to), "enabled needs at least one address in to")


class RuntimeConfig(Part):
    """What is in force now."""

    thresholds: Thresholds
    slack: Slack
    email: Email
    cooldown: Duration
    repeat_interval: Duration
    min_samples: Annotated[int, Field(ge=1, le=1_000_000)]
    response_time_statistic: Literal["mean", "p50", "p95", "p99"]

    @property
    def cooldown_ms(self) -> int:
        return parse_duration(self.cooldown)

    @property
    def repeat_interval_ms(self) -> int:
        return parse_duration(self.repeat_interval)


@dataclass(frozen=True, slots=True)
class Stored:
    """A configuration with where it comes from. `version` is 0 while nothing was overridden."""

    config: RuntimeConfig
    document: dict[str, Any]
    override: dict[str, Any]
    version: int
    sources: dict[str, str]  # JSON pointer -> override | environment | .env | file | default

    def public(self) -> dict[str, Any]:
        """The document with its secrets masked, its version, and the source of each value."""
        shown = dict(_masked(self.document))
        return {**shown, "version": self.version, "sources": self.sources}


# Where each leaf of the document comes from in the settings.
ORIGINS: dict[Path, str] = {
    **{
        ("thresholds", to_camel(rule), rung): f"alert_{rule}_{rung}"
        for rule in ("error_rate", "response_time", "success_rate", "slow_queries")
        for rung in ("warning", "critical")
    },
    ("slack", "enabled"): "slack_enabled",
    ("slack", "webhookUrl"): "slack_webhook_url",
    ("slack", "channel"): "slack_channel",
    ("email", "enabled"): "email_enabled",
    ("email", "smtpHost"): "smtp_host",
    ("email", "smtpPort"): "smtp_port",
    ("email", "smtpSecure"): "smtp_secure",
    ("email", "smtpUser"): "smtp_user",
    ("email", "smtpPass"): "smtp_pass",
    ("email", "from"): "email_from",
    ("email", "to"): "email_to",
    ("cooldown",): "cooldown_ms",
    ("repeatInterval",): "repeat_interval_ms",
    ("minSamples",): "min_samples",
    ("responseTimeStatistic",): "response_time_statistic",
}


def defaults(settings: Settings) -> dict[str, Any]:
    """The document as the settings alone give it."""
    document: dict[str, Any] = {}
    for path, attribute in ORIGINS.items():
        _put(document, path, _plain(attribute, getattr(settings, attribute)))
    return document


def _plain(attribute: str, value: Any) -> Any:
    if attribute.endswith("_ms"):
        return format_duration(value)
    if hasattr(value, "get_secret_value"):
        return value.get_secret_value()
    return list(value) if isinstance(value, tuple) else value


def current(settings: Settings) -> Stored:
    newest = ConfigVersion.newest()
    return _stored(settings, newest.override if newest else {}, newest.id if newest else 0)


def changed_at() -> int:
    """When the newest version was stored, epoch ms; 0 while nothing was overridden."""
    newest = ConfigVersion.newest()
    return newest.created_at if newest else 0


def as_of(settings: Settings, at: int) -> Stored:
    """What was in force at a moment in the past, on top of the settings of today."""
    then = ConfigVersion.select().where(ConfigVersion.created_at <= at)
    row = then.order_by(ConfigVersion.id.desc()).first()
    return _stored(settings, row.override if row else {}, row.id if row else 0)


def _stored(settings: Settings, override: dict[str, Any], version: int) -> Stored:
    document = merge(defaults(settings), override)
    overridden = set(_leaves(override))
    sources = {
        _pointer(path): "override" if path in overridden else settings.source(attribute)
        for path, attribute in ORIGINS.items()
    }
    return Stored(_validated(document), document, override, version, sources)


def change(settings: Settings, partial: Any, author: str, now: int, if_version: int | None = None) -> Stored:
    """Deep-merge `partial` into what is in force and store a new version, inside the caller's write().

    `***` for a secret means unchanged; null takes an override back. Nothing is stored when nothing changes.
    Raises Problem with every refused field, VersionMismatch when `if_version` is not the newest.
    """
    before = current(settings)
    if if_version is not None and if_version != before.version:
        raise VersionMismatch(f"the configuration is at version {before.version} now")
    if not isinstance(partial, dict):
        raise Problem([("", "must be a JSON object")])
    wanted = _unmasked({name: value for name, value in partial.items() if name not in READ_ONLY})
    base = defaults(settings)
    override = _minimal(merge(before.override, wanted, drop_null=True), base)
    merged = merge(merge(base, override), _unknown_to(wanted, base))
    _validated(merged)
    return _store(settings, before, override, author, now)


def roll_back(settings: Settings, version: int, author: str, now: int) -> Stored:
    """Put an earlier version in force again, as a new one. Raises LookupError for an unknown version."""
    row = ConfigVersion.get_or_none(ConfigVersion.id == version)
    if row is None and version != 0:
        raise LookupError(f"no configuration version {version}")
    override = row.override if row else {}
    _validated(merge(defaults(settings), override))
    return _store(settings, current(settings), override, author, now)


def _store(settings: Settings, before: Stored, override: dict[str, Any], author: str, now: int) -> Stored:
    diff = _diff(before.document, merge(defaults(settings), override))
    if not diff and override == before.override:
        return before
    row = ConfigVersion.insert(created_at=now, author=author, override=override, diff=diff).execute()
    db.touch("config")
    return _stored(settings, override, int(row))


def merge(base: Mapping[str, Any], over: Mapping[str, Any], *, drop_null: bool = False) -> dict[str, Any]:
    """Deep merge; with `drop_null` a null removes what it names (RFC 7396)."""
    result = dict(base)
    for name, value in over.items():
        if isinstance(value, dict):
            inner = result.get(name)
            result[name] = merge(inner if isinstance(inner, dict) else {}, value, drop_null=drop_null)
        elif value is None and drop_null:
            result.pop(name, None)
        else:
            result[name] = value
    return result


def _minimal(override: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """The override without what equals the settings anyway and without what is unknown."""
    result: dict[str, Any] = {}
    for name, value in override.items():
        if isinstance(value, dict) and isinstance(base.get(name), dict):
            if inner := _minimal(value, base[name]):
                result[name] = inner
        elif (
            name not in base or value != base[name] or isinstance(value, bool) != isinstance(base[name], bool)
        ):
            result[name] = value
    return result


def _unknown_to(wanted: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of `wanted` that name no known leaf, kept so that validation refuses them even when null."""
    result: dict[str, Any] = {}
    for name, value in wanted.items():
        if name not in base:
            result[name] = value
        elif (
            isinstance(value, dict)
            and isinstance(base[name], dict)
            and (inner := _unknown_to(value, base[name]))
        ):
            result[name] = inner
    return result


def _validated(document: dict[str, Any]) -> RuntimeConfig:
    try:
        return RuntimeConfig.model_validate(document)
    except ValidationError as error:
        raise Problem([(_pointer_of(e["loc"]), _text(e)) for e in error.errors(include_url=False)]) from None


def _pointer_of(location: tuple[int | str, ...]) -> str:
    return _pointer(tuple(str(part) for part in location))


def _text(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "is not a known member"
    return str(error["msg"]).removeprefix("Value error, ")


def _pointer(path: Path) -> str:
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)


def _put(document: dict[str, Any], path: Path, value: Any) -> None:
    for name in path[:-1]:
        document = document.setdefault(name, {})
    document[path[-1]] = value


def _leaves(document: Mapping[str, Any], prefix: Path = ()) -> Iterator[Path]:
    for name, value in document.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*prefix, name))
        else:
            yield (*prefix, name)


def _masked(document: Mapping[str, Any], prefix: Path = ()) -> dict[str, Any]:
    return {
        name: _masked(value, (*prefix, name)) if isinstance(value, dict) else _mask((*prefix, name), value)
        for name, value in document.items()
    }


def _mask(path: Path, value: Any) -> Any:
    return MASK if path in SECRETS and value else value


def _unmasked(partial: Mapping[str, Any], prefix: Path = ()) -> dict[str, Any]:
    return {
        name: _unmasked(value, (*prefix, name)) if isinstance(value, dict) else value
        for name, value in partial.items()
        if not ((*prefix, name) in SECRETS and value == MASK)
    }


def _diff(old: Mapping[str, Any], new: Mapping[str, Any], prefix: Path = ()) -> list[dict[str, Any]]:
    changes: list[dict[str, Any]] = []
    for name in sorted({*old, *new}):
        path, before, after = (*prefix, name), old.get(name), new.get(name)
        if isinstance(before, dict) and isinstance(after, dict):
            changes += _diff(before, after, path)
        elif before != after:
            changes.append({"pointer": _pointer(path), "old": _mask(path, before), "new": _mask(path, after)})
    return changes
