"""What is in force: the settings, overridden by the newest stored version."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from gamepilot_mon import audit, db
from gamepilot_mon.models import ConfigVersion
from gamepilot_mon.runtime_config import secrets
from gamepilot_mon.runtime_config.documents import differences, leaves, merge, minimal, pointer, unknown_to
from gamepilot_mon.runtime_config.model import RuntimeConfig
from gamepilot_mon.runtime_config.origins import MADE_WHILE_RUNNING, ORIGINS, defaults
from gamepilot_mon.runtime_config.parsing import Problem, parse, refuse_new
from gamepilot_mon.settings import Settings

READ_ONLY = frozenset({"version", "sources"})


class VersionMismatch(Exception):
    """Somebody stored another version in between."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A configuration with where it comes from. `version` is 0 while nothing was overridden."""

    config: RuntimeConfig
    document: dict[str, Any]
    override: dict[str, Any]
    version: int
    sources: dict[str, str]  # JSON pointer -> override | environment | .env | file | default

    def public(self) -> dict[str, Any]:
        """The document with its secrets masked, its version, and the source of each value."""
        shown = secrets.masked(self.document, secrets.paths(self.document))
        return {**shown, "version": self.version, "sources": self.sources}


def current(settings: Settings) -> Stored:
    newest = ConfigVersion.newest()
    return _stored(settings, newest.override if newest else {}, newest.id if newest else 0)


def changed_at() -> int:
    """When the newest version was stored, epoch ms; 0 while nothing was overridden."""
    newest = ConfigVersion.newest()
    return newest.created_at if newest else 0


def as_of(settings: Settings, at: int) -> Stored:
    """What was in force at a moment in the past, on top of the settings of today."""
    then = ConfigVersion.select().where(ConfigVersion.created_at <= at)
    row = then.order_by(ConfigVersion.id.desc()).first()
    return _stored(settings, row.override if row else {}, row.id if row else 0)


def _stored(settings: Settings, override: dict[str, Any], version: int) -> Stored:
    document = merge(defaults(settings), override)
    return Stored(parse(document, stored=True), document, override, version, _sources(settings, override))


def _sources(settings: Settings, override: Mapping[str, Any]) -> dict[str, str]:
    found = {pointer(path): settings.source(attribute) for path, attribute in ORIGINS.items()}
    found |= {f"/{name}": "default" for name in MADE_WHILE_RUNNING}
    return found | {pointer(path): "override" for path in leaves(override)}


def change(
    settings: Settings, partial: Any, author: str, now: int, if_versions: Collection[int] | None = None
) -> Stored:
    """Deep-merge `partial` into what is in force and store a new version, inside the caller's write().

    `***` for a secret means unchanged; null takes an override back, or a further channel away. Nothing is stored
    when nothing changes. Raises Problem with every refused field, VersionMismatch when the newest version is none
    of `if_versions`.
    """
    before = current(settings)
    if if_versions is not None and before.version not in if_versions:
        raise VersionMismatch(f"the configuration is at version {before.version} now")
    if not isinstance(partial, dict):
        raise Problem([("", "must be a JSON object")])
    asked = {name: value for name, value in partial.items() if name not in READ_ONLY}
    secret = secrets.paths(before.document, merge(before.document, asked, drop_null=True))
    wanted = secrets.unmasked(asked, secret)
    base = defaults(settings)
    override = minimal(merge(before.override, wanted, drop_null=True), base)
    # Further channels have no place of their own in the settings, so a null in them cannot be told from an unknown one.
    fixed = {name: value for name, value in wanted.items() if name not in MADE_WHILE_RUNNING}
    config = parse(merge(merge(base, override), unknown_to(fixed, base)))
    refuse_new(before.config, config, allow_plain=settings.smtp_allow_plain)
    return _store(settings, before, override, author, now)


def tried(settings: Settings, partial: Mapping[str, Any]) -> RuntimeConfig:
    """What would be in force with `partial` merged in; nothing is stored. Raises Problem."""
    before = current(settings)
    config = parse(merge(before.document, partial))
    refuse_new(before.config, config, allow_plain=settings.smtp_allow_plain)
    return config


def roll_back(settings: Settings, version: int, author: str, now: int, reason: str | None = None) -> Stored:
    """Put an earlier version in force again, as a new one. Raises LookupError for an unknown version."""
    row = ConfigVersion.get_or_none(ConfigVersion.id == version)
    if row is None and version != 0:
        raise LookupError(f"no configuration version {version}")
    override = row.override if row else {}
    parse(merge(defaults(settings), override))
    return _store(settings, current(settings), override, author, now, reason or f"back to version {version}")


def _store(
    settings: Settings,
    before: Stored,
    override: dict[str, Any],
    author: str,
    now: int,
    reason: str | None = None,
) -> Stored:
    diff = _diff(before.document, merge(defaults(settings), override))
    if not diff and override == before.override:
        return before
    row = ConfigVersion.insert(
        created_at=now, author=author, reason=reason, override=override, diff=diff
    ).execute()
    changed = [each["pointer"] for each in diff]
    audit.record("config.changed", f"version {row}", now, changed=changed, reason=reason)
    db.touch("config")
    return _stored(settings, override, int(row))


def _diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    secret = secrets.paths(old, new)
    return [
        {
            "pointer": pointer(path),
            "old": secrets.mask(path, before, secret),
            "new": secrets.mask(path, after, secret),
        }
        for path, before, after in differences(old, new)
    ]
