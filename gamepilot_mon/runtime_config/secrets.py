"""Secrets in the document: shown as ***, and *** from outside means that they stay as they are."""

from collections.abc import Mapping
from typing import Any

from gamepilot_mon import channels
from gamepilot_mon.channels import options_of
from gamepilot_mon.runtime_config.documents import Path
from gamepilot_mon.runtime_config.origins import WELL_KNOWN

MASK = "***"
_SHOWN = frozenset({"kind", "enabled", "failover"})  # of a channel whose kind is not installed


def paths(*documents: Mapping[str, Any]) -> frozenset[Path]:
    """Where there are secrets in any of `documents`, those of the well-known channels in any case."""
    found: set[Path] = {(name, secret) for name in WELL_KNOWN for secret in _of_kind(name, {})}
    for document in documents:
        for name, part in _further(document).items():
            found |= {("channels", name, secret) for secret in _of_kind(part.get("kind"), part)}
    return frozenset(found)


def may_be_secret(path: Path) -> bool:
    """Without the document: of a further channel, whatever is not known to be open in some kind."""
    if path[:1] != ("channels",) or len(path) < 3:
        return path in paths()
    kinds = [options_of(plugin) for plugin in channels.installed().values()]
    known = {field.alias or name for kind in kinds for name, field in kind.model_fields.items()}
    return path[2] not in known - {secret for kind in kinds for secret in kind.secrets()}


def masked(document: Mapping[str, Any], secret: frozenset[Path], prefix: Path = ()) -> dict[str, Any]:
    return {
        name: masked(value, secret, (*prefix, name))
        if isinstance(value, dict)
        else mask((*prefix, name), value, secret)
        for name, value in document.items()
    }


def mask(path: Path, value: Any, secret: frozenset[Path]) -> Any:
    if isinstance(value, dict):
        return masked(value, secret, path)
    return MASK if path in secret and value else value


def unmasked(partial: Mapping[str, Any], secret: frozenset[Path], prefix: Path = ()) -> dict[str, Any]:
    """`partial` without the secrets that stay as they are."""
    return {
        name: unmasked(value, secret, (*prefix, name)) if isinstance(value, dict) else value
        for name, value in partial.items()
        if not ((*prefix, name) in secret and value == MASK)
    }


def _further(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    named = document.get("channels")
    if not isinstance(named, dict):
        return {}
    return {name: part for name, part in named.items() if isinstance(part, dict)}


def _of_kind(kind: Any, part: Mapping[str, Any]) -> frozenset[str]:
    plugin = channels.installed().get(kind) if isinstance(kind, str) else None
    return options_of(plugin).secrets() if plugin else frozenset(part) - _SHOWN
