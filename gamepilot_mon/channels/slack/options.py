from pydantic import Field

from gamepilot_mon.channels.options import Given, Options, same_host
from gamepilot_mon.channels.slack.config import SlackConfig
from gamepilot_mon.part import HttpUrl, Line


class SlackOptions(Options):
    needed = ("webhookUrl",)

    webhook_url: HttpUrl | None = Field(default=None, repr=False)
    channel: Line = "#alerts"

    def config(self, given: Given) -> SlackConfig:
        url = self.webhook_url or ""
        own = given.own.webhook_url if isinstance(given.own, SlackOptions) else None
        return SlackConfig(
            webhook_url=url, channel=self.channel, trusted=same_host(own, url), allowed=given.allowed
        )
