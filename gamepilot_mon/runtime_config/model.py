"""The configuration as the rest of the program reads it."""

from typing import Annotated, Literal, Self

from pydantic import Field, SerializeAsAny, model_validator

from gamepilot_mon import escalation
from gamepilot_mon.channels.options import Options
from gamepilot_mon.clock import parse_duration
from gamepilot_mon.part import Duration, Part, holding
from gamepilot_mon.runtime_config.routes import MOST_ROUTES, Route, domain

Ratio = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]


class RatioLadder(Part):
    warning: Ratio
    critical: Ratio

    @model_validator(mode="after")
    def ordered(self) -> Self:
        return holding(self, self.warning <= self.critical, "warning must not be above critical")


class FallingLadder(Part):
    warning: Ratio
    critical: Ratio

    @model_validator(mode="after")
    def ordered(self) -> Self:
        return holding(self, self.warning >= self.critical, "warning must not be below critical")


class AmountLadder(Part):
    warning: Amount
    critical: Amount

    @model_validator(mode="after")
    def ordered(self) -> Self:
        return holding(self, self.warning <= self.critical, "warning must not be above critical")


class Thresholds(Part):
    error_rate: RatioLadder
    response_time: AmountLadder
    success_rate: FallingLadder
    slow_queries: AmountLadder


class RuntimeConfig(Part):
    """What is in force now. `channels` are all of them by name, the well-known ones first."""

    thresholds: Thresholds
    channels: dict[str, SerializeAsAny[Options]]
    routes: Annotated[list[Route], Field(max_length=MOST_ROUTES)]
    cooldown: Duration
    repeat_interval: Duration
    min_samples: Annotated[int, Field(ge=1, le=1_000_000)]
    response_time_statistic: Literal["mean", "p50", "p95", "p99"]

    @property
    def failovers(self) -> dict[str, str]:
        """By channel: the one that stands in for it, when that one can."""
        named = {name: channel.failover for name, channel in self.channels.items() if channel.failover}
        return {name: other for name, other in named.items() if self.can_send(other)}

    @property
    def routing(self) -> tuple[escalation.Route, ...]:
        return domain(self.routes)

    def can_send(self, name: str) -> bool:
        return name in self.channels and not self.channels[name].needs()

    @property
    def cooldown_ms(self) -> int:
        return parse_duration(self.cooldown)

    @property
    def repeat_interval_ms(self) -> int:
        return parse_duration(self.repeat_interval)
