"""The form of one channel: an input for each member that people can set, and what was typed as a change. Pure.

Only what differs from what is in force is a change, so that a value of the environment stays the environment's. A
secret is never shown; leaving its input empty keeps it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from gamepilot_mon.channels.options import Options

BESIDE = frozenset({"kind", "enabled", "failover"})  # of every channel, with inputs of their own
YES, NO = "yes", "no"


class Refused(Exception):
    """What was typed cannot be a value: [(member, what is wrong)]."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{member}: {detail}" for member, detail in errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Input:
    """`kind` is text, number, yes, choice, list or secret; `value` is what it shows."""

    member: str
    kind: str
    value: str = ""
    choices: tuple[str, ...] = ()
    is_set: bool = False  # a secret that is there
    error: str = ""


def inputs(model: type[Options], document: Mapping[str, Any]) -> list[Input]:
    """`document` is the channel's part of what is in force; {} for a new one."""
    members = {field.alias or name: field for name, field in model.model_fields.items()}
    return [
        _input(member, field, document.get(member))
        for member, field in members.items()
        if member not in BESIDE
    ]


def _input(member: str, field: FieldInfo, value: Any) -> Input:
    if not field.repr:
        return Input(member, "secret", is_set=bool(value))
    kind, choices = _kind(field.annotation)
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    return Input(member, kind, _shown(default if value is None else value), choices)


def _kind(annotation: Any) -> tuple[str, tuple[str, ...]]:
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _kind(next(each for each in get_args(annotation) if each is not NoneType))
    if get_origin(annotation) is Literal:
        return "choice", get_args(annotation)
    if get_origin(annotation) is list:
        return "list", ()
    return {bool: "yes", int: "number"}.get(annotation, "text"), ()


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list):
        return "\n".join(str(each) for each in value)
    return "" if value is None else str(value)


def typed(shown: Sequence[Input], form: Mapping[str, str]) -> list[Input]:
    """The inputs with what was typed into them; a secret is not shown again."""
    return [
        each if each.kind == "secret" else replace(each, value=form.get(each.member, each.value))
        for each in shown
    ]


def with_errors(shown: Sequence[Input], errors: Mapping[str, str]) -> list[Input]:
    return [replace(each, error=errors.get(each.member, "")) for each in shown]


def change(shown: Sequence[Input], form: Mapping[str, str]) -> dict[str, Any]:
    """What the form changes of the channel: {member: value}, null for an emptied one. Raises Refused."""
    wrong: list[tuple[str, str]] = []
    found: dict[str, Any] = {}
    for each in shown:
        text = form.get(each.member, each.value).replace("\r\n", "\n").strip()
        if text == each.value.strip() or (each.kind == "secret" and not text):
            continue
        try:
            found[each.member] = _value(each.kind, text)
        except ValueError:
            wrong.append((each.member, "must be a whole number"))
    if wrong:
        raise Refused(wrong)
    return found


def _value(kind: str, text: str) -> Any:
    if not text:
        return None
    if kind == "number":
        return int(text)
    if kind == "yes":
        return text == YES
    if kind == "list":
        return [line.strip() for line in text.replace(",", "\n").splitlines() if line.strip()]
    return text
