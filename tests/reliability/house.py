"""A house to break things in: the real daemon, its store, and servers that stand in for the providers."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from gamepilot_mon import alerts, custom_alert, db, nudge, owing, runtime_config
from gamepilot_mon.catchers.slack import SlackCatcher, SlackPost
from gamepilot_mon.catchers.smtp import SmtpCatcher
from gamepilot_mon.clock import utcnow
from gamepilot_mon.custom_alert import CustomAlert
from gamepilot_mon.models import Alert, Notification
from gamepilot_mon.settings import Settings
from tests.processes import Running, daemon, eventually

RECOVERY_S = 30
PROMPT_MS = 3_000  # within 1 s when nothing else runs; who waits for a hanging provider waits 8 s and more


@dataclass
class House:
    settings: Settings
    slack: SlackCatcher
    hook: SlackCatcher
    mail: SmtpCatcher
    daemon: Running

    def alert(
        self, text: str = "drill", severity: str = "critical", *, at: int | None = None, identity: str | None = None
    ) -> int:  # fmt: skip
        wanted = CustomAlert(type="drill", severity=severity, message=text, fingerprint=identity)  # type: ignore[arg-type]
        with db.write():
            return int(custom_alert.raise_alert(self.settings, wanted, at or utcnow()).id)

    def resolve(self, alert_id: int, *, at: int | None = None) -> None:
        now = at or utcnow()
        with db.write():
            alert = Alert.get_by_id(alert_id)
            alerts.close(alert, now)
            owing.notify(self.settings, runtime_config.current(self.settings).config, alert, now)

    def settled(self, *, within_s: float = RECOVERY_S, what: str = "everything delivered") -> None:
        waiting = Notification.settled_at.is_null()
        try:
            eventually(
                lambda: not Notification.select().where(waiting).exists(), within_s=within_s, what=what
            )
        except AssertionError as error:
            rows = [(n.channel, n.state, n.attempts, n.detail) for n in Notification.select().where(waiting)]
            raise AssertionError(f"{error}; still waiting: {rows}") from None

    def took_ms(self, channel: str) -> list[int]:
        rows = Notification.select().where((Notification.channel == channel) & (Notification.state == "sent"))
        return [row.settled_at - row.created_at for row in rows]


@contextmanager
def house(folder: Path, *, slack_host: str = "127.0.0.1", **more: str) -> Iterator[House]:
    """A daemon that sends to three catchers; `slack_host` is the name that it knows Slack by."""
    with ExitStack() as stack:
        slack, hook = stack.enter_context(SlackCatcher()), stack.enter_context(SlackCatcher())
        mail = stack.enter_context(SmtpCatcher())
        environ = {
            "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{folder}/mon.db",
            "SLACK_ENABLED": "true", "SLACK_WEBHOOK_URL": slack.url.replace("127.0.0.1", slack_host),
            "GAMEPILOT_MON_WEBHOOK_ENABLED": "true", "GAMEPILOT_MON_WEBHOOK_URL": hook.url,
            "EMAIL_ENABLED": "true", "EMAIL_TO": "a@b.example,c@b.example",
            "SMTP_HOST": mail.host, "SMTP_PORT": str(mail.port), "SMTP_SECURE": "false", **more,
        }  # fmt: skip
        ours = {name: value for name, value in environ.items() if name != "SSL_CERT_FILE"}
        settings = Settings.from_env(ours, dotenv=None)
        db.open_database(settings.database_url, busy_timeout_s=30)
        sender = nudge.Sender(nudge.folder_of(settings.state_dir))
        stack.callback(sender.close)
        stack.callback(db.after_commit(sender))
        running = stack.enter_context(daemon(environ, folder))
        eventually(lambda: "daemon started" in running.output(), within_s=20, what="a daemon")
        yield House(settings, slack, hook, mail, running)
        assert "Traceback" not in running.output()


def told(post: SlackPost) -> tuple[str, bool]:
    event = post.payload["metadata"]["event_payload"]
    return event["notification_id"], event["resend"]
