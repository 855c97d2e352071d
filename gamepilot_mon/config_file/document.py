"""A YAML document that remembers where each of its members stands. Pure."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
import yaml

Marks = dict[str, tuple[int, int]]  # JSON pointer -> line and column, from 1


class Wrong(Exception):
    """A refused file; one line a problem, `line:column: field: what is wrong`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Document:
    value: Any
    marks: Marks

    def problem(self, pointer: str, detail: str) -> str:
        """Where the member stands, or the nearest one around it that is there."""
        around = pointer
        while around not in self.marks and around:
            around = around.rpartition("/")[0]
        line, column = self.marks.get(around, (1, 1))
        return f"{line}:{column}: {_field(pointer)}{detail}"


def read(text: str) -> Document:
    """Raises Wrong for what is no YAML, names a member twice, or refers to itself."""
    with _reading(text) as loader:
        return _document(loader, loader.get_single_node())


def read_all(text: str) -> list[Document]:
    """As read(), every document of a stream that says anything."""
    found: list[Document] = []
    with _reading(text) as loader:
        while loader.check_node():
            found.append(_document(loader, loader.get_node()))
    return [document for document in found if document.value is not None]


@contextmanager
def _reading(text: str) -> Iterator[yaml.SafeLoader]:
    loader = _loader(text)
    try:
        yield loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"
        raise Wrong([f"{place}: {error.problem or error.context}"]) from None
    finally:
        loader.dispose()


def _document(loader: yaml.SafeLoader, node: yaml.Node | None) -> Document:
    marks: Marks = {}
    return Document(_value(loader, node, "", marks, ()) if node else None, marks)


def _loader(text: str) -> yaml.SafeLoader:
    try:
        return yaml.SafeLoader(text)
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - before.rfind("\n")
        raise Wrong([f"{line}:{column}: a control character"]) from None


def write(value: Any) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=110)


def text_of(value: Any) -> str:
    """One line that shows a value of any shape."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _value(
    loader: yaml.SafeLoader, node: yaml.Node, pointer: str, marks: Marks, around: tuple[yaml.Node, ...]
) -> Any:
    if node in around:
        raise Wrong([f"{_place(node)}: {_field(pointer)}holds itself"])
    marks.setdefault(pointer, (node.start_mark.line + 1, node.start_mark.column + 1))
    inside = (*around, node)
    if isinstance(node, yaml.SequenceNode):
        return [
            _value(loader, item, f"{pointer}/{place}", marks, inside) for place, item in enumerate(node.value)
        ]
    if not isinstance(node, yaml.MappingNode):
        return _scalar(loader, node, pointer)
    found: dict[str, Any] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else None
        if name is None or name in found:
            twice = "is there twice" if name else "must be a text"
            raise Wrong([f"{_place(key)}: {_field(f'{pointer}/{name}')}{twice}"])
        inner = f"{pointer}/{_escaped(name)}"
        marks[inner] = (key.start_mark.line + 1, key.start_mark.column + 1)
        found[name] = _value(loader, value, inner, marks, inside)
    return found


def _scalar(loader: yaml.SafeLoader, node: yaml.Node, pointer: str) -> Any:
    value: Hashable = loader.construct_object(node, deep=True)
    if value is not None and not isinstance(value, str | int | float):
        raise Wrong([f"{_place(node)}: {_field(pointer)}must be a text, a number, true, false or null"])
    return value


def _place(node: yaml.Node) -> str:
    return f"{node.start_mark.line + 1}:{node.start_mark.column + 1}"


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _field(pointer: str) -> str:
    """`/rules/a/window` -> `rules.a.window: `."""
    names = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    return f"{'.'.join(names)}: " if names else ""
