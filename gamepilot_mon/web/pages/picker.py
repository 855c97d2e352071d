"""The time picker: where its links lead from the span that is shown. templates/macros/span.html draws it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from gamepilot_mon.clock import SECOND_MS, iso, parse_iso
from gamepilot_mon.web.pages.span import COMPARED, COMPARISONS, LONGEST_MS, NAMES, RELATIVE, Picked


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    address: str
    current: bool


@dataclass(frozen=True, slots=True)
class Picker:
    """`back`, `forward` and `out` are None where there is nothing to go to; `kept` are the page's other parameters."""

    path: str
    spans: tuple[Choice, ...]
    comparisons: tuple[Choice, ...]
    back: str | None
    forward: str | None
    out: str | None
    kept: tuple[tuple[str, str], ...]
    fields: Mapping[str, str]
    picked: Picked


def picker(picked: Picked, path: str, args: Iterable[tuple[str, str]], now: int) -> Picker:
    """Of the page at `path`; `args` are all parameters of its address."""
    kept = tuple((name, value) for name, value in args if name not in NAMES and name != "page")
    compare = {} if picked.compare == COMPARED else {"compare": picked.compare}

    def address(**changes: Any) -> str:
        return f"{path}?{urlencode([*kept, *changes.items()])}"

    def absolute(since: int, until: int) -> str:
        return address(**{"from": iso(since), "to": iso(until)}, **compare)

    def of_comparison(name: str) -> str:
        return address(**{**picked.query, "compare": name})

    return Picker(
        path,
        tuple(Choice(name, address(span=name, **compare), name == picked.name) for name in RELATIVE),
        tuple(Choice(name, of_comparison(name), name == picked.compare) for name in COMPARISONS),
        absolute(picked.since - picked.length_ms, picked.since)
        if picked.since - picked.length_ms >= now - LONGEST_MS
        else None,
        absolute(picked.until, min(picked.until + picked.length_ms, now))
        if picked.until < now - SECOND_MS * 10
        else None,
        _out(picked, now, address, absolute),
        (*kept, *compare.items()),
        fields(picked),
        picked,
    )


def _out(picked: Picked, now: int, address: Any, absolute: Any) -> str | None:
    """Twice as long around the same middle, or the next longer of the relative spans."""
    if picked.name:
        longer = [name for name, length in RELATIVE.items() if length > picked.length_ms]
        compare = {} if picked.compare == COMPARED else {"compare": picked.compare}
        return str(address(span=longer[0], **compare)) if longer else None
    half = picked.length_ms // 2
    since, until = max(picked.since - half, now - LONGEST_MS), min(picked.until + half, now)
    return str(absolute(since, until)) if (since, until) != (picked.since, picked.until) else None


def fields(picked: Picked) -> dict[str, str]:
    """What stands in the two fields: what was written when it was wrong, else the span; to the second, in UTC."""
    if picked.problems.keys() & {"from", "to"}:
        return {name: _field(picked.written.get(name, "")) for name in ("from", "to")}
    return {"from": iso(picked.since)[:19], "to": iso(picked.until)[:19]}


def _field(text: str) -> str:
    """As a browser's field takes it; empty when it is no time at all."""
    try:
        return iso(parse_iso(text))[:19]
    except ValueError:
        return ""
