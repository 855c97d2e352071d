"""Documents: merging, comparing and walking nested JSON objects. Pure, and knows nothing of what is in them."""

from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str, ...]


def merge(base: Mapping[str, Any], over: Mapping[str, Any], *, drop_null: bool = False) -> dict[str, Any]:
    """Deep merge; with `drop_null` a null removes what it names (RFC 7396)."""
    result = dict(base)
    for name, value in over.items():
        if isinstance(value, dict):
            inner = result.get(name)
            result[name] = merge(inner if isinstance(inner, dict) else {}, value, drop_null=drop_null)
        elif value is None and drop_null:
            result.pop(name, None)
        else:
            result[name] = value
    return result


def minimal(override: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """The override without what equals `base` anyway."""
    result: dict[str, Any] = {}
    for name, value in override.items():
        if isinstance(value, dict) and isinstance(base.get(name), dict):
            if inner := minimal(value, base[name]):
                result[name] = inner
        elif (
            name not in base or value != base[name] or isinstance(value, bool) != isinstance(base[name], bool)
        ):
            result[name] = value
    return result


def unknown_to(wanted: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of `wanted` that name nothing in `base`, kept so that validation refuses them even when null."""
    result: dict[str, Any] = {}
    for name, value in wanted.items():
        if name not in base:
            result[name] = value
        elif (
            isinstance(value, dict)
            and isinstance(base[name], dict)
            and (inner := unknown_to(value, base[name]))
        ):
            result[name] = inner
    return result


def put(document: dict[str, Any], path: Path, value: Any) -> None:
    for name in path[:-1]:
        document = document.setdefault(name, {})
    document[path[-1]] = value


def leaves(document: Mapping[str, Any], prefix: Path = ()) -> Iterator[Path]:
    for name, value in document.items():
        if isinstance(value, dict):
            yield from leaves(value, (*prefix, name))
        else:
            yield (*prefix, name)


def differences(
    old: Mapping[str, Any], new: Mapping[str, Any], prefix: Path = ()
) -> Iterator[tuple[Path, Any, Any]]:
    """(path, before, after) of what differs, in the order of the names; None stands for what is not there."""
    for name in sorted({*old, *new}):
        path, before, after = (*prefix, name), old.get(name), new.get(name)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from differences(before, after, path)
        elif before != after:
            yield path, before, after


def pointer(path: tuple[int | str, ...]) -> str:
    """JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
