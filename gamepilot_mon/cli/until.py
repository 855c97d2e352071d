"""`--for 2h`: the moment until which something holds."""

from gamepilot_mon.cli.opening import fail
from gamepilot_mon.clock import parse_duration


def until(for_: str | None, now: int) -> int | None:
    """None when nothing was said; ends the command when it is no duration."""
    try:
        return now + parse_duration(for_) if for_ else None
    except ValueError as error:
        fail(str(error))
