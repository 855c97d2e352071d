"""Every fault that a provider can show, with the real daemon and real servers: nothing lost, nothing held up.

A row of docs/reliability.md stands for each test.
"""

import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from gamepilot_mon import alerts, custom_alert, db, evaluation, nudge, runtime_config
from gamepilot_mon.catchers.slack import (
    CutAnswer,
    Drip,
    Hang,
    Reset,
    SlackCatcher,
    SlackPost,
    Status,
    rate_limited,
)
from gamepilot_mon.catchers.slack import Fault as HttpFault
from gamepilot_mon.catchers.smtp import AnswerData, CutAfterData, Refuse, SmtpCatcher, greylist
from gamepilot_mon.catchers.smtp import Fault as MailFault
from gamepilot_mon.clock import utcnow
from gamepilot_mon.custom_alert import CustomAlert
from gamepilot_mon.models import Alert, Attempt, ChannelState, Notification
from gamepilot_mon.settings import Settings
from tests.processes import daemon, eventually, free_port

RECOVERY_S = 30


@dataclass
class House:
    settings: Settings
    slack: SlackCatcher
    hook: SlackCatcher
    mail: SmtpCatcher

    def alert(self, text: str = "drill", severity: str = "critical") -> int:
        wanted = CustomAlert(type="drill", severity=severity, message=text)  # type: ignore[arg-type]
        with db.write():
            return int(custom_alert.raise_alert(self.settings, wanted, utcnow()).id)

    def resolve(self, alert_id: int) -> None:
        with db.write():
            alert = Alert.get_by_id(alert_id)
            alerts.close(alert, utcnow())
            evaluation.notify(self.settings, runtime_config.current(self.settings).config, alert, utcnow())

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
def house(folder: Path, **more: str) -> Iterator[House]:
    with ExitStack() as stack:
        slack, hook = stack.enter_context(SlackCatcher()), stack.enter_context(SlackCatcher())
        mail = stack.enter_context(SmtpCatcher())
        environ = {
            "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{folder}/mon.db",
            "SLACK_ENABLED": "true", "SLACK_WEBHOOK_URL": slack.url,
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
        yield House(settings, slack, hook, mail)
        assert "Traceback" not in running.output()


def told(post: SlackPost) -> tuple[str, bool]:
    event = post.payload["metadata"]["event_payload"]
    return event["notification_id"], event["resend"]


FAULTS: list[tuple[HttpFault, bool]] = [
    (rate_limited("1"), False),
    (Status(500), False),
    (Reset(), True),
    (CutAnswer(), True),
]


@pytest.mark.parametrize(("fault", "resent"), FAULTS, ids=lambda value: type(value).__name__)
def test_it_delivers_through_a_failing_slack_and_holds_up_nobody(
    tmp_path: Path, fault: HttpFault, resent: bool
) -> None:
    with house(tmp_path) as our:
        our.slack.fail_next(fault)
        our.alert()
        our.settled()
        assert Notification.select().where(Notification.state != "sent").count() == 0
        assert max(our.took_ms("email") + our.took_ms("webhook")) < 1_000
        marks = [told(post) for post in our.slack.messages]
        assert len({uid for uid, _ in marks}) == 1
        assert marks[-1][1] is resent and all(again for _, again in marks[1:])


def test_it_gives_up_on_silence_and_on_a_drip_and_holds_up_nobody(tmp_path: Path) -> None:
    with house(tmp_path) as our:
        our.slack.fail_next(Hang())
        our.hook.fail_next(Drip())
        our.alert()
        our.settled()
        assert Notification.select().where(Notification.state != "sent").count() == 0
        assert max(our.took_ms("email")) < 1_000
        assert [again for _, again in map(told, our.slack.messages)] == [False, True]
        assert [post.payload["resend"] for post in our.hook.messages] == [False, True]


MAIL_FAULTS: list[tuple[MailFault, str]] = [
    (greylist(), "451"),
    (AnswerData("452 4.2.2 disk full"), "452"),
    (CutAfterData(), "before its answer"),
    (Refuse("550 5.1.1 no such user", frozenset({"c@b.example"})), "c@b.example (550"),
]


def test_it_delivers_through_a_failing_mail_server(tmp_path: Path) -> None:
    with house(tmp_path) as our:
        for fault, words in MAIL_FAULTS:
            our.mail.fail_next(fault)
            our.alert()
            our.settled()
            newest = list(Attempt.select().order_by(Attempt.id.desc()).limit(6))
            assert any(words in (attempt.detail or "") for attempt in newest), words
        assert Notification.select().where(Notification.state != "sent").count() == 0
        assert max(our.took_ms("slack") + our.took_ms("webhook")) < 1_000


def test_it_waits_for_a_certificate_that_is_renewed(tmp_path: Path) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    cafile = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(cafile))
    port = free_port()
    bad, good = (ca.issue_cert("localhost") for ca in (stranger, authority))
    with SmtpCatcher(port=port, tls=context(bad)) as distrusted:
        more = {
            "SMTP_HOST": "localhost", "SMTP_PORT": str(port), "SMTP_SECURE": "true", "SSL_CERT_FILE": str(cafile)
        }  # fmt: skip
        with house(tmp_path, **more) as our:
            our.alert()
            eventually(lambda: ChannelState.of("email").failures >= 1, what="a refused certificate")
            assert "certificate" in (ChannelState.of("email").last_failure or "")
            assert distrusted.messages == []
            distrusted.stop()
            with SmtpCatcher(port=port, tls=context(good)) as renewed:
                our.settled()
                assert len(renewed.messages) == 1
            distrusted.start()


def context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    return made


def test_it_opens_a_breaker_and_delivers_soon_after_the_recovery(tmp_path: Path) -> None:
    with house(tmp_path) as our:
        our.slack.fail_next(*[Status(503)] * 5)
        for number in range(8):
            our.alert(f"alert {number}")
        eventually(lambda: ChannelState.of("slack").failures == 5, within_s=15, what="an open breaker")
        tried = len(our.slack.attempts)
        our.settled(what="delivery after the recovery")
        assert tried == 5 and ChannelState.of("slack").failures == 0
        assert len({told(post)[0] for post in our.slack.messages}) == 8
        assert max(our.took_ms("webhook")) < 1_000


def test_it_raises_an_alert_about_a_dead_letter_by_the_other_channels(tmp_path: Path) -> None:
    with house(tmp_path) as our:
        our.slack.fail_next(Status(404, "no_service"))
        our.alert()
        eventually(lambda: Alert.select().where(Alert.type == "delivery_failed").exists(), what="the alert")
        our.settled()
        about = Alert.get(Alert.type == "delivery_failed")
        heard = {row.channel for row in Notification.select().where(Notification.alert_id == about.id)}
        assert heard == {"email", "webhook"} and "no_service" in about.message
        our.alert("works again")
        eventually(
            lambda: Alert.get_by_id(about.id).status == "resolved", what="the end of the alert about Slack"
        )
        our.settled()


def test_it_fails_over_to_a_standby_once_and_tells_it_the_end(tmp_path: Path) -> None:
    more = {"EMAIL_ENABLED": "false", "GAMEPILOT_MON_SLACK_FAILOVER": "email"}
    with house(tmp_path, **more) as our:
        our.slack.fail_next(*[Status(500)] * 3)
        serious = our.alert("serious")
        our.mail.wait_for(lambda mails: mails, timeout=20)
        our.alert("a trifle", "warning")
        our.settled()
        assert len(our.mail.messages) == 1
        content = our.mail.messages[0].message.get_body(("plain",))
        assert content is not None and "slack could not deliver it" in content.get_content()
        our.resolve(serious)
        our.settled()
        our.mail.wait_for(lambda mails: len(mails) == 2, timeout=10)
        assert "[RESOLVED]" in our.mail.messages[1].message["Subject"]


def test_it_tells_a_storm_in_few_messages_criticals_first(tmp_path: Path) -> None:
    with house(tmp_path) as our:
        with db.write():
            for number in range(300):
                severity = "critical" if number % 100 == 99 else "warning"
                wanted = CustomAlert(type="flood", severity=severity, message=f"alert {number}")  # type: ignore[arg-type]
                custom_alert.raise_alert(our.settings, wanted, utcnow())
        our.settled()
        assert len(our.hook.messages) == 300
        by_change = [row.change for row in sent("slack") if row.summary_id is None]
        assert by_change.count("summary") == 1 and len(our.slack.messages) <= 10
        [summary] = [row for row in sent("slack") if row.change == "summary"]
        members = Notification.select().where(Notification.summary_id == summary.id).count()
        assert members + len(our.slack.messages) - 1 == 300
        assert "warning flood: firing" in summary.body["text"]
        criticals = [r for r in sent("slack") if r.severity == "critical"]
        assert all(row.settled_at <= summary.settled_at for row in criticals)


def sent(channel: str) -> list[Notification]:
    return list(
        Notification.select().where((Notification.channel == channel) & (Notification.state == "sent"))
    )
