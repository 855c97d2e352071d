"""Mutes: why nobody is told of an alert now. Pure.

A mute holds messages back; it neither hides the alert nor loses anything. When it ends and the alert still fires,
the message goes out then, and an end is always told to whoever heard of the start.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from gamepilot_mon import patterns
from gamepilot_mon.clock import format_duration
from gamepilot_mon.flapping import CALM_MS, SPAN_MS, Flapping

Operator = Literal["=", "!=", "=~", "!~"]


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on an alert's type, severity or a label; an absent label is the empty text."""

    name: str
    operator: Operator
    value: str

    def matches(self, facts: Mapping[str, str]) -> bool:
        found = facts.get(self.name, "")
        if self.operator in ("=", "!="):
            return (found == self.value) == (self.operator == "=")
        return patterns.is_whole(self.value, found) is (self.operator == "=~")


@dataclass(frozen=True, slots=True)
class Span:
    """A silence, or one occurrence of a maintenance window: `matchers` all match, and now is in it. Epoch ms."""

    id: int
    matchers: tuple[Matcher, ...]
    starts_at: int
    ends_at: int
    author: str
    reason: str
    kind: str = "silence"  # silence | maintenance


@dataclass(frozen=True, slots=True)
class Parent:
    """A check that is down, and the alert that says so."""

    check: str
    alert_id: int


@dataclass(frozen=True, slots=True)
class Muted:
    """Held back until `until` (None: until something changes), and by what.

    With `since`, one message after that moment still goes out, and so does a higher severity than it told.
    """

    by: str
    until: int | None
    reason: str
    since: int | None = None


def muted(
    facts: Mapping[str, str],
    spans: Iterable[Span],
    now: int,
    parents: Sequence[Parent] = (),
    flaps: Flapping | None = None,
) -> Muted | None:
    """What holds messages back: of the spans that match the longest, else a parent that is down, else flapping.

    The first two hold everything but an end. Flapping comes last because it lets a higher severity through.
    """
    holding = [
        s for s in spans if s.starts_at <= now < s.ends_at and all(m.matches(facts) for m in s.matchers)
    ]
    if holding:
        longest = max(holding, key=lambda span: span.ends_at)
        return Muted(f"{longest.kind} {longest.id}", longest.ends_at, f"{longest.reason} ({longest.author})")
    if parents:
        return Muted(
            "parent", None, f"it depends on {parents[0].check}, which is down (alert {parents[0].alert_id})"
        )
    if flaps:
        return Muted("flapping", flaps.until, _flaps(flaps), flaps.since)
    return None


def _flaps(flaps: Flapping) -> str:
    span, calm = format_duration(SPAN_MS), format_duration(CALM_MS)
    return f"it flaps: {flaps.count} changes in {span}; nothing more is told until it is calm for {calm}"


def parse(text: str) -> Matcher:
    """`operation=payment`, `type!=system_down`, `check=~"API.*"`. Raises ValueError."""
    found = re.fullmatch(r"\s*([A-Za-z_][\w.-]{0,99})\s*(=~|!~|!=|=)\s*(.*?)\s*", text, re.DOTALL)
    if found is None:
        raise ValueError("must look like name=value, name!=value, name=~pattern or name!~pattern")
    name, operator, value = found.groups()
    return checked(Matcher(name, operator, value.strip('"')))  # type: ignore[arg-type]


def checked(matcher: Matcher) -> Matcher:
    """`matcher`, or ValueError for a pattern that is too long or no pattern."""
    if matcher.operator in ("=~", "!~"):
        patterns.check(matcher.value)
    return matcher
