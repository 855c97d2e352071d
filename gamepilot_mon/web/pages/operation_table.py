"""The table of operations: which of them, in which order, on which page, and how each changed. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PAGE = 50
TEXT_MAX = 200
SORTS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "operation": lambda row: row["operation"].casefold(),
    "count": lambda row: row["totalOperations"],
    "success": lambda row: row["successRate"],
    "slow": lambda row: row["slowOperations"],
    "mean": lambda row: row["avgDuration"],
    "min": lambda row: row["minDuration"],
    "p50": lambda row: row["p50"],
    "p95": lambda row: row["p95"],
    "p99": lambda row: row["p99"],
    "max": lambda row: row["maxDuration"],
    "change": lambda row: row["change"],
}
USUAL = "-count"
NAMES = ("q", "sort", "page")
COLUMNS = (
    "operation", "totalOperations", "successRate", "slowOperations", "avgDuration", "minDuration", "p50", "p95",
    "p99", "maxDuration", "change",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """`sort` is a name of SORTS, with `-` for what is most first; pages count from 1."""

    text: str = ""
    sort: str = USUAL
    page: int = 1

    @property
    def column(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def falling(self) -> bool:
        return self.sort.startswith("-")

    @property
    def query(self) -> dict[str, str]:
        """The parameters that ask for the same order again."""
        asked = {"q": self.text, "sort": "" if self.sort == USUAL else self.sort}
        return {name: value for name, value in asked.items() if value}

    def sorted_by(self, column: str) -> str:
        """What a click on the head of a column asks for: numbers fall first, names rise."""
        if column == self.column:
            return column if self.falling else f"-{column}"
        return column if column == "operation" else f"-{column}"


@dataclass(frozen=True, slots=True)
class Table:
    """`shown` of the `found` operations; `all` there were before the filter."""

    shown: Sequence[dict[str, Any]]
    found: int
    all: int
    page: int
    pages: int


def wanted(args: Mapping[str, str]) -> Wanted:
    """What makes no sense falls back to the usual: an order is no reason to refuse a page."""
    sort, page = args.get("sort", ""), args.get("page", "")
    known = sort.removeprefix("-") in SORTS
    number = int(page) if page.isdecimal() and page.isascii() and len(page) < 7 else 1
    return Wanted(args.get("q", "").strip()[:TEXT_MAX], sort if known else USUAL, max(number, 1))


def rows(found: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of the figures by operation; `change`: of the mean against the earlier time, None without one."""
    return [{"operation": name, **figures, "change": _change(figures)} for name, figures in found.items()]


def _change(figures: Mapping[str, Any]) -> float | None:
    then = (figures.get("compare") or {}).get("avgDuration")
    now: float | None = figures["avgDuration"]
    return now / then - 1 if then and now is not None else None


def ordered(every: Sequence[dict[str, Any]], wanted: Wanted) -> list[dict[str, Any]]:
    """Those that match, in order; what has no value is last in either."""
    text = wanted.text.casefold()
    found = sorted(
        (row for row in every if text in row["operation"].casefold()), key=lambda row: row["operation"]
    )
    key = SORTS[wanted.column]
    known = sorted((row for row in found if key(row) is not None), key=key, reverse=wanted.falling)
    return known + [row for row in found if key(row) is None]


def table(every: Sequence[dict[str, Any]], wanted: Wanted) -> Table:
    found = ordered(every, wanted)
    pages = max(1, -(-len(found) // PAGE))
    page = min(wanted.page, pages)
    return Table(found[(page - 1) * PAGE : page * PAGE], len(found), len(every), page, pages)
