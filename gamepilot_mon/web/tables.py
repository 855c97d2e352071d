"""Tables as CSV files that are safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Response

from gamepilot_mon.alert_export import TYPES, cell


def as_csv(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Response:
    """A file of that name with a line of column names; what a row lacks is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([cell(row.get(column)) for column in columns] for row in rows)
    answer = Response(text.getvalue(), content_type=TYPES["csv"])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
