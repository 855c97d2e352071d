"""The section `config`: the overrides of the runtime configuration. What it leaves out comes from the settings."""

from collections.abc import Mapping
from typing import Any

from gamepilot_mon import runtime_config
from gamepilot_mon.runtime_config import Problem, secrets
from gamepilot_mon.runtime_config.documents import Path, merge
from gamepilot_mon.settings import Settings


class Runtime:
    name = "config"

    def state(self, settings: Settings) -> dict[str, Any]:
        return runtime_config.current(settings).override

    def secret(self, path: Path) -> bool:
        return secrets.may_be_secret(path)

    def apply(self, settings: Settings, wanted: Any, author: str, now: int) -> None:
        if not isinstance(wanted, dict | None):
            raise Problem([("", "must be a mapping")])
        gone = _gone(self.state(settings), wanted or {})
        runtime_config.change(settings, merge(gone, wanted or {}), author, now)


def _gone(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """A null for each override that `new` leaves out, which takes it back."""
    found: dict[str, Any] = {}
    for name, value in old.items():
        if name not in new:
            found[name] = None
        elif isinstance(value, dict) and isinstance(new[name], dict) and (inner := _gone(value, new[name])):
            found[name] = inner
    return found
