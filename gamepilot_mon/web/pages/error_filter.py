"""Which error groups the page of errors shows, as its address says."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.datastructures import MultiDict

from gamepilot_mon.error_groups import listing
from gamepilot_mon.web.problems import Pointed

SORTS: dict[str, listing.Sort] = {"lastSeen": "last_seen", "count": "count", "new": "first_seen"}
SHOWN = 50


class Filter(BaseModel):
    model_config = ConfigDict(extra="ignore")

    state: Literal["open", "new", "regressed", "ongoing", "resolved", "ignored", "any"] = "open"
    operation: str = Field(default="", max_length=200)
    severity: Literal["", "warning", "error", "critical"] = ""
    text: str = Field(default="", max_length=200)
    sort: Literal["lastSeen", "count", "new"] = "lastSeen"
    after: str = Field(default="", max_length=60)

    @property
    def narrowed(self) -> bool:
        return bool(self.operation or self.severity or self.text)

    def wanted(self) -> listing.Wanted:
        state = None if self.state == "any" else self.state
        return listing.Wanted(
            state, self.operation or None, self.severity or None, self.text or None, None, SORTS[self.sort],
            self.after or None, SHOWN,
        )  # fmt: skip

    def query(self, **changed: str) -> dict[str, str]:
        """For an address: what differs from the defaults. A change leads to the first page."""
        values = {**self.model_dump(exclude={"after"}), **changed}
        defaults = Filter().model_dump()
        return {name: value for name, value in values.items() if value != defaults.get(name)}

    def export(self) -> dict[str, str]:
        """The same for the API, whose default is any state."""
        asked = {**self.query(), "state": self.state, "format": "csv"}
        return {name: value for name, value in asked.items() if (name, value) != ("state", "any")}


def parse(arguments: MultiDict[str, str]) -> Filter:
    """422 with what is wrong for an address that no form of the page makes."""
    given: dict[str, Any] = {name: value for name, value in arguments.items() if name in Filter.model_fields}
    try:
        return Filter(**given)
    except ValidationError as error:
        names = ", ".join(sorted({str(found["loc"][0]) for found in error.errors(include_input=False)}))
        raise Pointed(422, f"This address filters by something unknown: {names}.") from None
