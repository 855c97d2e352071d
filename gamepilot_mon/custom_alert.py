"""Custom alerts: what a person or a program asks to be told about, through the same way as every other alert."""

import uuid
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from gamepilot_mon import alerts, audit, owing, runtime_config
from gamepilot_mon.models import Alert
from gamepilot_mon.settings import Settings

Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Number = Annotated[float, Field(allow_inf_nan=False)]


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


class BelongsToRule(Exception):
    """The fingerprint is that of an alert which a rule opened and will end."""


class CustomAlert(BaseModel):
    """Each call is an alert of its own, unless `labels` or `fingerprint` give it an identity: then a call while
    one with that identity is open renews that one, and the cooldown holds its repeats."""

    model_config = ConfigDict(extra="forbid", strict=True)

    type: Name
    severity: Literal["info", "warning", "critical"]
    message: Annotated[str, StringConstraints(min_length=1, max_length=10_000), AfterValidator(_not_blank)]
    value: Number | None = None
    threshold: Number | None = None
    metadata: dict[str, Any] = Field(default_factory=dict, max_length=50)
    labels: dict[Name, Annotated[str, StringConstraints(max_length=500)]] = Field(
        default_factory=dict, max_length=30
    )
    fingerprint: Name | None = None

    def identity(self) -> str:
        if self.fingerprint:
            return self.fingerprint
        return alerts.fingerprint(f"custom:{self.type}", self.labels) if self.labels else uuid.uuid4().hex


def raise_alert(settings: Settings, wanted: CustomAlert, now: int) -> Alert:
    """Store it, show it and put its notifications into the outbox, inside the caller's write()."""
    identity = wanted.identity()
    standing = Alert.open_for(identity)
    if standing is not None and standing.origin == "rule":
        raise BelongsToRule("the fingerprint belongs to an alert of a rule")
    alert = alerts.raise_custom(
        type_=wanted.type, severity=wanted.severity, message=wanted.message, value=wanted.value,
        threshold=wanted.threshold, metadata=wanted.metadata, labels=wanted.labels, identity=identity, now=now,
        gap_ms=settings.incident_gap_ms,
    )  # fmt: skip
    audit.record("alert.raised", f"alert {alert.id}", now, type=wanted.type, severity=wanted.severity)
    owing.notify(settings, runtime_config.current(settings).config, alert, now)
    return alert
