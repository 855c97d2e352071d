"""Muting: everything that may hold messages back now, read once for many alerts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import peewee

from gamepilot_mon import dependencies, maintenance, mutes, silences
from gamepilot_mon.flapping import LOOK_BACK_MS, Flapping, flapping
from gamepilot_mon.identity import fingerprint
from gamepilot_mon.models import Alert, Check
from gamepilot_mon.mutes import Muted, Parent, Span

CHUNK = 500  # fingerprints a query


@dataclass(frozen=True, slots=True)
class Muting:
    spans: list[Span]
    down: Mapping[str, Parent]  # checks that are down, by name
    parents: Mapping[str, str]  # check -> the check it depends on
    flapping: Mapping[str, Flapping]  # by fingerprint

    @classmethod
    def of(cls, alerts: Iterable[Alert], now: int) -> "Muting":
        down = _down(Alert.ended_at.is_null())
        parents = Check.parents() if down else {}
        flaps = {
            fingerprint: found
            for fingerprint, moments in _transitions({a.fingerprint for a in alerts}, now).items()
            if (found := flapping(moments, now))
        }
        return cls([*silences.holding(now), *maintenance.holding(now)], down, parents, flaps)

    @classmethod
    def at(cls, fingerprint: str, at: int) -> "Muting":
        """What could hold back messages about a fingerprint at a moment that has passed."""
        down = _down(Alert.started_at <= at, Alert.ended_at.is_null() | (Alert.ended_at > at))
        moments = [moment for moment in _transitions({fingerprint}, at).get(fingerprint, []) if moment <= at]
        flaps = flapping(moments, at)
        spans = [*silences.holding(at), *maintenance.holding(at)]
        return cls(spans, down, Check.parents() if down else {}, {fingerprint: flaps} if flaps else {})

    def muted(self, alert: Alert, now: int) -> Muted | None:
        """What holds back the messages about `alert`."""
        return mutes.muted(
            silences.facts(alert), self.spans, now, self._behind(alert), self.flapping.get(alert.fingerprint)
        )

    def of_check(self, check: str, now: int) -> Muted | None:
        """What would hold back the message that a check is down."""
        told = {"type": "system_down", "severity": "critical", "check": check}
        flaps = self.flapping.get(fingerprint("system_down", {"check": check}))
        return mutes.muted(told, self.spans, now, self._parents_of(check), flaps)

    def _behind(self, alert: Alert) -> list[Parent]:
        return self._parents_of(alert.labels.get("check", "")) if alert.type == "system_down" else []

    def _parents_of(self, check: str) -> list[Parent]:
        return [self.down[name] for name in dependencies.ancestors(check, self.parents) if name in self.down]


def _down(*when: peewee.Expression) -> dict[str, Parent]:
    """A first failure counts: what stands behind waits for the second look with it."""
    rows = Alert.select(Alert.id, Alert.labels).where(Alert.type == "system_down", *when)
    return {
        row.labels["check"]: Parent(row.labels["check"], row.id) for row in rows if row.labels.get("check")
    }


def _transitions(fingerprints: set[str], now: int) -> dict[str, list[int]]:
    """When the alerts of these fingerprints fired or ended lately, oldest first."""
    moments: dict[str, list[int]] = {}
    ordered = sorted(fingerprints)
    for start in range(0, len(ordered), CHUNK):
        rows = Alert.select(Alert.fingerprint, Alert.fired_at, Alert.ended_at).where(
            Alert.fingerprint.in_(ordered[start : start + CHUNK]) & (Alert.fired_at >= now - LOOK_BACK_MS)
        )
        for row in rows:
            seen = moments.setdefault(row.fingerprint, [])
            seen += [at for at in (row.fired_at, row.ended_at) if at is not None]
    return {fingerprint: sorted(seen) for fingerprint, seen in moments.items()}
