"""The section `rules`: the stored rules, by name. A rule that it leaves out is removed."""

from typing import Any

from gamepilot_mon import rule_spec, stored_rules
from gamepilot_mon.rule_spec import Refused, Spec
from gamepilot_mon.runtime_config import Problem
from gamepilot_mon.settings import Settings


class Rules:
    name = "rules"

    def state(self, settings: Settings) -> dict[str, Any]:
        return {name: rule_spec.document(spec) for name, spec in stored_rules.specs().items()}

    def secret(self, path: tuple[str, ...]) -> bool:
        return False

    def apply(self, settings: Settings, wanted: Any, author: str, now: int) -> None:
        specs = parsed(wanted)
        for name in stored_rules.specs().keys() - specs.keys():
            stored_rules.remove(name, author, now)
        for name, spec in specs.items():
            stored_rules.put(name, spec, author, now)


def parsed(wanted: Any) -> dict[str, Spec]:
    """The rules of a mapping. Raises Problem with what is wrong with any of them."""
    if not isinstance(wanted, dict | None):
        raise Problem([("", "must be a mapping of names to rules")])
    specs: dict[str, Spec] = {}
    errors: list[tuple[str, str]] = []
    for name, document in (wanted or {}).items():
        try:
            stored_rules.require_free(name)
            specs[name] = rule_spec.parse(document)
        except Refused as refused:
            errors += [(f"/{name}{_inside(pointer)}", detail) for pointer, detail in refused.errors]
    if errors:
        raise Problem(errors)
    return specs


def _inside(pointer: str) -> str:
    return "" if pointer == "/name" else pointer
