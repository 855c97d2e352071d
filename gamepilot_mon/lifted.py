"""Lifted: the silences and maintenance windows that have ended since this was last asked.

How far it was asked is a cursor, moved in the transaction that stores what is owed because of them. So whoever dies
before that commit asks the same again, and whoever dies after it has left nothing to ask.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gamepilot_mon import maintenance, silences
from gamepilot_mon.models import Alert, Cursor
from gamepilot_mon.mutes import Span

CURSOR = "mutes_ended"
NAMED = 3


@dataclass(frozen=True, slots=True)
class Lifted:
    """`cause` says what ended, in words, for every alert that it held back."""

    spans: Sequence[Span]
    cause: str

    def cause_for(self, alert: Alert) -> str | None:
        """Why `alert` is told now, when it fired before the end of what held it back."""
        return self.cause if any(held(span, alert) for span in self.spans) else None


NOTHING = Lifted((), "")


def since(now: int) -> list[Span]:
    """Those that ended and were not taken yet."""
    after = Cursor.read(CURSOR)
    return [*silences.ended(after, now), *maintenance.ended(after, now)]


def take(spans: Sequence[Span], alerts: Iterable[Alert]) -> Lifted:
    """Those of `spans` that held back one of `alerts`. Inside the caller's write(), in which since() gave them; they
    are not given again."""
    if not spans:
        return NOTHING
    Cursor.move(CURSOR, max(span.ends_at for span in spans))
    known = list(alerts)
    concerned = [span for span in spans if any(held(span, alert) for alert in known)]
    return Lifted(concerned, cause(concerned))


def held(span: Span, alert: Alert) -> bool:
    fired = alert.fired_at is not None and alert.fired_at < span.ends_at
    return fired and all(matcher.matches(silences.facts(alert)) for matcher in span.matchers)


def cause(spans: Sequence[Span]) -> str:
    """`silence #3 of ada ended`. Pure."""
    names = [f"{span.kind} #{span.id} of {span.author}" for span in spans[:NAMED]]
    if len(spans) > NAMED:
        names.append(f"{len(spans) - NAMED} more")
    return f"{' and '.join(names)} ended" if names else ""
