"""Fields of a form: what is written into each as text, and what is wrong with it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Options = tuple[tuple[str, str], ...]  # value, label


@dataclass(frozen=True, slots=True)
class Field:
    """One labelled input; `name` is also the member of the document that it stands for."""

    name: str
    label: str
    kind: str = "text"  # text | number | select | lines | check | moment
    hint: str = ""
    options: Options = ()
    suggestions: str = ""  # the id of a list of what may be meant
    wide: bool = False


def text_of(value: Any) -> str:
    """A member of a document as one writes it into its field."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dict):
        return "\n".join(f"{name}={text}" for name, text in value.items())
    return "\n".join(value) if isinstance(value, list) else str(value)


def number(text: str) -> float | int | str:
    """What was written as a number, or the text for whoever refuses it."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def written(form: Mapping[str, str], names: list[str]) -> dict[str, str]:
    """What the form says of these fields, as it was written."""
    return {name: form.get(name, "") for name in names}
