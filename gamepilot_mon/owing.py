"""Who is owed what about an alert: routes and steps, what was told, what mutes it. And putting it into the outbox."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gamepilot_mon import destinations, escalation, outbox, runtime_config, silences
from gamepilot_mon.escalation import Course, Hears, Route, Waits
from gamepilot_mon.lifted import NOTHING, Lifted
from gamepilot_mon.models import Alert
from gamepilot_mon.mutes import Muted
from gamepilot_mon.muting import Muting
from gamepilot_mon.outbox import Owed
from gamepilot_mon.paging import Hold, Send
from gamepilot_mon.runtime_config import RuntimeConfig
from gamepilot_mon.settings import Settings

# The type of an alert about a channel that lost messages; it is told by the other channels.
DELIVERY_FAILED = "delivery_failed"


def earliest(holds: Iterable[int | None]) -> int | None:
    return min((hold for hold in holds if hold is not None), default=None)


def notify(settings: Settings, config: RuntimeConfig, alert: Alert, now: int) -> int | None:
    """Put into the outbox what `alert` owes, inside the caller's write(); returns when to ask again."""
    return notify_all(settings, [alert], Ledger.of([alert], config, now), now)[0]


def notify_all(
    settings: Settings, of_alerts: Sequence[Alert], ledger: "Ledger", now: int, over: Lifted = NOTHING
) -> list[int | None]:
    """notify() for many; `over` says which silences have ended."""
    rows, holds = [], []
    for alert in of_alerts:
        owed, again = ledger.owing(alert, now)
        rows += outbox.owed_rows(alert, owed, now, settings.public_url, over.cause_for(alert))
        holds.append(again)
    outbox.store(rows)
    return holds


@dataclass(frozen=True, slots=True)
class Ledger:
    """What decides who is owed what, read once for many alerts."""

    config: RuntimeConfig
    channels: list[str]
    routes: tuple[Route, ...]
    told: outbox.Told
    muting: Muting

    @classmethod
    def of(cls, of_alerts: Iterable[Alert], config: RuntimeConfig, now: int) -> "Ledger":
        known = list(of_alerts)
        told = outbox.told(known, runtime_config.changed_at())
        return cls(config, destinations.enabled(config), config.routing, told, Muting.of(known, now))

    def owing(self, alert: Alert, now: int) -> tuple[list[Owed], int | None]:
        """What is owed now, and when to ask again."""
        audience, muted = self.audience(alert, now), self.muting.muted(alert, now)
        found = self._decided(alert, audience, muted, now)
        owed = [
            _owed(alert, name, decision.change, audience[name], muted)
            for name, decision in found.items()
            if isinstance(decision, Send)
        ]
        holds = [decision.until for decision in found.values() if isinstance(decision, Hold)]
        steps = [hearing.next_at for hearing in audience.values() if isinstance(hearing, Hears)]
        return owed, earliest([*holds, *steps])

    def decisions(self, alert: Alert, now: int) -> dict[str, Send | Hold]:
        """For each channel what it is owed now, or why it is not."""
        found = self._decided(alert, self.audience(alert, now), self.muting.muted(alert, now), now)
        return {name: found.get(name, Hold("the alert is about this channel")) for name in self.channels}

    def audience(self, alert: Alert, now: int) -> dict[str, Hears | Waits]:
        """Which channels hear of it now. Of an end all of them do who heard of the start."""
        about = alert.labels.get("channel") if alert.type == DELIVERY_FAILED else None
        listening = [name for name in self.channels if name != about]
        if alert.status == "resolved":
            return {name: Hears() for name in listening}
        course = self._course(alert, now)
        found = escalation.audience(self.routes, silences.facts(alert), listening, course, now)
        # What tells of a broken channel must not depend on that channel alone.
        return found if about is None or _reaches_any(found) else {name: Hears() for name in listening}

    def _course(self, alert: Alert, now: int) -> Course:
        heard = frozenset(name for name in self.channels if self._heard(name, alert))
        if alert.status == "acknowledged":
            return Course(alert.fired_at or now, heard, alert.acknowledged_at)
        # Given back, it starts anew: nobody has acknowledged it since then.
        return Course(max(alert.fired_at or now, alert.acknowledged_until or 0), heard)

    def _heard(self, name: str, alert: Alert) -> bool:
        last = self.told.get((alert.fingerprint, name), (None, None, None))[0]
        return last is not None and last.alert_id == alert.id and last.change != "resolved"

    def _decided(
        self, alert: Alert, audience: outbox.Audience, muted: Muted | None, now: int
    ) -> dict[str, Send | Hold]:
        cooldown_ms, repeat_ms = self.config.cooldown_ms, self.config.repeat_interval_ms
        return outbox.decisions(alert, self.told, audience, cooldown_ms, repeat_ms, now, muted)


def _reaches_any(audience: outbox.Audience) -> bool:
    return any(isinstance(hearing, Hears) or hearing.by for hearing in audience.values())


def _owed(alert: Alert, name: str, change: str, hearing: Hears | Waits, muted: Muted | None) -> Owed:
    if isinstance(hearing, Waits) or alert.status == "resolved":
        return Owed(name, change, _although(muted))
    because = hearing.because() if change in ("firing", "repeat") else None
    notes = [note for note in (because, _although(muted)) if note]
    return Owed(name, change, "; ".join(notes) or None, hearing.by)


def _although(muted: Muted | None) -> str | None:
    """What a message that goes out although the alert is muted says about that."""
    return muted.reason if muted and muted.since is not None else None
