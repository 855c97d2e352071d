"""Flapping: an alert that fires and ends again and again. Pure.

It is judged from the moments at which the alert of one fingerprint fired or ended, so that nothing has to be kept
about it and a restart forgets nothing.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gamepilot_mon.clock import HOUR_MS, MINUTE_MS

TRANSITIONS = 6  # more than so many …
SPAN_MS = 30 * MINUTE_MS  # … inside this span are flapping …
CALM_MS = 10 * MINUTE_MS  # … until there was none for so long
LOOK_BACK_MS = 6 * HOUR_MS  # how far back moments are looked at


@dataclass(frozen=True, slots=True)
class Flapping:
    """It flaps since `since`, and until `until` if nothing more happens; `count` changes in the last span."""

    since: int
    until: int
    count: int


def flapping(moments: Sequence[int], now: int) -> Flapping | None:
    """Whether a fingerprint with these transitions, oldest first, flaps at `now`."""
    run: list[int] = []  # the transitions without a calm between them
    since = None
    for at in moments:
        if run and at - run[-1] >= CALM_MS and since is not None:
            run, since = [], None
        run = [*run, at] if since is not None else [*(m for m in run if at - m < SPAN_MS), at]
        if since is None and len(run) > TRANSITIONS:
            since = at
    if since is None or now - run[-1] >= CALM_MS:
        return None
    return Flapping(since, run[-1] + CALM_MS, sum(now - at < SPAN_MS for at in run))


def spells(moments: Iterable[int]) -> Iterator[tuple[int, int]]:
    """(since, last transition) of each time that a fingerprint flapped; its transitions come oldest first."""
    recent: deque[int] = deque()  # the transitions of the last span
    since = None
    for at in moments:
        if since is not None and at - recent[-1] >= CALM_MS:
            yield since, recent[-1]
            since = None
            recent.clear()
        while recent and at - recent[0] >= SPAN_MS:
            recent.popleft()
        recent.append(at)
        if since is None and len(recent) > TRANSITIONS:
            since = at
    if since is not None:
        yield since, recent[-1]
