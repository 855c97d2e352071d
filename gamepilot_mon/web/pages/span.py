"""The span of time that a page is about, as its address says it: `span` or `from` and `to`, and `compare`. Pure.

    /performance?span=7d&compare=last-week
    /performance?from=2026-11-24T12:00:00.000Z&to=2026-11-24T14:00:00.000Z

Every page that shows a time uses these names, so that an address can be shared and changed by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gamepilot_mon.alert_history import Span
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, iso, parse_iso
from gamepilot_mon.timeline.figures import AGAINST
from gamepilot_mon.web.ranges import HOURS_MOST

RELATIVE = {
    "15m": 15 * MINUTE_MS, "1h": HOUR_MS, "6h": 6 * HOUR_MS, "24h": DAY_MS, "7d": 7 * DAY_MS, "30d": 30 * DAY_MS,
    "1y": 365 * DAY_MS,
}  # fmt: skip
USUAL = "6h"
COMPARED = "yesterday"
COMPARISONS = ("none", *AGAINST)
NAMES = frozenset({"span", "from", "to", "compare"})
LEAST_MS = 10 * SECOND_MS
LONGEST_MS = HOURS_MOST * HOUR_MS


@dataclass(frozen=True, slots=True)
class Picked:
    """From `since` to `until`, epoch ms; `name` is the relative span, None of an absolute one, which stays as it is.

    `problems`: by parameter, why what was asked for is not shown; `written`: what stood in its field.
    """

    since: int
    until: int
    name: str | None = None
    compare: str = COMPARED
    problems: Mapping[str, str] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        return self.name is not None

    @property
    def length_ms(self) -> int:
        return self.until - self.since

    @property
    def span(self) -> Span:
        return Span(self.since, self.until)

    @property
    def back_ms(self) -> int | None:
        """How much earlier that lies what it is compared with."""
        return AGAINST[self.compare] * DAY_MS if self.compare in AGAINST else None

    @property
    def query(self) -> dict[str, str]:
        """The parameters that ask for the same again."""
        asked = {"span": self.name} if self.name else {"from": iso(self.since), "to": iso(self.until)}
        return {**asked, **({"compare": self.compare} if self.compare != COMPARED else {})}


def picked(args: Mapping[str, str], now: int, usual: str = USUAL) -> Picked:
    """What the address asks for; where it is wrong, the usual span with the reason. `from` and `to` win over `span`."""
    compare, problems = args.get("compare") or COMPARED, {}
    if compare not in COMPARISONS:
        problems["compare"], compare = f"must be one of {', '.join(COMPARISONS)}", COMPARED
    written = {name: args.get(name, "").strip() for name in ("from", "to")}
    if any(written.values()):
        return _absolute(written, compare, problems, now, usual)
    name = args.get("span") or usual
    if name not in RELATIVE:
        problems["span"], name = f"must be one of {', '.join(RELATIVE)}", usual
    return Picked(now - RELATIVE[name], now, name, compare, problems)


def _absolute(
    written: Mapping[str, str], compare: str, problems: dict[str, str], now: int, usual: str
) -> Picked:
    moments = {name: _moment(name, text, problems) for name, text in written.items() if text}
    since, until = moments.get("from"), min(moments.get("to") or now, now)
    if not problems:
        problems |= _out_of_order(since, until, now)
    if problems or since is None:
        return Picked(now - RELATIVE[usual], now, usual, compare, problems, written)
    return Picked(since, until, None, compare, {}, written)


def _moment(name: str, text: str, problems: dict[str, str]) -> int | None:
    try:
        return parse_iso(text)
    except ValueError as error:
        problems[name] = str(error)
        return None


def _out_of_order(since: int | None, until: int, now: int) -> dict[str, str]:
    if since is None:
        return {"from": "must say where the time begins"}
    if since > until - LEAST_MS:
        return {"from": "must be ten seconds or more before the end, and before now"}
    if since < now - LONGEST_MS:
        return {"from": f"is too long ago: figures are kept for {HOURS_MOST // 24} days"}
    return {}
