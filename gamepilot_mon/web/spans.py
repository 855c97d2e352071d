"""`from`, `to` and `zone` as queries give them."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from gamepilot_mon.alert_history import Span
from gamepilot_mon.clock import DAY_MS, parse_iso, time_zone

DEFAULT_MS = 30 * DAY_MS


def _moment(text: str) -> str:
    parse_iso(text)  # raises ValueError with the reason
    return text


def _zone(name: str) -> str:
    time_zone(name)  # raises ValueError with the reason
    return name


Moment = Annotated[
    str, Field(max_length=40, json_schema_extra={"format": "date-time"}), AfterValidator(_moment)
]
Zone = Annotated[str, Field(max_length=60), AfterValidator(_zone)]


class Between(BaseModel):
    """The last 30 days unless said otherwise."""

    model_config = ConfigDict(extra="forbid")

    since: Moment | None = Field(
        default=None, alias="from", description="ISO 8601; only alerts from then on."
    )
    until: Moment | None = Field(default=None, alias="to", description="ISO 8601; only alerts before it.")

    @model_validator(mode="after")
    def _ordered(self) -> "Between":
        if self.since and self.until and parse_iso(self.since) > parse_iso(self.until):
            raise ValueError("`from` must not be after `to`")
        return self

    def span(self, now: int) -> Span:
        until = parse_iso(self.until) if self.until else now + 1
        return Span(parse_iso(self.since) if self.since else until - DEFAULT_MS, until)
