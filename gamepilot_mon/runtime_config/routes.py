"""Routes as they are written down."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from gamepilot_mon import during, escalation
from gamepilot_mon.clock import DAY_MS, parse_duration
from gamepilot_mon.part import Condition, Duration, Part, holding

MOST_ROUTES = 100
MOST_STEPS = 10
LONGEST_AFTER_MS = 7 * DAY_MS

ChannelName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Channels = Annotated[list[ChannelName], Field(max_length=50)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _time_of_day(text: str) -> str:
    during.minutes(text)
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be an IANA time zone such as Europe/Berlin") from None
    return name


def _after(text: str) -> str:
    if parse_duration(text) > LONGEST_AFTER_MS:
        raise ValueError("must be a week at most")
    return text


TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]


class Hours(Part):
    """A time of day in a zone; `to` at or before `from` is on the next day."""

    zone: Annotated[str, Field(max_length=64), AfterValidator(_zone)]
    days: Annotated[list[Day], Field(min_length=1, max_length=7)] = list(during.DAYS)  # type: ignore[arg-type]
    from_: TimeOfDay = Field(default="00:00", alias="from")
    to: TimeOfDay = "24:00"

    @model_validator(mode="after")
    def lasts(self) -> Self:
        holding(self, self.from_ != "24:00", "from must be before 24:00")
        return holding(self, self.from_ != self.to, "from and to are the same; leave both out for whole days")

    def during(self) -> during.During:
        return during.During(
            self.zone, frozenset(self.days), during.minutes(self.from_), during.minutes(self.to)
        )


class Step(Part):
    after: Annotated[Duration, AfterValidator(_after)] = "0"
    channels: Annotated[Channels, Field(min_length=1)]
    during: Hours | None = None

    def domain(self) -> escalation.Step:
        hours = self.during.during() if self.during else None
        return escalation.Step(parse_duration(self.after), tuple(self.channels), hours)


class Route(Part):
    """`channels` are told at once, those of the steps later. An empty list of channels alone tells nobody."""

    name: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    matchers: Annotated[list[Condition], Field(max_length=20)] = []
    channels: Channels | None = None
    during: Hours | None = None
    steps: Annotated[list[Step], Field(max_length=MOST_STEPS)] = []
    repeat: Duration | None = None
    continue_: bool = Field(default=False, alias="continue")

    @model_validator(mode="after")
    def tells(self) -> Self:
        return holding(self, self.channels is not None or bool(self.steps), "needs channels or steps")

    def domain(self, number: int) -> escalation.Route:
        first = [escalation.Step(0, tuple(self.channels))] if self.channels else []
        return escalation.Route(
            name=f"route {number} ({self.name})" if self.name else f"route {number}",
            steps=(*first, *(step.domain() for step in self.steps)),
            matchers=tuple(condition.matcher() for condition in self.matchers),
            during=self.during.during() if self.during else None,
            repeat_ms=None if self.repeat is None else parse_duration(self.repeat),
            goes_on=self.continue_,
        )

    def named(self) -> list[tuple[tuple[Any, ...], str]]:
        """[(place in the route, channel)]."""
        own = [(("channels", number), name) for number, name in enumerate(self.channels or [])]
        return own + [
            (("steps", step, "channels", number), name)
            for step, content in enumerate(self.steps)
            for number, name in enumerate(content.channels)
        ]


def domain(routes: Sequence[Route]) -> tuple[escalation.Route, ...]:
    return tuple(route.domain(number) for number, route in enumerate(routes, start=1))
