"""The history as a file: CSV for spreadsheets, JSON for programs, made piece by piece.

A spreadsheet runs a cell that begins like a formula, and alert texts come from outside. Such text gets an apostrophe
in front, which spreadsheets take as "this is text".
"""

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from gamepilot_mon.alert_history import Span
from gamepilot_mon.clock import iso

COLUMNS = (
    "id", "type", "severity", "status", "message", "value", "threshold", "origin", "fingerprint", "labels",
    "metadata", "startedAt", "firedAt", "endedAt", "acknowledgedAt", "acknowledgedBy", "acknowledgedReason",
    "timeToAcknowledgeMs", "timeToResolveMs",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Row = dict[str, Any]
Pages = Callable[[Span, tuple[int, int] | None], list[Row]]
TYPES = {"csv": "text/csv; charset=utf-8; header=present", "json": "application/json"}


def pieces(format_: str, span: Span, read: Pages) -> Iterator[str]:
    """The file in pieces of some hundred alerts; `read` is alert_history.page, on whatever thread it belongs."""
    return {"csv": _csv, "json": _json}[format_](rows for rows in _pages(span, read))


def _pages(span: Span, read: Pages) -> Iterator[list[Row]]:
    after = None
    while rows := read(span, after):
        yield rows
        after = (rows[-1]["started_at"], rows[-1]["id"])


def _csv(pages: Iterator[list[Row]]) -> Iterator[str]:
    yield _lines([list(COLUMNS)])
    for rows in pages:
        yield _lines([[cell(value) for value in record(row).values()] for row in rows])


def _json(pages: Iterator[list[Row]]) -> Iterator[str]:
    lead = "[\n"
    for rows in pages:
        yield lead + ",\n".join(msgspec.json.encode(record(row)).decode() for row in rows)
        lead = ",\n"
    yield "[]\n" if lead == "[\n" else "\n]\n"


def record(row: Row) -> Row:
    """One alert under the names of COLUMNS."""
    acknowledged, ended, fired = row["acknowledged_at"], row["ended_at"], row["fired_at"]
    return {
        "id": row["id"], "type": row["type"], "severity": row["severity"], "status": row["status"],
        "message": row["message"], "value": row["value"], "threshold": row["threshold"],
        "origin": row["origin"], "fingerprint": row["fingerprint"], "labels": row["labels"],
        "metadata": row["metadata"], "startedAt": iso(row["started_at"]), "firedAt": _iso(fired),
        "endedAt": _iso(ended), "acknowledgedAt": _iso(acknowledged), "acknowledgedBy": row["acknowledged_by"],
        "acknowledgedReason": row["acknowledged_reason"],
        "timeToAcknowledgeMs": _took(fired, acknowledged), "timeToResolveMs": _took(fired, ended),
    }  # fmt: skip


def cell(value: Any) -> str:
    """A number stays one; text that a spreadsheet would run is marked as text."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return repr(value)
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def _lines(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)  # RFC 4180: quoted where needed, lines end with CRLF
    return text.getvalue()


def _took(since: int | None, until: int | None) -> int | None:
    return until - since if since is not None and until is not None and until >= since else None


def _iso(ms: int | None) -> str | None:
    return None if ms is None else iso(ms)
