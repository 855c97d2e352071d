"""Part: one part of the configuration document, camelCase JSON outside and frozen inside, and its kinds of values."""

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

from gamepilot_mon import mutes
from gamepilot_mon.clock import format_duration, parse_duration
from gamepilot_mon.mutes import Matcher

PartT = TypeVar("PartT", bound="Part")


class Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, alias_generator=to_camel, populate_by_name=False,
        hide_input_in_errors=True,
    )  # fmt: skip


def holding(part: PartT, holds: bool, otherwise: str) -> PartT:
    """`part`, or ValueError(otherwise)."""
    if not holds:
        raise ValueError(otherwise)
    return part


def refused(error: ValidationError) -> list[tuple[tuple[int | str, ...], str]]:
    """[(where, what is wrong)], in words for those who wrote the document."""
    return [(each["loc"], _text(each)) for each in error.errors(include_url=False)]


def _text(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "is not a known member"
    if error["type"] == "missing":
        return "is needed"
    return str(error["msg"]).removeprefix("Value error, ")


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
HttpUrl = Annotated[str, Field(max_length=2000), AfterValidator(_http_url)]


class Condition(Part):
    """One condition on an alert's `type`, `severity`, or a label."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,99}$")]
    operator: Literal["=", "!=", "=~", "!~"] = "="
    value: str = Field(max_length=500)

    @model_validator(mode="after")
    def sound(self) -> Self:
        mutes.checked(self.matcher())
        return self

    def matcher(self) -> Matcher:
        return Matcher(self.name, self.operator, self.value)
