"""How the text of a setting becomes a number, a switch, a duration or a list.

Messages say what would be right and never repeat the text: it may be a secret in the wrong place.
"""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BeforeValidator, SecretStr

from gamepilot_mon import clock

T = TypeVar("T")
Number = TypeVar("Number", int, float)

_SWITCHES = {
    "true": True,
    "1": True,
    "yes": True,
    "on": True,
    "false": False,
    "0": False,
    "no": False,
    "off": False,
}
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


def from_text(parse: Callable[[str], object]) -> BeforeValidator:
    """Parses text; a value that already has its type passes through."""
    return BeforeValidator(lambda value: parse(value.strip(" \t")) if isinstance(value, str) else value)


def switch(text: str) -> bool:
    try:
        return _SWITCHES[text.lower()]
    except KeyError:
        raise ValueError("must be true or false (also 1/0, yes/no, on/off)") from None


def number(text: str) -> float:
    if _NOT_FINITE.fullmatch(text):
        raise ValueError("must be a finite number")
    if not _NUMBER.fullmatch(text):
        raise ValueError("must be a plain number such as 0.05 or 1000")
    return float(text)


def whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError("must be a whole number such as 10")
    return int(text)


def between(low: float, high: float, hint: str = "") -> AfterValidator:
    def check(value: Number) -> Number:
        if not low <= value <= high:
            raise ValueError(f"must be from {low} to {high}{hint}")
        return value

    return AfterValidator(check)


def at_least(low: int) -> AfterValidator:
    def check(value: int) -> int:
        if value < low:
            raise ValueError(f"must be {low} or more")
        return value

    return AfterValidator(check)


def more_than_zero(value: float) -> float:
    if not 0 < value < math.inf:
        raise ValueError("must be a finite number above 0")
    return value


def lasting(shortest: str, longest: str | None = None) -> AfterValidator:
    """Bounds for a duration, written as durations; both ends are allowed."""
    low = clock.parse_duration(shortest)
    high = clock.parse_duration(longest) if longest else clock.LONGEST_DURATION_MS
    allowed = f"from {shortest} to {longest}" if longest else f"{shortest} or more"

    def check(ms: int) -> int:
        if not low <= ms <= high:
            raise ValueError(f"must be {allowed}")
        return ms

    return AfterValidator(check)


def off_or(shortest: str) -> BeforeValidator:
    """A duration of at least `shortest`, or `off` (also `0`), which becomes 0."""

    def parse(text: str) -> int:
        ms = 0 if text.lower() == "off" else clock.parse_duration(text)
        if 0 < ms < clock.parse_duration(shortest):
            raise ValueError(f"must be {shortest} or more, or off")
        return ms

    return from_text(parse)


def choice(*allowed: str) -> BeforeValidator:
    def pick(text: str) -> str:
        if text.lower() not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return text.lower()

    return from_text(pick)


def items(text: str) -> tuple[str, ...]:
    """A comma list: blanks around items and empty items are dropped, repeats are kept once."""
    found = (item.strip(" \t") for item in text.split(","))
    return tuple(dict.fromkeys(item for item in found if item))


def each(check: Callable[[str], T]) -> AfterValidator:
    def check_all(values: tuple[str, ...]) -> tuple[T, ...]:
        checked = []
        for position, value in enumerate(values, start=1):
            try:
                checked.append(check(value))
            except ValueError as problem:
                raise ValueError(f"item {position} {problem}") from None
        return tuple(checked)

    return AfterValidator(check_all)


def line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line without control characters")
    return text


def existing_folder(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError("must be the path of a folder that exists")
    return path


def secret_of_at_least(size: int) -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        if len(secret.get_secret_value().encode()) < size:
            raise ValueError(f"must be at least {size} bytes long; `openssl rand -hex 32` makes a good one")
        return secret

    return AfterValidator(check)


Switch = Annotated[bool, from_text(switch)]
Ratio = Annotated[float, from_text(number), between(0, 1, ", where 0.05 means 5 %")]
Milliseconds = Annotated[float, from_text(number), AfterValidator(more_than_zero)]
Whole = Annotated[int, from_text(whole)]
Duration = Annotated[int, from_text(clock.parse_duration)]
Line = Annotated[str, AfterValidator(line)]
Lines = Annotated[tuple[str, ...], from_text(items), each(line)]
SigningKey = Annotated[SecretStr, secret_of_at_least(16)]
JwtSecret = Annotated[SecretStr, secret_of_at_least(32)]
Folder = Annotated[Path, AfterValidator(existing_folder)]
