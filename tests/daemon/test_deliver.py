import threading
from pathlib import Path

from daemon.delivery import Worker
from daemon.jobs import Context
from daemon.jobs.deliver import Deliver
from gamepilot_mon import acknowledge_links, alerts, db, outbox
from gamepilot_mon.catchers.slack import SlackCatcher
from gamepilot_mon.channels import Message, Receipt
from gamepilot_mon.clock import utcnow
from gamepilot_mon.destinations import Destination
from gamepilot_mon.settings import Settings
from tests.processes import eventually


def test_it_puts_an_acknowledge_link_into_what_it_sends(tmp_path: Path, store: Path) -> None:
    with SlackCatcher() as slack:
        environ = {
            "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{store}", "SLACK_ENABLED": "true",
            "SLACK_WEBHOOK_URL": slack.url, "GAMEPILOT_MON_PUBLIC_URL": "https://mon.example",
        }  # fmt: skip
        settings, now = Settings.from_env(environ, dotenv=None), utcnow()
        with db.write():
            alert = alerts.raise_custom(
                type_="drill", severity="warning", message="a drill", value=None, threshold=None,
                metadata={}, labels={}, identity="drill", now=now,
            )  # fmt: skip
            outbox.enqueue(alert, [outbox.Owed("slack", "firing")], now, settings.public_url)
        job = Deliver(Context(settings, lambda: False, lambda _: None))
        job.run(now)
        eventually(lambda: slack.messages)
        [post] = slack.messages
        for worker in job._workers.values():
            worker.stop()
            worker.join(5)
    fields = {field["title"]: field["value"] for field in post.payload["attachments"][0]["fields"]}
    token = fields["Acknowledge"].removeprefix("<https://mon.example/acknowledge/").partition("|")[0]
    link = acknowledge_links.read(settings, token)
    assert link and (link.alert_id, link.channel) == (alert.id, "slack")


class Prepared:
    """A plugin that says when it was made ready."""

    kind = "prepared"

    def __init__(self) -> None:
        self.ready = threading.Event()

    def prepare(self) -> None:
        self.ready.set()

    def send(self, config: object, message: Message) -> Receipt:
        return Receipt("ok")


def test_it_prepares_a_channel_before_its_first_message(store: Path) -> None:
    settings = Settings.from_env({"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{store}"}, dotenv=None)
    channel = Prepared()
    worker = Worker(settings, channel, Destination("prepared", "prepared", None))
    worker.start()
    assert channel.ready.wait(10)
    worker.stop()
    worker.join(10)
    assert not worker.is_alive()
