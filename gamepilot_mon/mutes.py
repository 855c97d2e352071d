"""Mutes: why nobody is told of an alert now. Pure.

A mute holds messages back; it neither hides the alert nor loses anything. When it ends and the alert still fires,
the message goes out then, and an end is always told to whoever heard of the start.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

LONGEST_PATTERN = 100  # a pattern is short, so that matching one takes no time worth mentioning

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
        return bool(re.fullmatch(self.value, found)) == (self.operator == "=~")


@dataclass(frozen=True, slots=True)
class Span:
    """A silence: `matchers` all match, and now is in it. Moments are epoch ms."""

    id: int
    matchers: tuple[Matcher, ...]
    starts_at: int
    ends_at: int
    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class Muted:
    """Held back until `until`, and by what."""

    by: str
    until: int
    reason: str


def muted(facts: Mapping[str, str], silences: Iterable[Span], now: int) -> Muted | None:
    """The silence that holds the longest, or None."""
    holding = [
        s for s in silences if s.starts_at <= now < s.ends_at and all(m.matches(facts) for m in s.matchers)
    ]
    if not holding:
        return None
    longest = max(holding, key=lambda silence: silence.ends_at)
    return Muted(f"silence {longest.id}", longest.ends_at, f"{longest.reason} ({longest.author})")


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
        if len(matcher.value) > LONGEST_PATTERN:
            raise ValueError(f"a pattern has at most {LONGEST_PATTERN} characters")
        if re.search(r"[*+}]\)?[*+{]|\([^)]*[*+|][^)]*\)[*+{]", matcher.value):
            raise ValueError("a repeated repetition can take for ever to match")
        try:
            re.compile(matcher.value)
        except re.error as error:
            raise ValueError(f"is not a pattern: {error}") from None
    return matcher
