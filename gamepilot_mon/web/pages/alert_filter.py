"""Which alerts the inbox shows, as its address says it; what the address says wrongly counts as not said."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import get_args
from urllib.parse import urlencode

from gamepilot_mon.clock import DAY_MS, HOUR_MS
from gamepilot_mon.inbox import State, Wanted
from gamepilot_mon.rules import RANK

SPANS = {"1h": HOUR_MS, "24h": DAY_MS, "7d": 7 * DAY_MS, "30d": 30 * DAY_MS}
STATES: tuple[State, ...] = get_args(State)
TEXT_MAX = 200
PAGES_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Filter:
    state: State = "open"
    severity: str = ""
    type: str = ""
    q: str = ""
    span: str = ""
    page: int = 1

    @classmethod
    def of(cls, said: Mapping[str, str]) -> "Filter":
        state, severity, span = said.get("state", ""), said.get("severity", ""), said.get("span", "")
        return cls(
            next((one for one in STATES if one == state), "open"),
            severity if severity in RANK else "",
            said.get("type", "").strip()[:100],
            said.get("q", "").strip()[:TEXT_MAX],
            span if span in SPANS else "",
            _number(said.get("page", "")),
        )

    def wanted(self, now: int) -> Wanted:
        since = now - SPANS[self.span] if self.span else None
        return Wanted(self.state, self.severity or None, self.type or None, self.q, since)

    @property
    def narrows(self) -> bool:
        """Whether it leaves out some of the alerts of its state."""
        return bool(self.severity or self.type or self.q or self.span)

    def query(self, **changes: str | int) -> str:
        """`?state=…`, what is as usual left out."""
        other, usual = replace(self, **changes), Filter()  # type: ignore[arg-type]
        names = ("state", "severity", "type", "q", "span", "page")
        said = {name: getattr(other, name) for name in names if getattr(other, name) != getattr(usual, name)}
        return f"?{urlencode(said)}" if said else ""


def _number(text: str) -> int:
    return min(max(int(text), 1), PAGES_MOST) if text.isascii() and text.isdigit() and len(text) < 9 else 1
