"""The section `config`: the overrides of the runtime configuration. What it leaves out comes from the settings."""

from collections.abc import Iterator, Mapping
from typing import Any

from gamepilot_mon import runtime_config
from gamepilot_mon.runtime_config import SECRETS, Problem, merge
from gamepilot_mon.settings import Settings

Path = tuple[str, ...]


class Runtime:
    name = "config"

    def state(self, settings: Settings) -> dict[str, Any]:
        return runtime_config.current(settings).override

    def secret(self, path: Path) -> bool:
        return path in SECRETS

    def apply(self, settings: Settings, wanted: Any, author: str, now: int) -> None:
        if not isinstance(wanted, dict | None):
            raise Problem([("", "must be a mapping")])
        kept = set(_leaves(wanted or {}))
        gone: dict[str, Any] = {}
        for path in _leaves(self.state(settings)):
            if path not in kept:
                gone = merge(gone, _nested(path, None))  # null takes an override back
        runtime_config.change(settings, merge(gone, wanted or {}), author, now)


def _leaves(document: Mapping[str, Any], prefix: Path = ()) -> Iterator[Path]:
    for name, value in document.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*prefix, name))
        else:
            yield (*prefix, name)


def _nested(path: Path, value: Any) -> dict[str, Any]:
    for name in reversed(path):
        value = {name: value}
    found: dict[str, Any] = value
    return found
