"""Our own numbers for Prometheus: text format 0.0.4, prefix gamepilot_mon_, base units."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Literal

import peewee
from flask import Response, current_app
from flask_openapi import APIBlueprint

import gamepilot_mon
from gamepilot_mon import db
from gamepilot_mon.clock import SECOND_MS, utcnow
from gamepilot_mon.models import Alert, Check, FeedItem, Notification, Process
from gamepilot_mon.web import store
from gamepilot_mon.web.documentation import text_answer

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
STARTED_AT = utcnow()

Sample = tuple[Mapping[str, str], float] | tuple[Mapping[str, str], float, str]

blueprint = APIBlueprint("metrics", __name__)


@dataclass(frozen=True, slots=True)
class Family:
    """One metric with its samples: (labels, value), and behind them what a histogram adds to the name."""

    name: str
    type: Literal["counter", "gauge", "histogram"]
    help: str
    samples: Iterable[Sample]


@dataclass(slots=True)
class Counter:
    """A number of this process that only rises, by one label's value."""

    name: str
    help: str
    label: str
    values: dict[str, int] = field(default_factory=dict)

    def add(self, value: str, amount: int = 1) -> None:
        self.values[value] = self.values.get(value, 0) + amount

    def family(self) -> Family:
        return Family(self.name, "counter", self.help, [({self.label: v}, n) for v, n in self.values.items()])


class Histogram:
    """Of this process: how many observations were at most each of `bounds`, which rise."""

    def __init__(self, name: str, help: str, bounds: tuple[float, ...]) -> None:
        self._name = name
        self._help = help
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def family(self) -> Family:
        upper = [*(f"{bound:g}" for bound in self._bounds), "+Inf"]
        totals = list(accumulate(self._counts))
        samples: list[Sample] = [({"le": le}, n, "_bucket") for le, n in zip(upper, totals, strict=True)]
        samples += [({}, self._sum, "_sum"), ({}, totals[-1], "_count")]
        return Family(self._name, "histogram", self._help, samples)


events_received = Counter("events_received_total", "Events taken in or refused over HTTP.", "result")
passed_over = Counter(
    "items_passed_over_total", "What came by OTLP or as Sentry envelopes and becomes no event.", "item"
)
events_beyond = Counter(
    "events_beyond_series_limit_total", "Events of series that were too many of one sender.", "source"
)
events_skewed = Counter(
    "events_skewed_total", "Events stamped ahead of our clock, or hours behind it.", "direction"
)
Source = Callable[[], Iterable[Family]]


@blueprint.get(
    "/metrics",
    summary="Our own numbers for Prometheus",
    responses=text_answer("text/plain", "The text format, version 0.0.4."),
)
def metrics() -> Response:
    counters = (events_received, events_skewed, events_beyond, passed_over)
    families = [*store.read(_stored, utcnow()), *(counter.family() for counter in counters)]
    # Parts of the app add functions here; they run on the event loop at every scrape.
    sources: list[Source] = current_app.extensions.get("metric_sources", [])
    for source in sources:
        families += source()
    return Response("".join(map(render, families)), content_type=CONTENT_TYPE)


def render(family: Family) -> str:
    name = f"gamepilot_mon_{family.name}"
    lines = [f"# HELP {name} {family.help}", f"# TYPE {name} {family.type}"]
    for labels, value, *suffix in family.samples:
        lines.append(f"{name}{''.join(suffix)}{_labels(labels)} {value:.17g}")
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    pairs = [f'{key}="{_escaped(value)}"' for key, value in labels.items()]
    return "{" + ",".join(pairs) + "}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _stored(now: int) -> list[Family]:
    return [
        _gauge("build_info", "The version that runs; always 1.", 1, version=gamepilot_mon.__version__),
        _gauge("start_time_seconds", "When this web process started, Unix time.", STARTED_AT / SECOND_MS),
        _gauge("store_bytes", "Size of the store.", _store_bytes()),
        Family(
            "process_heartbeat_age_seconds", "gauge", "Since each process last showed progress.", _beats(now)
        ),
        Family("alerts_open", "gauge", "Alerts that have not ended.", _alerts()),
        Family("notifications", "gauge", "Rows of the outbox.", _notifications()),
        Family("check_up", "gauge", "1 up, 0 down; absent when unknown.", _checks()),
        Family("feed_items_total", "counter", "Items ever appended to the live feed.", [({}, _last_item())]),
    ]


def _gauge(name: str, help: str, value: float, **labels: str) -> Family:
    return Family(name, "gauge", help, [(labels, value)])


def _store_bytes() -> float:
    pages = db.database.execute_sql("PRAGMA page_count").fetchone()[0]
    return float(pages * db.database.execute_sql("PRAGMA page_size").fetchone()[0])


def _beats(now: int) -> list[tuple[Mapping[str, str], float]]:
    return [({"process": p.name}, (now - p.beat_at) / SECOND_MS) for p in Process.select()]


def _alerts() -> list[tuple[Mapping[str, str], float]]:
    count = peewee.fn.COUNT(Alert.id)
    rows = Alert.select(Alert.severity, Alert.status, count).where(Alert.ended_at.is_null())
    grouped: Any = rows.group_by(Alert.severity, Alert.status).tuples()
    return [({"severity": severity, "status": status}, n) for severity, status, n in grouped]


def _notifications() -> list[tuple[Mapping[str, str], float]]:
    rows = Notification.select(Notification.channel, Notification.state, peewee.fn.COUNT(Notification.id))
    grouped: Any = rows.group_by(Notification.channel, Notification.state).tuples()
    return [({"channel": channel, "state": state}, n) for channel, state, n in grouped]


def _checks() -> list[tuple[Mapping[str, str], float]]:
    return [({"check": c.name}, float(c.state == "up")) for c in Check.ordered() if c.state != "unknown"]


def _last_item() -> float:
    return float(FeedItem.select(peewee.fn.MAX(FeedItem.id)).scalar() or 0)
