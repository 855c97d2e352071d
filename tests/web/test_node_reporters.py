"""OTLP and Sentry's protocol from an app on Node, with the packages that such an app has."""

from pathlib import Path
from typing import Any

import pytest

from gamepilot_mon import pseudonym
from gamepilot_mon.models import Event
from tests.serving import Server
from tests.web.reporters.node import installed, run


@pytest.fixture(scope="module")
def folder() -> Path:
    return installed()


def said(event: Event) -> dict[str, Any]:
    data = event.data or {}
    return data.get("metadata") or data.get("labels") or {}


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_it_takes_what_an_express_app_reports(served: Server, folder: Path, encoding: str) -> None:
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": served.url,
        "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer%20{served.tokens['ingest']}",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "delta",
    }
    assert run("opentelemetry.mjs", str(folder), encoding, **environment) == "sent\n"

    service = f"gamepilot-{encoding}"
    found = [event for event in Event.select() if said(event).get("service") == service]
    operations = {event.name: event.ok for event in found if event.kind == "operation"}
    assert operations == {"GET /games/:id": True, "GET /broken": False}
    [error] = [event for event in found if event.kind == "error"]
    assert (error.name, error.data["error"]) == ("GET /broken", "TypeError: the shelf is empty")
    numbers = {event.name: event.value for event in found if event.kind == "metric"}
    assert numbers == {"launches": 5, "wait.count": 1, "wait.sum": 12.5}
    assert [event.name for event in found if event.kind == "deploy"] == ["3.1"]


def test_it_takes_what_sentrys_package_reports(served: Server, folder: Path) -> None:
    dsn = f"http://public@127.0.0.1:{served.port}/1"
    assert run("sentry.mjs", str(folder), dsn, served.tokens["ingest"]) == "sent\n"

    mine = [event for event in Event.select() if said(event).get("environment") == "of-node"]
    [critical] = [event for event in mine if event.severity == "critical"]
    found = {event.kind: event for event in mine if event != critical}
    assert critical.data["error"] == "the disk is full"
    assert found.keys() == {"error", "operation", "query", "deploy"}
    assert (found["error"].name, found["error"].user) == ("fetchShelf", pseudonym.of("player-7"))
    assert found["error"].data["error"] == "RangeError: no such shelf"
    assert (found["operation"].name, found["operation"].ok) == ("recommend", True)
    assert found["query"].name == "SELECT * FROM games WHERE id = ?"
    assert found["deploy"].name == "gamepilot@3.1"
