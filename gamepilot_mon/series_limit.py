"""The series limit: the alert about a source that wants more series than it may have.

One alert a source, type `series_limit`; it ends by itself once the source has kept to its limit for a while.
"""

from gamepilot_mon import alerts, db, owing, runtime_config
from gamepilot_mon.clock import MINUTE_MS
from gamepilot_mon.models import Alert, SourceExcess
from gamepilot_mon.runtime_config import RuntimeConfig
from gamepilot_mon.settings import Settings

TYPE = "series_limit"
KEPT_TO_MS = 10 * MINUTE_MS


def report(settings: Settings, now: int) -> int:
    """Raise and end the alerts that are due; opens a write() only when there is one. Returns how many."""
    if not _due(now):
        return 0
    with db.write():
        due = _due(now)  # again under the write lock: more may have come meanwhile
        config = runtime_config.current(settings).config
        standing = {row.labels.get("source"): row for row in _open()}
        for one in due:
            if _kept_to(one, now):
                _end(standing.get(one.source), settings, config, now)
            else:
                owing.notify(settings, config, _raise(one, settings.incident_gap_ms, now), now)
        ended = [one.source for one in due if _kept_to(one, now)]
        SourceExcess.delete().where(SourceExcess.source.in_(ended)).execute()
    return len(due)


def _due(now: int) -> list[SourceExcess]:
    """The sources that have no alert yet, and those that have kept to their limit for long enough."""
    standing = {row.labels.get("source") for row in _open()}
    return [one for one in SourceExcess.select() if _kept_to(one, now) or one.source not in standing]


def _kept_to(excess: SourceExcess, now: int) -> bool:
    return now - excess.at >= KEPT_TO_MS


def _open() -> list[Alert]:
    return list(Alert.select().where(Alert.ended_at.is_null() & (Alert.type == TYPE)))


def _raise(excess: SourceExcess, gap_ms: int, now: int) -> Alert:
    labels = {"source": excess.source}
    return alerts.raise_custom(
        type_=TYPE, severity="warning", value=float(excess.count), threshold=None, metadata={}, labels=labels,
        message=f"{excess.name} sends more different series than one source may make; the new ones are refused or "
        "counted as other",
        identity=alerts.fingerprint(TYPE, labels), now=now, gap_ms=gap_ms,
    )  # fmt: skip


def _end(alert: Alert | None, settings: Settings, config: RuntimeConfig, now: int) -> None:
    if alert is not None:
        alerts.close(alert, now)
        owing.notify(settings, config, alert, now)
