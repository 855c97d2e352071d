"""kill -9 of the daemon around the end of a silence: one digest for each channel, however it dies.

KILLS sets how often (10 by default).
"""

import os
import random
import time
from pathlib import Path

from gamepilot_mon import custom_alert, db, silences
from gamepilot_mon.clock import utcnow
from gamepilot_mon.custom_alert import CustomAlert
from gamepilot_mon.models import Notification, Silence
from gamepilot_mon.mutes import Matcher
from tests.processes import eventually
from tests.reliability.house import House, house, told

KILLS = int(os.environ.get("KILLS", "10"))
ALERTS = 4
PEOPLE = ("slack", "email")


def silenced(our: House, number: int) -> Silence:
    now = utcnow()
    with db.write():
        row = silences.add([Matcher("round", "=", str(number))], now, now + 60_000, "ada", "drill", now)
        for name in "abcd"[:ALERTS]:
            wanted = CustomAlert(
                type="drill", severity="critical", message=name, labels={"round": str(number), "name": name}
            )
            custom_alert.raise_alert(our.settings, wanted, now)
    return row


def digests(channel: str) -> list[Notification]:
    rows = Notification.select().where((Notification.channel == channel) & (Notification.change == "summary"))
    return [row for row in rows if row.body["type"] == "digest"]


def test_it_tells_one_digest_to_each_channel(tmp_path: Path) -> None:
    dice = random.Random(7)
    with house(tmp_path, GAMEPILOT_MON_CHECK_INTERVAL="1s") as our:
        for number in range(KILLS):
            row = silenced(our, number)
            with db.write():
                silences.expire(row.id, utcnow())
            time.sleep(dice.uniform(0, 0.4))  # the random moment, not a wait
            our.daemon.kill()
            our.daemon.start()
            eventually(
                lambda n=number: all(len(digests(name)) > n for name in PEOPLE), within_s=30, what="a digest"
            )
            our.settled(within_s=60)
        for channel in PEOPLE:
            told_by = digests(channel)
            assert len(told_by) == KILLS, channel
            assert all(f"{ALERTS} alerts still fire" in row.body["text"] for row in told_by)
        by_themselves = (Notification.channel == "slack") & Notification.summary_id.is_null()
        assert Notification.select().where(by_themselves & (Notification.change != "summary")).count() == 0
        seen: dict[str, list[bool]] = {}
        for post in our.slack.messages:
            uid, again = told(post)
            seen.setdefault(uid, []).append(again)
        assert len(seen) == KILLS and all(all(marks[1:]) for marks in seen.values())
        assert len(our.hook.messages) >= KILLS * ALERTS
