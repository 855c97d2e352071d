import re
import uuid
from collections.abc import Callable

import pytest

from gamepilot_mon.catchers.slack import SlackCatcher
from gamepilot_mon.models import Attempt, Notification
from tests.serving import Server


def owe(channel: str, state: str = "sent", alert: int = 990) -> int:
    row = Notification.create(
        uid=uuid.uuid4().hex, alert_id=alert, fingerprint="f", channel=channel, change="firing",
        severity="critical", body={"type": "drill"}, created_at=1_000, due_at=1_000, settled_at=3_500,
        state=state, reported=True,
    )  # fmt: skip
    Attempt.create(
        notification_id=row.id, number=1, started_at=1_000, ended_at=3_500, outcome="ok", detail="200 ok"
    )
    return int(row.id)


def test_it_shows_every_notification_with_its_attempts(served: Server) -> None:
    id_ = owe("pager")
    [shown] = served.get("/api/v1/deliveries?channel=pager", "viewer").json()["data"]
    assert (shown["id"], shown["deliveryMs"], shown["state"]) == (id_, 2_500, "sent")
    assert shown["attempts"] == [
        {
            "number": 1, "startedAt": "1970-01-01T00:00:01.000Z", "endedAt": "1970-01-01T00:00:03.500Z",
            "ms": 2_500, "outcome": "ok", "detail": "200 ok",
        }
    ]  # fmt: skip


def test_it_pages_by_a_cursor(served: Server) -> None:
    ids = [owe("paged") for _ in range(3)]
    first = served.get("/api/v1/deliveries?channel=paged&limit=2", "viewer").json()
    assert [row["id"] for row in first["data"]] == ids[:0:-1] and first["next"] == ids[1]
    rest = served.get(f"/api/v1/deliveries?channel=paged&limit=2&before={first['next']}", "viewer").json()
    assert [row["id"] for row in rest["data"]] == ids[:1] and rest["next"] is None


def test_it_finds_those_of_a_state_or_an_alert(served: Server) -> None:
    dead, other = owe("found", "dead"), owe("found", alert=991)
    by_state = served.get("/api/v1/deliveries?channel=found&state=dead", "viewer").json()["data"]
    by_alert = served.get("/api/v1/deliveries?alert=991", "viewer").json()["data"]
    assert ([row["id"] for row in by_state], [row["id"] for row in by_alert]) == ([dead], [other])


@pytest.mark.parametrize("query", ["state=lost", "limit=0", "before=0", "colour=red"])
def test_it_refuses_a_question_that_it_does_not_understand(served: Server, query: str) -> None:
    assert served.get(f"/api/v1/deliveries?{query}", "viewer").status_code == 422


def test_it_shows_the_channels_and_that_a_test_proves_one(serve: Callable[..., Server]) -> None:
    with SlackCatcher() as slack:
        own = serve(SLACK_ENABLED="true", SLACK_WEBHOOK_URL=slack.url)
        [before] = own.get("/api/v1/channels", "viewer").json()["data"]
        assert (before["name"], before["state"], before["breaker"]) == ("slack", "unknown", "closed")
        assert before["proven"].startswith("never proven")
        own.post("/api/realtime/alerts/test", "operator")
        [after] = own.get("/api/v1/channels", "viewer").json()["data"]
    assert (after["state"], after["queue"]["total"]) == ("working", 0)
    assert after["lastSuccessAt"] and re.match(r"proven \d+ s ago", after["proven"])


def test_it_is_for_viewers(served: Server) -> None:
    assert served.get("/api/v1/deliveries").status_code == 401
    assert served.get("/api/v1/channels", "ingest").status_code == 403
