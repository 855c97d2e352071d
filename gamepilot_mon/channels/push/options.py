from gamepilot_mon import vapid
from gamepilot_mon.channels.options import Given, Options
from gamepilot_mon.channels.push.config import PushConfig


class PushOptions(Options):
    def lacks(self) -> str | None:
        return None if vapid.is_installed() else f"the extra: {vapid.INSTALL}"

    def config(self, given: Given) -> PushConfig:
        return PushConfig(subject=given.contact, allowed=given.allowed)
