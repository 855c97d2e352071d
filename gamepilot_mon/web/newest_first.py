"""Pages of rows with rising ids, newest first; the id of the last row of a full page is the cursor of the next one."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from gamepilot_mon.models.record import Record

RecordT = TypeVar("RecordT", bound=Record)


class Page(BaseModel):
    model_config = ConfigDict(extra="forbid")

    before: int | None = Field(default=None, ge=1, description="Only smaller ids: the next page.")
    limit: int = Field(default=50, ge=1, le=500)


def rows_of(model: type[RecordT], page: Page) -> list[RecordT]:
    key: Any = model._meta.primary_key
    rows = model.select().order_by(key.desc()).limit(page.limit)
    return list(rows.where(key < page.before) if page.before else rows)


def following(ids: list[int], page: Page) -> int | None:
    """Where the next page begins, None at the end."""
    return ids[-1] if len(ids) == page.limit else None
