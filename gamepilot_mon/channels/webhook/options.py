from typing import Annotated, Literal

from pydantic import Field

from gamepilot_mon.channels.options import Given, Options, same_host
from gamepilot_mon.channels.webhook.config import WebhookConfig
from gamepilot_mon.part import HttpUrl


class WebhookOptions(Options):
    needed = ("url",)

    url: HttpUrl | None = Field(default=None, repr=False)
    secret: Annotated[str, Field(min_length=16, max_length=1000)] | None = Field(default=None, repr=False)
    format: Literal["native", "alertmanager"] = "native"

    def config(self, given: Given) -> WebhookConfig:
        url = self.url or ""
        own = given.own.url if isinstance(given.own, WebhookOptions) else None
        return WebhookConfig(
            url=url,
            secret=self.secret,
            format=self.format,
            trusted=same_host(own, url),
            allowed=given.allowed,
        )
