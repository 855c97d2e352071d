"""What people say to an alert or an incident: the bodies that both take."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gamepilot_mon.clock import DAY_MS


class Acknowledgement(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    reason: str | None = Field(default=None, max_length=1000)
    forMs: int | None = Field(
        default=None, ge=60_000, le=30 * DAY_MS, description="How long; else until it ends."
    )

    def until(self, now: int) -> int | None:
        return now + self.forMs if self.forMs else None


class NewNote(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    text: Annotated[str, StringConstraints(min_length=1, max_length=10_000, strip_whitespace=True)]
