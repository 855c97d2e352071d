"""What both encodings are read into: spans, points and log records, each with what was said of its resource."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Attributes = Mapping[str, Any]

SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5
INTERNAL = (0, 1)  # 0 is unspecified, to be taken as internal
ERROR_STATUS = 2
NS_PER_MS = 1_000_000
RECORDS_MAX = 5_000


class Malformed(Exception):
    """The body is not a request of this signal."""


class TooMany(Exception):
    """More spans, points or records than one request may carry."""


@dataclass(frozen=True, slots=True)
class Resource:
    """What sent it, and the library in it that saw it."""

    attributes: Attributes
    scope: str = ""

    @property
    def service(self) -> str:
        return str(self.attributes.get("service.name") or "")


@dataclass(frozen=True, slots=True)
class SpanEvent:
    name: str
    at_ns: int
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Span:
    resource: Resource
    trace_id: str  # lower-case hex
    span_id: str
    parent_id: str
    name: str
    kind: int
    start_ns: int
    end_ns: int
    attributes: Attributes
    status: int
    status_message: str
    events: tuple[SpanEvent, ...] = ()


Temporality = Literal["delta", "cumulative"]


@dataclass(frozen=True, slots=True)
class Point:
    """One number of a metric. `temporality` is None of a reading, and of a sum that may fall as well."""

    resource: Resource
    name: str
    at_ns: int
    start_ns: int
    value: float | None  # None when it says that there is none
    temporality: Temporality | None
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LogRecord:
    resource: Resource
    at_ns: int
    severity: int  # OpenTelemetry's 1 to 24; 0 when not said
    severity_text: str
    body: Any
    attributes: Attributes
    trace_id: str
    span_id: str
    event_name: str = ""
