"""Tables, and how values are written."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    cells: tuple[Any, ...]
    part: bool = False  # of the row above it


def table(heads: Iterable[str], rows: Iterable[Row], words: int = 1) -> str:
    """The first `words` columns are words."""
    head = "".join(f'<th scope="col"{_kind(at, words)}>{escape(name)}</th>' for at, name in enumerate(heads))
    body = "".join(_row(row, words) for row in rows)
    return f'<div class="wide" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _row(row: Row, words: int) -> str:
    cells = "".join(f"<td{_kind(at, words)}>{written(cell)}</td>" for at, cell in enumerate(row.cells))
    return f"<tr{' class=part' if row.part else ''}>{cells}</tr>"


def _kind(at: int, words: int) -> str:
    return ' class="word"' if at < words else ""


def written(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else escape(str(value))


def percent(share: float | None) -> float | None:
    return None if share is None else share * 100


def megabytes(size: int | None) -> float | None:
    return None if size is None else size / 1e6
