"""/api/v1/audit: who changed what and when."""

from typing import Any

from flask import Response
from flask_openapi import APIBlueprint
from pydantic import Field, model_validator

from gamepilot_mon import audit
from gamepilot_mon.clock import iso, parse_iso, utcnow
from gamepilot_mon.models import AuditEntry
from gamepilot_mon.web import store
from gamepilot_mon.web.documentation import ENVELOPE_OR_CSV
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.formatted import Formatted
from gamepilot_mon.web.newest_first import Page, following
from gamepilot_mon.web.spans import Moment
from gamepilot_mon.web.tables import as_csv

blueprint = APIBlueprint("audit", __name__, url_prefix="/api/v1/audit")

COLUMNS = ("id", "time", "who", "via", "action", "subject", "detail")
CSV_MOST = 50_000


class AuditPage(Page, Formatted):
    who: str | None = Field(default=None, max_length=200, description="Only what they did.")
    action: str | None = Field(
        default=None,
        max_length=40,
        description="One action, or all of a noun: `user` is user.added and so on.",
    )
    since: Moment | None = Field(default=None, alias="from", description="ISO 8601; only from then on.")
    until: Moment | None = Field(default=None, alias="to", description="ISO 8601; only before it.")

    @model_validator(mode="after")
    def _ordered(self) -> "AuditPage":
        if self.since and self.until and parse_iso(self.since) > parse_iso(self.until):
            raise ValueError("`from` must not be after `to`")
        return self

    def question(self, limit: int) -> audit.Question:
        return audit.Question(
            who=self.who, action=self.action, since=parse_iso(self.since) if self.since else None,
            until=parse_iso(self.until) if self.until else None, before=self.before, limit=limit,
        )  # fmt: skip


@blueprint.get("", responses=ENVELOPE_OR_CSV)
def list_entries(query: AuditPage) -> Response:
    """The audit log, newest first."""
    if query.as_csv:
        return as_csv("audit", COLUMNS, store.read(documents, query.question(CSV_MOST)))
    data = store.read(documents, query.question(query.limit))
    return success(utcnow(), data=data, next=following([each["id"] for each in data], query))


def documents(asked: audit.Question) -> list[dict[str, Any]]:
    return [document(row) for row in audit.entries(asked)]


def document(row: AuditEntry) -> dict[str, Any]:
    return {
        "id": row.id, "time": iso(row.at), "who": row.who, "via": row.via, "action": row.action,
        "subject": row.subject, "detail": row.detail,
    }  # fmt: skip
