"""The disk fills while messages are in the air: everything owed is sent once there is room, doubles are marked."""

from itertools import count, takewhile
from pathlib import Path

import peewee

from gamepilot_mon.catchers.slack import Hang
from gamepilot_mon.models import Alert, Notification
from tests.processes import eventually
from tests.reliability.house import House, house, told
from tests.reliability.test_storage import fill
from tests.reliability.test_storage import small_disk as small_disk

MOST = 1_000


def test_it_sends_all_that_is_owed_once_there_is_room(small_disk: Path) -> None:
    with house(small_disk) as our:
        our.slack.fail_next(Hang())
        our.alert("in the air")
        eventually(lambda: our.slack.attempts, what="a send in the air")
        filler = small_disk / "filler"
        fill(filler)
        # The journal has some room left of its own: alerts come until that is used up too.
        raised = 1 + sum(1 for _ in takewhile(lambda n: accepted(our, n), count()))
        assert raised < MOST
        eventually(
            lambda: "full" in our.daemon.output(), within_s=60, what="a store that says that it is full"
        )
        filler.unlink()
        our.settled(what="everything delivered once there is room")

        assert Notification.select().where(Notification.state != "sent").count() == 0
        assert not Alert.select().where(Alert.type.in_(("system_down", "delivery_failed"))).exists()
        told_alone = Notification.select().where(
            (Notification.channel == "slack") & Notification.summary_id.is_null()
        )
        marks = [told(post) for post in our.slack.messages]
        assert {uid for uid, _ in marks} == {row.uid for row in told_alone}, "a message was lost"
        seen: set[str] = set()
        for uid, again in marks:
            assert again or uid not in seen, "a doubled message is not marked"
            seen.add(uid)
        by_hook = {post.payload["alert"]["message"] for post in our.hook.messages}
        assert len(by_hook) == raised


def accepted(our: House, number: int) -> bool:
    try:
        our.alert(f"while the disk fills {number}")
    except peewee.OperationalError as error:
        assert "full" in str(error)
        return False
    return number < MOST
