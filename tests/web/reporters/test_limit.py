"""The series limit holds at every door, not only at our own."""

from collections.abc import Callable

import pytest

from gamepilot_mon.models import Event
from gamepilot_mon.sources.allowance import LIMIT
from tests.serving import Server


def exported(kind: str, points: int) -> dict[str, object]:
    """One metric of as many series as points; a cumulative sum that has just begun counts whole."""
    values = [
        {
            "attributes": [{"key": "n", "value": {"stringValue": str(number)}}],
            "asInt": "3", "startTimeUnixNano": "1760000000000000000", "timeUnixNano": "1760000001000000000",
        }
        for number in range(points)
    ]  # fmt: skip
    data: dict[str, object] = {"dataPoints": values}
    if kind == "sum":
        data |= {"aggregationTemporality": 2, "isMonotonic": True}
    return {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "requests", kind: data}]}]}]}


@pytest.mark.parametrize("kind", ["gauge", "sum"])
def test_metrics_beyond_the_limit_are_rejected_and_said_so(kind: str, serve: Callable[..., Server]) -> None:
    server = serve()
    server.open_store()

    answer = server.post("/v1/metrics", "ingest", json=exported(kind, LIMIT + 5))

    assert answer.status_code == 200
    partial = answer.json()["partialSuccess"]
    assert partial["rejectedDataPoints"] == "5"
    assert "series" in partial["errorMessage"]
    assert Event.select().count() == LIMIT
