"""kill -9 of the daemon at random moments while alerts flow: nothing lost, every doubled message marked.

KILLS sets how often (20 by default; .ci/run asks for 100).
"""

import os
import random
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gamepilot_mon import custom_alert, db, nudge
from gamepilot_mon.catchers.slack import SlackCatcher
from gamepilot_mon.catchers.smtp import SmtpCatcher
from gamepilot_mon.clock import utcnow
from gamepilot_mon.custom_alert import CustomAlert
from gamepilot_mon.models import Attempt, Notification
from gamepilot_mon.settings import Settings
from tests.processes import daemon, eventually

KILLS = int(os.environ.get("KILLS", "20"))
ALERT_EVERY_S = 0.06
OWED_MOST = (
    200  # a daemon that lives for half a second sends fewer than come; the rest would be a backlog, no test
)
RESUMES_WITHIN_S = 30  # a bound for a busy machine; the figure itself is printed


@contextmanager
def alerts_flowing(settings: Settings) -> Iterator[None]:
    stop = threading.Event()

    def flow() -> None:
        number = 0
        while not stop.wait(ALERT_EVERY_S):
            if owed_still() > OWED_MOST:
                continue
            number += 1
            wanted = CustomAlert(type="drill", severity="critical", message=f"alert {number}")
            with db.write():
                custom_alert.raise_alert(settings, wanted, utcnow())

    thread = threading.Thread(target=flow)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def owed_still() -> int:
    return int(Notification.select().where(Notification.state != "sent").count())


def test_it_loses_nothing_and_marks_what_it_sends_again(tmp_path: Path) -> None:
    dice = random.Random(20)
    with SlackCatcher() as slack, SlackCatcher() as hook, SmtpCatcher() as mail:
        environ = {
            "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/mon.db",
            "SLACK_ENABLED": "true", "SLACK_WEBHOOK_URL": slack.url,
            "GAMEPILOT_MON_WEBHOOK_ENABLED": "true", "GAMEPILOT_MON_WEBHOOK_URL": hook.url,
            "EMAIL_ENABLED": "true", "EMAIL_TO": "a@b.example",
            "SMTP_HOST": mail.host, "SMTP_PORT": str(mail.port), "SMTP_SECURE": "false",
        }  # fmt: skip
        settings = Settings.from_env(environ, dotenv=None)
        db.open_database(settings.database_url, busy_timeout_s=30)
        sender = nudge.Sender(nudge.folder_of(settings.state_dir))
        forget = db.after_commit(sender)
        running = daemon(environ, tmp_path)
        resumed_s = []
        with alerts_flowing(settings):
            for _ in range(KILLS):
                sent = len(hook.messages)
                started = time.monotonic()
                running.start()
                eventually(
                    lambda sent=sent: len(hook.messages) > sent, within_s=RESUMES_WITHIN_S,
                    what="a message after a start",
                )  # fmt: skip
                resumed_s.append(time.monotonic() - started)
                time.sleep(dice.uniform(0, 0.4))  # the random moment, not a wait
                running.kill()
        with running:
            eventually(lambda: owed_still() == 0, within_s=120, what="nothing that is owed")
        assert "Traceback" not in running.output()

        # What a storm summary stands for is told by it.
        owed = {(row.channel, row.uid) for row in Notification.select() if row.summary_id is None}
        told_by = {row.summary_id for row in Notification.select() if row.summary_id is not None}
        assert told_by <= {row.id for row in Notification.select().where(Notification.change == "summary")}
        seen: dict[tuple[str, str], list[bool]] = {}
        for post in slack.messages:
            told = post.payload["metadata"]["event_payload"]
            seen.setdefault(("slack", told["notification_id"]), []).append(told["resend"])
        for post in hook.messages:
            body = post.payload
            seen.setdefault(("webhook", body["notificationId"]), []).append(body["resend"])
        for caught in mail.messages:
            again = caught.message["X-GamePilot-Resend"] == "yes"
            seen.setdefault(("email", caught.message["X-GamePilot-Notification"]), []).append(again)
        assert owed == set(seen), "a notification was lost"
        unmarked = [uid for uid, marks in seen.items() if not all(marks[1:])]
        assert unmarked == [], "a doubled message is not marked"
        doubled = sum(len(marks) - 1 for marks in seen.values())
        interrupted = Attempt.select().where(Attempt.outcome == "interrupted").count()
        print(
            f"{len(owed)} notifications, {KILLS} kills, {interrupted} sends cut, {doubled} doubled, 0 unmarked"
        )
        print(
            f"sends again {statistics.median(resumed_s):.1f} s after a start, {max(resumed_s):.1f} s at most"
        )
        assert doubled <= interrupted
        forget()
        sender.close()
