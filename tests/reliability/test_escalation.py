"""Escalation with the real daemon and real receivers: the next step comes by itself, and not when somebody owns it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from gamepilot_mon import alerts, db, runtime_config
from gamepilot_mon.catchers.slack import SlackCatcher
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Alert, Notification
from tests.processes import eventually
from tests.reliability.house import House, house

LOCAL = {"GAMEPILOT_MON_SSRF_ALLOW": "127.0.0.0/8"}
AFTER_MS = 2_000


def route(our: House, pager: SlackCatcher, later: SlackCatcher) -> None:
    """First the main webhook, then a second one, then a service of Apprise's; Slack and mail are told nothing."""
    steps = [{"after": AFTER_MS, "channels": ["pager"]}, {"after": 2 * AFTER_MS, "channels": ["boss"]}]
    document: dict[str, Any] = {
        "channels": {
            "pager": {"kind": "webhook", "url": pager.url},
            "boss": {"kind": "apprise", "url": later.url.replace("http://", "json://")},
        },
        "routes": [{"channels": ["webhook"], "steps": steps}],
    }
    with db.write():
        runtime_config.change(our.settings, document, "ada", utcnow())


def change(what: Callable[..., None], alert_id: int, *more: Any) -> None:
    with db.write():
        what(Alert.get_by_id(alert_id), *more, utcnow())


def by_channel() -> dict[str, list[str]]:
    said: dict[str, list[str]] = {}
    ours = (
        Notification.select().join(Alert, on=(Alert.id == Notification.alert_id)).where(Alert.type == "drill")
    )
    for row in ours.order_by(Notification.id):
        said.setdefault(row.channel, []).append(row.change)
    return said


def test_it_tells_the_next_step_on_time_and_the_end_to_all_who_heard(tmp_path: Path) -> None:
    with SlackCatcher() as pager, SlackCatcher() as later, house(tmp_path, **LOCAL) as our:
        route(our, pager, later)
        started = utcnow()
        alert_id = our.alert()
        [first] = pager.wait_for(lambda posts: posts, timeout=10)
        assert first.payload["alert"]["message"] == "drill (escalated: nobody acknowledged within 2 seconds)"
        assert AFTER_MS <= first.received_at - started < AFTER_MS + 1_500
        [second] = later.wait_for(lambda posts: posts, timeout=10)
        assert "escalated: nobody acknowledged within 4 seconds" in second.payload["message"]
        with db.write():
            runtime_config.change(our.settings, {"routes": [{"channels": ["slack"]}]}, "ada", utcnow())
        our.resolve(alert_id)
        our.settled()
        assert {name: said for name, said in by_channel().items() if name != "slack"} == {
            name: ["firing", "resolved"] for name in ("webhook", "pager", "boss")
        }
        assert [post.payload["type"] for post in later.messages] == ["failure", "success"]


def test_acknowledging_stops_it_and_giving_back_starts_it_anew(tmp_path: Path) -> None:
    with SlackCatcher() as pager, SlackCatcher() as later, house(tmp_path, **LOCAL) as our:
        route(our, pager, later)
        alert_id = our.alert()
        eventually(lambda: our.hook.messages, what="the first step")
        change(alerts.acknowledge, alert_id, "ada", None, None)
        # Another alert goes all the way meanwhile, so the time of both steps has passed.
        other = our.alert("another")
        later.wait_for(lambda posts: posts, timeout=15)
        assert [post.payload["alert"]["id"] for post in pager.messages] == [other]
        change(alerts.acknowledge, other, "ada", None, None)
        given_back = utcnow()
        change(alerts.unacknowledge, alert_id)
        pager.wait_for(lambda posts: len(posts) == 2, timeout=10)
        assert pager.messages[-1].payload["alert"]["id"] == alert_id
        assert pager.messages[-1].received_at - given_back >= AFTER_MS
        our.settled()
        assert set(by_channel()) == {"webhook", "pager", "boss"}


def test_a_daemon_that_is_killed_between_two_steps_goes_on_where_it_was(tmp_path: Path) -> None:
    with SlackCatcher() as pager, SlackCatcher() as later, house(tmp_path, **LOCAL) as our:
        route(our, pager, later)
        our.alert()
        our.settled(what="the first step")
        our.daemon.kill()
        our.daemon.start()
        later.wait_for(lambda posts: posts, timeout=15)
        our.settled()
        assert by_channel() == {name: ["firing"] for name in ("webhook", "pager", "boss")}
        assert (len(pager.messages), len(later.messages)) == (1, 1)
