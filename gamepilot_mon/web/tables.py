"""Tables as CSV files that are safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Response

from gamepilot_mon.alert_export import TYPES, cell


def table(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """A file of that name below a line of column names; null is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([cell(value) for value in row] for row in rows)
    answer = Response(text.getvalue(), content_type=TYPES["csv"])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def as_csv(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Response:
    """table() of rows by name; what a row lacks is an empty cell."""
    return table(name, columns, ([row.get(column) for column in columns] for row in rows))
