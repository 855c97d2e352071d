"""The page of one rule: its draft with what it would have told, its state, and who changed it how."""

from collections.abc import Iterator
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel

from gamepilot_mon import (
    look_back,
    measures,
    rule_listing,
    rule_spec,
    rule_states,
    runtime_config,
    stored_rules,
)
from gamepilot_mon.clock import DAY_MS, iso, time_zone
from gamepilot_mon.models import ConfigVersion, RuleVersion
from gamepilot_mon.rule_spec import Refused
from gamepilot_mon.runtime_config import RuntimeConfig
from gamepilot_mon.runtime_config.documents import differences
from gamepilot_mon.settings import Settings
from gamepilot_mon.timeline.names import names as metric_names
from gamepilot_mon.web.pages import rule_drafts, rule_fields, rule_figure
from gamepilot_mon.web.pages.rule_drafts import Draft

PERIODS = {"24h": 1, "7d": 7, "30d": 30}  # days
SUGGESTED_MOST = 300  # metrics
VERSIONS_LOOKED_AT = 500  # of the configuration, for those that changed a built-in rule


class View(BaseModel):
    """How the preview looks back."""

    period: Literal["24h", "7d", "30d"] = "24h"
    night_zone: str = "UTC"

    @property
    def days(self) -> int:
        return PERIODS[self.period]

    def where(self) -> ZoneInfo:
        try:
            return time_zone(self.night_zone)
        except ValueError:
            return ZoneInfo("UTC")


def spans_of(settings: Settings) -> tuple[int, int]:
    return settings.window_fast_ms, settings.window_slow_ms


def find(settings: Settings, name: str) -> Draft | None:
    """The rule as it is stored."""
    if name in measures.BUILT_IN:
        config = runtime_config.current(settings).config
        return rule_drafts.of_built_in(name, config, spans_of(settings))
    row = stored_rules.get(name)
    try:
        return rule_drafts.of_stored(name, rule_spec.parse(row.spec)) if row else None
    except Refused as error:
        return Draft("threshold", name, rule_drafts.blank("threshold", {}).values, {"": str(error)})


def build(settings: Settings, draft: Draft, view: View, now: int) -> dict[str, Any]:
    config = runtime_config.current(settings).config
    is_built_in = draft.kind == "built_in"
    row = stored_rules.get(draft.name) if draft.name and not is_built_in else None
    return {
        "draft": draft, "view": view, "periods": list(PERIODS), "named": rule_fields.NAMED,
        "said_of_kinds": rule_fields.SAID_OF_KINDS,
        "figure": _figure(draft, config, view, now), "was": _was(settings, draft, config, view, now),
        "state": _state(settings, draft, config, now),
        "version": row.version if row else "",
        "versions": list(_config_changes(draft.name) if is_built_in else _changes(draft.name)) if draft.name else [],
        "metrics": [each["name"] for each in metric_names()[:SUGGESTED_MOST]],
        "zones": sorted(available_timezones()) if draft.kind == "rhythm" else [],
        "built_in_title": measures.rules(config)[draft.name].title if is_built_in and draft.name else None,
    }  # fmt: skip


def _figure(draft: Draft, config: RuntimeConfig, view: View, now: int) -> dict[str, Any] | None:
    if draft.watch is None:
        return None
    inputs = {field.name for field in rule_fields.fields_of(draft.sections)}
    found = look_back.of(draft.watch, config, now - view.days * DAY_MS, now)
    return rule_figure.draw(found, view.where(), inputs)


def _was(settings: Settings, draft: Draft, config: RuntimeConfig, view: View, now: int) -> int | None:
    """How often the rule as it is stored would have paged, when that is another one."""
    stored = find(settings, draft.name) if draft.name and draft.watch else None
    if stored is None or stored.watch is None or stored.watch == draft.watch:
        return None
    return len(look_back.of(stored.watch, config, now - view.days * DAY_MS, now).pages)


def _state(settings: Settings, draft: Draft, config: RuntimeConfig, now: int) -> dict[str, Any] | None:
    """What the stored rule says now."""
    stored = find(settings, draft.name) if draft.name else None
    if stored is None or draft.name is None:
        return None
    is_own = stored.spec is not None
    enabled = [stored.watch] if stored.spec and stored.spec.enabled and stored.watch else []
    state = rule_states.of([draft.name], config, spans_of(settings), enabled, now)[draft.name]
    return {
        "word": state.word, "severity": state.severity, "value": state.value, "targets": state.targets,
        "reason": state.verdict.message if state.verdict else None, "open_alerts": state.open_alerts,
        "last_fired": iso(state.last_fired) if state.last_fired is not None else None, "is_own": is_own,
        "enabled": not is_own or bool(stored.spec and stored.spec.enabled),
    }  # fmt: skip


def _changes(name: str) -> Iterator[dict[str, Any]]:
    """Who changed a stored rule and how, newest first."""
    for row in RuleVersion.of(name, rule_listing.CHANGES):
        yield {
            "number": row.id, "at": iso(row.created_at), "author": row.author,
            "is_new": row.old is None, "is_removal": row.new is None,
            "diff": [_step(*each) for each in differences(row.old or {}, row.new or {})] if row.old and row.new else [],
        }  # fmt: skip


def _step(path: tuple[str, ...], old: Any, new: Any) -> dict[str, str | None]:
    return {"what": ".".join(path), "old": _plain(old), "new": _plain(new)}


def _plain(value: Any) -> str | None:
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return None if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _config_changes(name: str) -> Iterator[dict[str, Any]]:
    """The versions of the configuration that changed a built-in rule, newest first."""
    wanted = rule_drafts.pointers(name)
    rows = ConfigVersion.select().order_by(ConfigVersion.id.desc()).limit(VERSIONS_LOOKED_AT)
    found = [(row, [each for each in row.diff if each["pointer"] in wanted]) for row in rows]
    for row, diff in [pair for pair in found if pair[1]][: rule_listing.CHANGES]:
        yield {
            "number": row.id, "at": iso(row.created_at), "author": row.author, "is_new": False, "is_removal": False,
            "diff": [
                {"what": each["pointer"].rpartition("/")[2], "old": _plain(each["old"]), "new": _plain(each["new"])}
                for each in diff
            ],
        }  # fmt: skip


def as_after(settings: Settings, name: str, version: int) -> dict[str, Any]:
    """What a built-in rule was after a version of the configuration, as a change that puts it back.

    Raises KeyError for a version that there is not.
    """
    row = ConfigVersion.get_or_none(ConfigVersion.id == version)
    if row is None:
        raise KeyError(version)
    return rule_drafts.partial_of(name, runtime_config.as_of(settings, row.created_at).document)
