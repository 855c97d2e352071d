"""`from`, `to`, `hours` and `tz` as questions about figures give them."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pydantic import Field

from gamepilot_mon.clock import HOUR_MS, parse_iso
from gamepilot_mon.web.formatted import Formatted
from gamepilot_mon.web.problems import Pointed
from gamepilot_mon.web.spans import Moment, Zone

HOURS_MOST = 400 * 24


@dataclass(frozen=True, slots=True)
class Range:
    since: int
    until: int


class Ranged(Formatted):
    """The last 24 hours unless said otherwise."""

    since: Moment | None = Field(default=None, alias="from", description="ISO 8601; where it begins.")
    until: Moment | None = Field(default=None, alias="to", description="ISO 8601; where it ends; else now.")
    hours: int | None = Field(
        default=None, ge=1, le=HOURS_MOST, description="Instead of `from`: so long before its end."
    )
    tz: Zone = Field(default="UTC", description="Time zone in which days and hours begin.")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.tz)

    def range(self, now: int) -> Range:
        """Raises Pointed."""
        if self.since and self.hours:
            raise Pointed(422, "Say `from` or `hours`, not both.", [("/hours", "stands beside `from`")])
        until = min(parse_iso(self.until) if self.until else now, now)
        since = parse_iso(self.since) if self.since else until - (self.hours or 24) * HOUR_MS
        if since >= until:
            raise Pointed(
                422, "There is nothing in that time.", [("/from", "must be before `to` and before now")]
            )
        if since < now - (HOURS_MOST + 24) * HOUR_MS:
            raise Pointed(
                422, "That is too long ago.", [("/from", f"figures are kept for {HOURS_MOST // 24} days")]
            )
        return Range(since, until)
