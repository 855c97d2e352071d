from typing import Annotated

from pydantic import Field

from gamepilot_mon.channels.options import Given, Options, same_host
from gamepilot_mon.channels.pagerduty.config import PagerDutyConfig
from gamepilot_mon.part import HttpUrl


class PagerDutyOptions(Options):
    needed = ("routingKey",)

    routing_key: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(default=None, repr=False)
    url: HttpUrl = "https://events.pagerduty.com/v2/enqueue"

    def config(self, given: Given) -> PagerDutyConfig:
        own = given.own.url if isinstance(given.own, PagerDutyOptions) else None
        return PagerDutyConfig(
            routing_key=self.routing_key or "", url=self.url, trusted=same_host(own, self.url),
            allowed=given.allowed,
        )  # fmt: skip
