"""Retention: bounded deletes of what is past its keep, so that no write lasts long.

Raw events are kept for `raw_history_ms`, and in any case until they are folded. They go from the lowest id on, which
needs no index: ids rise with the time of receipt. What was stamped by a clock that was wrong by more than the keep
goes as well, for it would hold back everything behind it. What happened (alerts,
notifications, attempts, observations, broadcasts, silences, maintenance, notes) is kept for `history_ms`, the audit log
for `audit_history_ms`; what is open is never deleted.
"""

from itertools import takewhile
from typing import Any

import peewee

from gamepilot_mon import event_stretches, rollups
from gamepilot_mon.clock import HOUR_MS
from gamepilot_mon.error_groups import folding as error_folding
from gamepilot_mon.error_groups import keeping as error_keeping
from gamepilot_mon.models.alert import Alert
from gamepilot_mon.models.attempt import Attempt
from gamepilot_mon.models.audit_entry import AuditEntry
from gamepilot_mon.models.broadcast import Broadcast
from gamepilot_mon.models.cursor import Cursor
from gamepilot_mon.models.event import Event
from gamepilot_mon.models.explanation import Explanation
from gamepilot_mon.models.feed_item import FeedItem
from gamepilot_mon.models.incident import Incident
from gamepilot_mon.models.incident_note import IncidentNote
from gamepilot_mon.models.maintenance import Maintenance
from gamepilot_mon.models.note import Note
from gamepilot_mon.models.notification import Notification
from gamepilot_mon.models.observation import Observation
from gamepilot_mon.models.push_result import PushResult
from gamepilot_mon.models.record import Record
from gamepilot_mon.models.session import Session
from gamepilot_mon.models.sign_in_link import SignInLink
from gamepilot_mon.models.silence import Silence
from gamepilot_mon.models.source_series import SourceSeries
from gamepilot_mon.moods import folding as mood_folding
from gamepilot_mon.moods import keeping as mood_keeping
from gamepilot_mon.settings import Settings
from gamepilot_mon.sources.allowance import FORGOTTEN_MS

FEED_MS = 6 * HOUR_MS  # how long a client may be away and still resume without a gap
# Who must have read an event before it goes.
FOLDED_BY = (rollups.CURSOR, error_folding.STREAM.name, mood_folding.STREAM.name)
ENDED_MS = HOUR_MS  # how long an ended session or a used link can still be told from an unknown one


def prune(settings: Settings, now: int, *, limit: int = 1_000) -> dict[str, int]:
    """Delete up to `limit` rows of each table inside the caller's write(); returns {table: rows deleted}.

    A table that reaches `limit` may have more to delete: call again, in another write().
    """
    history, ended = now - settings.history_ms, now - ENDED_MS
    return {
        "events": prune_events(settings, now, limit=limit),
        "event_stretches": event_stretches.prune(),
        "observations": _delete(Observation, Observation.at < history, Observation.at, limit),
        "attempts": _delete(Attempt, _settled_attempts(history), Attempt.started_at, limit),
        "notifications": _delete(Notification, _settled(history), Notification.id, limit),
        "push_results": _delete(PushResult, PushResult.at < history, PushResult.at, limit),
        "alerts": _delete(Alert, _resolved(history), Alert.started_at, limit),
        "incidents": _delete(Incident, _deserted(history), Incident.changed_at, limit),
        "incident_notes": _delete(IncidentNote, _of_no_incident(history), IncidentNote.id, limit),
        "broadcasts": _delete(Broadcast, Broadcast.at < history, Broadcast.at, limit),
        "explanations": _delete(Explanation, _unowned(history), Explanation.at, limit),
        "notes": _delete(Note, _orphaned(history), Note.at, limit),
        "silences": _delete(Silence, Silence.ends_at < history, Silence.ends_at, limit),
        "maintenance": _delete(Maintenance, Maintenance.ends_at < history, Maintenance.ends_at, limit),
        "audit": _delete(AuditEntry, AuditEntry.at < now - settings.audit_history_ms, AuditEntry.at, limit),
        "feed": _prune_feed(now - FEED_MS, limit),
        "sessions": _delete(
            Session, (Session.expires_at < now) | (Session.ended_at < ended), Session.id, limit
        ),
        "links": _delete(
            SignInLink, (SignInLink.expires_at < ended) | (SignInLink.used_at < ended), SignInLink.id, limit
        ),
        "source_series": _forget_series(now - FORGOTTEN_MS, limit),
        "rollups": rollups.prune(now, limit=limit),
        "moods": mood_keeping.prune(now, limit=limit),
        "error_groups": error_keeping.prune(settings.history_ms, now, limit=limit),
    }


def prune_events(settings: Settings, now: int, *, limit: int) -> int:
    """Delete up to `limit` of the oldest events inside the caller's write(); returns how many."""
    last = _last_past(now, settings.raw_history_ms, limit)
    return int(Event.delete().where(Event.id <= last).execute()) if last is not None else 0


def late_ms(settings: Settings, now: int) -> int:
    """How long the oldest event has been past its keep."""
    oldest: int | None = Event.select(Event.received_at).order_by(Event.id).limit(1).scalar()
    return 0 if oldest is None else max(0, now - settings.raw_history_ms - oldest)


def _last_past(now: int, kept_ms: int, limit: int) -> int | None:
    """The id up to which every event is past its keep, among the `limit` oldest that are folded."""
    folded = min(Cursor.read(name) for name in FOLDED_BY)
    rows: Any = Event.select(Event.id, Event.received_at).where(Event.id <= folded)
    oldest = list(rows.order_by(Event.id).limit(limit).tuples())
    past = list(takewhile(lambda row: not now - kept_ms <= row[1] <= now + kept_ms, oldest))
    return past[-1][0] if past else None


def _settled(before: int) -> peewee.Expression:
    """An open alert keeps its notifications: they tell who has to hear of its end."""
    still_open = Alert.select(Alert.id).where(Alert.ended_at.is_null())
    return (Notification.settled_at < before) & (
        Notification.alert_id.is_null() | Notification.alert_id.not_in(still_open)
    )


def _settled_attempts(before: int) -> peewee.Expression:
    owed = Notification.select(Notification.id).where(Notification.settled_at.is_null())
    return (Attempt.started_at < before) & Attempt.notification_id.not_in(owed)


def _resolved(before: int) -> peewee.Expression:
    return (Alert.started_at < before) & (Alert.ended_at < before)


def _orphaned(before: int) -> peewee.Expression:
    """Notes stay as long as their alert."""
    return (Note.at < before) & Note.alert_id.not_in(Alert.select(Alert.id))


def _deserted(before: int) -> peewee.Expression:
    """Incidents stay as long as one of their alerts."""
    kept = Alert.select(Alert.incident_id).where(Alert.incident_id.is_null(False))
    deserted: peewee.Expression = (Incident.changed_at < before) & Incident.id.not_in(kept)
    return deserted


def _of_no_incident(before: int) -> peewee.Expression:
    old: peewee.Expression = IncidentNote.at < before
    return old & IncidentNote.incident_id.not_in(Incident.select(Incident.id))


def _unowned(before: int) -> peewee.Expression:
    """Explanations too."""
    return (Explanation.at < before) & Explanation.alert_id.not_in(Alert.select(Alert.id))


def _prune_feed(before: int, limit: int) -> int:
    """From the oldest on and without a hole, so that first_id() tells what is kept; the newest stays."""
    newest = FeedItem.select(peewee.fn.MAX(FeedItem.id)).scalar()
    oldest = FeedItem.select(FeedItem.id, FeedItem.at).order_by(FeedItem.id).limit(limit)
    old = [item.id for item in takewhile(lambda item: item.at < before and item.id != newest, oldest)]
    return int(FeedItem.delete().where(FeedItem.id <= old[-1]).execute()) if old else 0


def _forget_series(before: int, limit: int) -> int:
    """Its key is two columns, and its rows are a thousand a source at most."""
    old = SourceSeries.select(SourceSeries.source).where(SourceSeries.seen_at < before).limit(limit)
    sources = {row.source for row in old}
    forgotten = SourceSeries.source.in_(sources) & (SourceSeries.seen_at < before)
    return int(SourceSeries.delete().where(forgotten).execute()) if sources else 0


def _delete(table: type[Record], old: peewee.Expression, order: peewee.Field, limit: int) -> int:
    """The rows of `old`, those that come first in `order`, which names the index to walk."""
    key: peewee.Field = table._meta.primary_key  # type: ignore[assignment]
    rows: list[tuple[int]] = list(table.select(key).where(old).order_by(order).limit(limit).tuples())  # type: ignore[arg-type]
    ids = [id_ for (id_,) in rows]
    return int(table.delete().where(key.in_(ids)).execute()) if ids else 0
