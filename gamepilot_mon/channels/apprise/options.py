import functools
import re
from importlib.util import find_spec
from typing import Annotated

from pydantic import AfterValidator, Field

from gamepilot_mon.channels.apprise.config import AppriseConfig
from gamepilot_mon.channels.options import Given, Options


def _apprise_url(value: str) -> str:
    if not re.match(r"[A-Za-z0-9][A-Za-z0-9+.-]{1,31}://.", value):
        raise ValueError("must be a URL of Apprise's, such as ntfy://…")
    if any(c.isspace() or ord(c) < 32 for c in value):
        raise ValueError("must be one URL")
    return value


class AppriseOptions(Options):
    needed = ("url",)

    url: Annotated[str, Field(max_length=2000), AfterValidator(_apprise_url)] | None = Field(
        default=None, repr=False
    )

    def lacks(self) -> str | None:
        return None if _is_installed() else "the extra: pip install 'gamepilot-mon[apprise]'"

    def config(self, given: Given) -> AppriseConfig:
        return AppriseConfig(url=self.url or "", allowed=given.allowed)


@functools.cache
def _is_installed() -> bool:
    return find_spec("apprise") is not None
