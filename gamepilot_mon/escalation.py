"""Escalation: which channels hear of an alert now, by route and step, and when the next of them does. Pure.

Judged by state, as paging is: from the routes, the alert, how long it has been firing with nobody owning it, and the
time of day. Nothing is remembered, so nothing is lost: the same question after a crash has the same answer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gamepilot_mon.clock import HOUR_MS, MINUTE_MS, SECOND_MS, format_duration
from gamepilot_mon.during import During
from gamepilot_mon.mutes import Matcher


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to tell once the alert has been firing, unacknowledged, for `after_ms`."""

    after_ms: int
    channels: tuple[str, ...]
    during: During | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """The first whose `matchers` all match now decides; with `goes_on` the ones after it are asked too."""

    name: str
    steps: tuple[Step, ...]
    matchers: tuple[Matcher, ...] = ()
    during: During | None = None
    repeat_ms: int | None = None
    goes_on: bool = False

    def is_about(self, facts: Mapping[str, str]) -> bool:
        return all(matcher.matches(facts) for matcher in self.matchers)


@dataclass(frozen=True, slots=True)
class Course:
    """The alert so far: nobody has owned it since `since`, `heard` were told of it, and whether somebody owns it now.

    While somebody does, its clock stands still: no later step comes, and no other route takes over by the clock.
    """

    since: int
    heard: frozenset[str] = frozenset()
    acknowledged_at: int | None = None

    @property
    def is_owned(self) -> bool:
        return self.acknowledged_at is not None

    def stands_at(self, now: int) -> int:
        return now if self.acknowledged_at is None else min(now, self.acknowledged_at)


@dataclass(frozen=True, slots=True)
class Hears:
    """The channel hears of it. `due_at` is since when, `next_at` when a later step names it again."""

    by: str | None = None
    after_ms: int = 0
    due_at: int | None = None
    next_at: int | None = None
    repeat_ms: int | None = None

    @property
    def escalates_at(self) -> int | None:
        """When its step came; None for a first step, which is no escalation."""
        return self.due_at if self.after_ms else None

    def because(self) -> str | None:
        """What a message says about a step that came since nobody owned the alert."""
        if not self.after_ms:
            return None
        return f"escalated: nobody acknowledged within {in_words(self.after_ms)}"


@dataclass(frozen=True, slots=True)
class Waits:
    """The channel does not hear of it; ask again at `until` (None: when something changes)."""

    reason: str
    until: int | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class _Named:
    """A step of a route that names a channel."""

    route: Route
    number: int
    step: Step
    due_at: int

    @property
    def by(self) -> str:
        return f"{self.route.name}, step {self.number}"

    def is_due(self, at: int) -> bool:
        return self.due_at <= at and (self.step.during is None or self.step.during.contains(at))

    def next_at(self, now: int) -> int:
        """When it will be due, were the alert still firing then."""
        earliest = max(self.due_at, now)
        return earliest if self.step.during is None else self.step.during.next_in(earliest)


def audience(
    routes: Sequence[Route], facts: Mapping[str, str], channels: Iterable[str], course: Course, now: int
) -> dict[str, Hears | Waits]:
    """For each of `channels` whether it hears of the alert. Without a route for it all of them do."""
    at = course.stands_at(now)
    taken = list(_taken(routes, facts, at))
    if not taken:
        return {name: Hears() for name in channels}
    names = list(channels)
    edge = None if course.is_owned else _next_edge(routes, facts, now)
    outside = Waits(_whom(taken, names), edge)
    return {name: _of(name, taken, course, now, outside) for name in names}


def _taken(routes: Sequence[Route], facts: Mapping[str, str], at: int) -> Iterator[Route]:
    for route in routes:
        if route.is_about(facts) and (route.during is None or route.during.contains(at)):
            yield route
            if not route.goes_on:
                return


def _next_edge(routes: Sequence[Route], facts: Mapping[str, str], now: int) -> int | None:
    """When another route may take over, since one begins or ends by the clock."""
    edges = [route.during.next_edge(now) for route in routes if route.during and route.is_about(facts)]
    return min(edges, default=None)


def _whom(taken: Sequence[Route], names: Sequence[str]) -> str:
    named = {name for route in taken for step in route.steps for name in step.channels}
    return (
        f"{' and '.join(route.name for route in taken)} tells {'others' if named & set(names) else 'nobody'}"
    )


def _of(name: str, taken: Sequence[Route], course: Course, now: int, outside: Waits) -> Hears | Waits:
    named = [found for route in taken for found in _naming(name, route, course)]
    due = [found for found in named if _is_due(found, name, course, now)]
    coming = [found for found in named if found not in due]
    if due:
        newest = max(due, key=lambda found: found.due_at)
        next_at = None if course.is_owned else _earliest(coming, now)
        return Hears(newest.by, newest.step.after_ms, newest.due_at, next_at, due[0].route.repeat_ms)
    if not coming:
        return outside
    if course.is_owned:
        return Waits(f"acknowledged, so {coming[0].by} does not come", None, coming[0].by)
    following = min(coming, key=lambda found: found.next_at(now))
    until = min(moment for moment in (following.next_at(now), outside.until) if moment is not None)
    return Waits(f"{following.by} tells it {_when(following, now)}", until, following.by)


def _is_due(found: _Named, name: str, course: Course, now: int) -> bool:
    # Of an alert that somebody owns, a later step tells nobody who has not heard of it yet.
    if course.is_owned and found.step.after_ms:
        return name in course.heard
    return found.is_due(course.stands_at(now))


def _naming(name: str, route: Route, course: Course) -> Iterator[_Named]:
    for number, step in enumerate(route.steps, start=1):
        if name in step.channels:
            yield _Named(route, number, step, course.since + step.after_ms)


def _earliest(coming: Sequence[_Named], now: int) -> int | None:
    return min((found.next_at(now) for found in coming), default=None)


def _when(following: _Named, now: int) -> str:
    if following.next_at(now) > max(following.due_at, now):
        return "when its hours begin"
    return f"when nobody acknowledges within {in_words(following.step.after_ms)}"


def in_words(ms: int) -> str:
    """`10 minutes`, `1 hour`, `90 seconds`."""
    for unit, size in (("hour", HOUR_MS), ("minute", MINUTE_MS), ("second", SECOND_MS)):
        if ms and ms % size == 0:
            return f"{ms // size} {unit}{'' if ms == size else 's'}"
    return format_duration(ms)
