"""JSON or CSV: how a question says which of the two it wants, and the answer in that form."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field

from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.tables import as_csv


class Formatted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: Literal["json", "csv"] | None = Field(
        default=None, description="csv: a table; also by Accept: text/csv."
    )

    @property
    def as_csv(self) -> bool:
        if self.format is not None:
            return self.format == "csv"
        return request.accept_mimetypes.best_match(["application/json", "text/csv"]) == "text/csv"


def answer(
    query: Formatted, now: int, name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], **members: Any
) -> Response:  # fmt: skip
    """The `columns` of the rows as a file of that `name`, or `members` in the envelope."""
    return as_csv(name, columns, rows) if query.as_csv else success(now, **members)
