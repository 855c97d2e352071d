"""Folding: new error events into their groups, inside one write()."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gamepilot_mon import db
from gamepilot_mon.error_groups import stack
from gamepilot_mon.error_groups.fingerprint import Identity, identify
from gamepilot_mon.error_groups.gathered import Failure, Gathered, worse
from gamepilot_mon.error_groups.samples import keep_samples
from gamepilot_mon.error_groups.versions import Versions
from gamepilot_mon.models import ErrorAction, ErrorGroup, Release
from gamepilot_mon.stream import Row, Stream

STREAM = Stream("error-groups", ("error", "deploy"))
BATCH = 2_000
GROUPS_MAX = 10_000
USERS_MAX = 10_000  # of a group; beyond, "at least so many"
CHUNK = 500
OTHER = Identity("other", "Further kinds of errors", ())

_HOURS = (
    "INSERT INTO error_hour (group_id, hour, count) VALUES (?, ?, ?)"
    " ON CONFLICT (group_id, hour) DO UPDATE SET count = count + excluded.count"
)
_USERS = "INSERT INTO error_user (group_id, user) VALUES (?, ?) ON CONFLICT DO NOTHING"
_VERSIONS = (
    "INSERT INTO error_version (group_id, version, count, first_seen, last_seen) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (group_id, version) DO UPDATE SET count = count + excluded.count,"
    " first_seen = MIN(first_seen, excluded.first_seen), last_seen = MAX(last_seen, excluded.last_seen)"
)


class _Data(msgspec.Struct):
    error: Any = ""
    stack_trace: Any = None
    metadata: Any = None


_data = msgspec.json.Decoder(_Data)


@dataclass(slots=True)
class Folded:
    """`fresh`: groups that were never seen before; `returned`: those that came back after they were resolved."""

    events: int = 0
    more: bool = False
    fresh: list[ErrorGroup] = field(default_factory=list)
    returned: list[ErrorGroup] = field(default_factory=list)


def fold(now: int, *, limit: int = BATCH) -> Folded:
    """Fold the next events into their groups and move the cursor, inside the caller's write()."""
    batch = STREAM.batch(limit)
    folded = Folded(len(batch.rows), batch.more)
    _release(row for row in batch.rows if row.kind == "deploy")
    errors = [row for row in batch.rows if row.kind == "error"]
    if errors:
        versions = Versions([(release.at, release.version) for release in Release.ordered()])
        _store(_gather(errors, versions), versions, folded, now)
        db.touch("errors")
    STREAM.moved(batch.position)
    return folded


def _release(deploys: Iterable[Row]) -> None:
    rows = [{"event_id": row.id, "at": row.at, "version": row.name or ""} for row in deploys]
    if rows:
        Release.insert_many(rows).on_conflict_ignore().execute()


def _gather(rows: Iterable[Row], versions: Versions) -> dict[str, Gathered]:
    found: dict[str, Gathered] = {}
    for row in rows:
        failure = _failure(row, versions)
        identity = identify(failure.operation, failure.error, failure.stack)
        found.setdefault(identity.fingerprint, Gathered(identity, failure.operation)).add(failure)
    return found


def _failure(row: Row, versions: Versions) -> Failure:
    data = _data.decode(row.data) if row.data else _Data()
    return Failure(
        row.id, row.at, row.name or "", row.severity or "error", row.user, versions.of(row.at, data.metadata),
        str(data.error or ""), stack.clipped(_text(data.stack_trace), 16_000), data.metadata,
    )  # fmt: skip


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _store(found: dict[str, Gathered], versions: Versions, folded: Folded, now: int) -> None:
    known = _known([*found, OTHER.fingerprint])
    for fingerprint, gathered in _bounded(found, known).items():
        group = known.get(fingerprint)
        if group is None:
            group = _new(gathered, now)
            folded.fresh.append(group)
        else:
            _seen_again(group, gathered)
            if _returned(group, gathered, versions):
                _reopen(group, gathered, now)
                folded.returned.append(group)
        _detail(group, gathered)


def _known(fingerprints: list[str]) -> dict[str, ErrorGroup]:
    chunks = (fingerprints[start : start + CHUNK] for start in range(0, len(fingerprints), CHUNK))
    return {
        group.fingerprint: group
        for chunk in chunks
        for group in ErrorGroup.select().where(ErrorGroup.fingerprint.in_(chunk))
    }


def _bounded(found: dict[str, Gathered], known: dict[str, ErrorGroup]) -> dict[str, Gathered]:
    """What has no group and gets none any more goes together into the last one."""
    new = [fingerprint for fingerprint in found if fingerprint not in known]
    free = max(0, GROUPS_MAX - ErrorGroup.select().count()) if new else 0
    for fingerprint in new[free:]:
        others = found.setdefault(OTHER.fingerprint, Gathered(OTHER, ""))
        for failure in found.pop(fingerprint).failures:
            others.add(failure)
    return found


def _new(gathered: Gathered, now: int) -> ErrorGroup:
    first, last, identity = gathered.first, gathered.last, gathered.identity
    group: ErrorGroup = ErrorGroup.create(
        fingerprint=identity.fingerprint, operation=gathered.operation, title=identity.title,
        frames=list(identity.frames), severity=gathered.severity, state="open", first_seen=first.at,
        last_seen=last.at, count=len(gathered.failures), users=0, regressions=0, changed_at=now,
    )  # fmt: skip
    keep_samples(group, gathered, None)
    return group


def _seen_again(group: ErrorGroup, gathered: Gathered) -> None:
    keep_samples(group, gathered, (group.first_seen, group.last_seen, group.count))
    group.first_seen = min(group.first_seen, gathered.first.at)
    group.last_seen = max(group.last_seen, gathered.last.at)
    group.count += len(gathered.failures)
    group.severity = worse(group.severity, gathered.severity)


def _returned(group: ErrorGroup, gathered: Gathered, versions: Versions) -> bool:
    """A late report of what happened before it was resolved is none, nor one of a version without the fix."""
    if group.state != "resolved":
        return False
    fix = group.resolved_version
    return any(
        span.last > (group.resolved_at or 0) and (fix is None or versions.holds(version, fix))
        for version, span in gathered.versions.items()
    )


def _reopen(group: ErrorGroup, gathered: Gathered, now: int) -> None:
    group.state, group.changed_at, group.changed_by = "open", now, None
    group.regressions += 1
    group.regressed_at = gathered.last.at
    ErrorAction.create(
        group_id=group.id, at=now, who="the monitor", action="regression", version=gathered.last.version
    )


def _detail(group: ErrorGroup, gathered: Gathered) -> None:
    connection = db.database.connection()
    connection.executemany(_HOURS, [(group.id, hour, count) for hour, count in gathered.hours.items()])
    if gathered.users and group.users < USERS_MAX:
        added = connection.executemany(_USERS, [(group.id, user) for user in gathered.users])
        group.users += added.rowcount
    connection.executemany(
        _VERSIONS,
        [(group.id, v, span.count, span.first, span.last) for v, span in gathered.versions.items() if v],
    )
    group.save()
