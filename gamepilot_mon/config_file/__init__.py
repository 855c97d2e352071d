"""The configuration file: what people change, written down as one YAML document, and put in force again.

A section is one kind of thing that can be configured. The plan is found by rehearsal: the file is applied inside a
transaction that is taken back, and what would be different is the plan. So a plan can promise nothing that applying
would not do, and a file that is refused has changed nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gamepilot_mon import db
from gamepilot_mon.config_file.document import Document, Wrong, text_of
from gamepilot_mon.config_file.rules import Rules
from gamepilot_mon.config_file.runtime import Runtime
from gamepilot_mon.runtime_config import Problem
from gamepilot_mon.runtime_config.secrets import MASK
from gamepilot_mon.settings import Settings

Path = tuple[str, ...]


class Section(Protocol):
    """`name` is its key in the file. A file without the section leaves it as it is."""

    name: str

    def state(self, settings: Settings) -> dict[str, Any]:
        """What is in force, in the shape of the file, secrets included."""
        ...

    def secret(self, path: Path) -> bool:
        """Whether what stands at `path` is shown as ***; in a file, *** leaves it as it is."""
        ...

    def apply(self, settings: Settings, wanted: Any, author: str, now: int) -> None:
        """Make `wanted` the state, inside the caller's write(). Raises Problem with pointers into `wanted`."""
        ...


SECTIONS: tuple[Section, ...] = (Runtime(), Rules())


@dataclass(frozen=True, slots=True)
class Step:
    """One difference: `+` new, `~` other, `-` gone. Secrets are masked."""

    sign: str
    path: str
    old: Any = None
    new: Any = None

    def __str__(self) -> str:
        if self.sign == "~":
            return f"~ {self.path}: {text_of(self.old)} -> {text_of(self.new)}"
        return f"{self.sign} {self.path}: {text_of(self.new if self.sign == '+' else self.old)}"


class Moved(Exception):
    """What is in force was changed since the plan was made."""


class _Rehearsed(Exception):
    """Takes the rehearsal back."""


def export(settings: Settings) -> dict[str, Any]:
    """Every section, secrets as ***."""
    return {section.name: _masked(section, section.state(settings)) for section in SECTIONS}


def plan(settings: Settings, document: Document, author: str, now: int) -> list[Step]:
    """What applying `document` would change. Raises Wrong with every refused field."""
    steps: list[Step] = []
    try:
        with db.write():
            steps = _apply(settings, document, author, now)
            raise _Rehearsed
    except _Rehearsed:
        return steps


def apply(settings: Settings, document: Document, shown: list[Step], author: str, now: int) -> None:
    """Do what was planned, in one transaction. Raises Moved when that would be something else by now."""
    with db.write():
        if _apply(settings, document, author, now) != shown:
            raise Moved("the configuration was changed in the meantime; look at the plan again")


def _apply(settings: Settings, document: Document, author: str, now: int) -> list[Step]:
    sections = _sections(document)
    before = {section.name: section.state(settings) for section, _ in sections}
    errors: list[tuple[str, str]] = []
    for section, wanted in sections:
        try:
            section.apply(settings, wanted, author, now)
        except Problem as problem:
            errors += [(f"/{section.name}{pointer}", detail) for pointer, detail in problem.errors]
    if errors:
        raise Wrong([document.problem(pointer, detail) for pointer, detail in errors])
    return [
        step
        for section, _ in sections
        for step in _steps(section, before[section.name], section.state(settings), ())
    ]


def _sections(document: Document) -> list[tuple[Section, Any]]:
    known = {section.name: section for section in SECTIONS}
    if not isinstance(document.value, dict):
        raise Wrong([document.problem("", f"must be a mapping with the sections {', '.join(known)}")])
    unknown = [name for name in document.value if name not in known]
    if unknown:
        raise Wrong([document.problem(f"/{name}", "is not a known section") for name in unknown])
    return [(section, document.value[name]) for name, section in known.items() if name in document.value]


def _steps(section: Section, old: Mapping[str, Any], new: Mapping[str, Any], prefix: Path) -> Iterator[Step]:
    for name in sorted({*old, *new}):
        path = (*prefix, name)
        shown = ".".join((section.name, *path))
        if name not in old:
            yield Step("+", shown, new=_masked(section, new[name], path))
        elif name not in new:
            yield Step("-", shown, old=_masked(section, old[name], path))
        elif isinstance(old[name], dict) and isinstance(new[name], dict):
            yield from _steps(section, old[name], new[name], path)
        elif old[name] != new[name]:
            masked = _masked(section, old[name], path), _masked(section, new[name], path)
            yield Step("~", shown, *masked)


def _masked(section: Section, value: Any, path: Path = ()) -> Any:
    if isinstance(value, dict):
        return {name: _masked(section, inner, (*path, name)) for name, inner in value.items()}
    return MASK if value and section.secret(path) else value
